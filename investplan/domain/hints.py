"""What to look at once more in what an alternative says: nothing here stops anybody.

Source: sections 1.1 (investment or running cost), 5.1 (accuracy by stage) and 10.14 of the domain reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from investplan.domain.proposals import Alternative, Stage
from investplan.errors import Note

USUAL_ACCURACY: dict[Stage, int] = {
    Stage.NEED: 50,
    Stage.NEEDS_ANALYSIS: 40,
    Stage.PRE_STUDY: 30,
    Stage.DESIGN: 20,
    Stage.IMPLEMENTATION_DECISION: 10,
}
"""± per cent by stage (section 5.1, practice rather than rule); later stages go by tenders and outcomes."""

RUNNING_WORDS = re.compile(
    r"\b(flytt(?:kostnad\w*|ning\w*|a|en)?|evakuer\w*|riv(?:a|s|as|ning\w*)|utbildning(?:en|ar|skostnad\w*)?"
    r"|kurs(?:er|en)?|saner\w*)\b",
    re.IGNORECASE,
)
"""Words for what is running cost whatever it costs, as planners write them in names of components."""


def hints(alternative: Alternative, stage: Stage) -> Iterator[Note]:
    """Hints about one alternative, in order of weight. One without outlay has none."""
    if not alternative.outlay_ore:
        return
    yield from _of_running_cost(alternative)
    yield from _of_accuracy(alternative, stage)
    yield from _of_reserve(alternative)


def _of_running_cost(alternative: Alternative) -> Iterator[Note]:
    for component in alternative.components:
        if RUNNING_WORDS.search(component.name):
            yield Note(
                "%(name)s låter som driftkostnad: flytt, rivning och utbildning hör inte till investeringen.",
                {"name": component.name},
            )


def _of_accuracy(alternative: Alternative, stage: Stage) -> Iterator[Note]:
    usual, stated = USUAL_ACCURACY.get(stage), alternative.accuracy_percent
    if usual is None or stated is None:
        return
    if 2 * stated <= usual:
        yield Note(
            "±%(stated)s %% är ovanligt säkert så här tidigt; i det här skedet är ±%(usual)s %% vanligt.",
            {"stated": stated, "usual": usual},
        )
    elif stated > usual:
        yield Note(
            "±%(stated)s %% är osäkrare än vad som är vanligt i det här skedet, ±%(usual)s %%.",
            {"stated": stated, "usual": usual},
        )


def _of_reserve(alternative: Alternative) -> Iterator[Note]:
    if alternative.accuracy_percent and alternative.reserve_percent is None:
        yield Note("Kalkylen är osäker men ingen reserv är angiven. Skriv 0 om ingen finns.")
