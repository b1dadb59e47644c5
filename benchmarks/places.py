"""Places at 10,000 proposals: map, its features and the overlap check, as ratios against 200 proposals in the same run.

Processor time of the service's own functions, cold (nothing kept) and warm (asked again unchanged).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.pages import _fill
from investplan.config import Settings
from investplan.services import databases, neighbours, places, rounds
from investplan.services.work import look

SMALL = 200
TASKS: tuple[tuple[str, Callable[..., object]], ...] = (
    ("places drawn for the map", lambda work, found: places.of_proposals(work, found.id)),
    ("overlap check, 100 m", lambda work, found: neighbours.pairs(work, found.id)),
    ("overlap check, 500 m", lambda work, found: neighbours.pairs(work, found.id, distance_m=500)),
)


def run(*, quick: bool = False) -> Iterator[str]:
    """Lines to print as they come: milliseconds cold and warm, and how many times those of 200 proposals."""
    large = 1_000 if quick else 10_000
    small_ms, large_ms = _measured(SMALL), _measured(large)
    for name, (cold, warm) in large_ms.items():
        yield (
            f"  {name}: {large} proposals {cold:.0f} ms cold, {warm:.1f} ms warm; "
            f"{cold / max(small_ms[name][0], 0.1):.0f} times {SMALL} proposals ({large / SMALL:.0f} times as many)"
        )


def _measured(count: int) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        database = databases.open_database(replace(Settings(), data_dir=Path(folder)))
        databases.migrate(database)
        _fill(database, count)
        found: dict[str, tuple[float, float]] = {}
        with look(database) as work:
            planning_round = rounds.latest(work)
            for name, task in TASKS:
                spent = []
                for _ in range(2):
                    began = time.process_time()
                    task(work, planning_round)
                    spent.append((time.process_time() - began) * 1000)
                found[name] = (spent[0], spent[1])
        database.close()
        return found
