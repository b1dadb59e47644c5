"""The deep profile of the money proof: fifty times as many cases (`make prove-money`)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "deep",
    max_examples=50 * settings().max_examples,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
