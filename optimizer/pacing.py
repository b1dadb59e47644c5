"""The clock of a solve: when it must end, who must hear of it, who may stop it."""

from __future__ import annotations

import time
from fractions import Fraction

from optimizer.answers import OnProgress, Progress, ShouldStop, relative_gap

TELL_SECONDS = 0.3


class Pace:
    """Keeps time, tells progress at least every 0.5 s and asks whether to stop, all in the caller's thread."""

    def __init__(
        self, max_seconds: float, on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None
    ) -> None:
        self.started = time.monotonic()
        self.deadline = self.started + max_seconds
        self.max_seconds = max_seconds
        self.stopped = False
        self.phase = "reading"
        self.best_value: Fraction | None = None
        self.bound: float | None = None
        self._on_progress, self._should_stop = on_progress, should_stop
        self._told = float("-inf")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()

    def enter(self, phase: str) -> None:
        """A new phase is told at once."""
        self.phase = phase
        self._told = float("-inf")
        self.tick()

    def know(self, value: Fraction | None = None, bound: Fraction | float | None = None) -> None:
        """Takes in a better value or a lower bound."""
        if value is not None and (self.best_value is None or value > self.best_value):
            self.best_value = value
        if bound is not None and (self.bound is None or bound < self.bound):
            self.bound = float(bound)

    def tick(self) -> bool:
        """True when the solve must stop because somebody said so."""
        now = time.monotonic()
        if self._on_progress is not None and now >= self._told + TELL_SECONDS:
            self._told = now
            gap = relative_gap(self.best_value, self.bound)
            self._on_progress(Progress(self.seconds, self.best_value, self.bound, gap, self.phase))
        if not self.stopped and self._should_stop is not None and self._should_stop():
            self.stopped = True
        return self.stopped
