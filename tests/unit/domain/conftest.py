"""How often the domain's properties are tried: fifty times as often to prove (`make prove-money`), seldom per mutant."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, Phase, settings

PER_MUTANT = 12
"""Examples per property while `make mutate` asks the same tests thousands of times."""

settings.register_profile(
    "deep",
    max_examples=50 * settings().max_examples,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "MUTANT_UNDER_TEST" not in os.environ:
        return
    # Each mutant has a process of its own, whose heap is its parent's: collecting that costs more than the tests.
    gc.freeze()
    # The type checker judges the mutant's text, not what it computes.
    items[:] = [item for item in items if not item.name.startswith("test_the_type_checker_")]
    # Worked examples first: most mutants die by one of them, long before a property has been tried.
    items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings"))
    for item in items:
        test = getattr(item, "obj", None)
        asked = getattr(test, "_hypothesis_internal_use_settings", None)
        if asked is not None:
            test._hypothesis_internal_use_settings = settings(
                asked,
                max_examples=min(asked.max_examples, PER_MUTANT),
                derandomize=True,
                phases=(
                    Phase.explicit,
                    Phase.generate,
                ),  # one failure is enough: no smaller one is looked for
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
