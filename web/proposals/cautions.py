"""What a planner should look at once more: nothing here stops a proposal, each caution says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from investplan.domain.hints import hints
from investplan.domain.object_templates import ObjectTemplate, Sizes
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, AlternativeKind, Part, Stage
from investplan.domain.reference_objects import ReferenceObject, compared, comparison_note, template_note
from investplan.domain.thresholds import is_investment
from investplan.errors import Note


@dataclass(frozen=True)
class Experience:
    """What is known of things of the proposal's object type: its template and one's own finished projects."""

    name: str = ""
    template: ObjectTemplate | None = None
    objects: tuple[ReferenceObject, ...] = ()


def cautions(
    alternative: Alternative,
    start: int,
    parameters: Parameters,
    stage: Stage,
    experience: Experience,
) -> list[Note]:
    """Cautions about one alternative started in the year `start`, in order of weight; none of one that is rejected."""
    if alternative.rejected:
        return []
    return [
        *_of_threshold(alternative, start, parameters),
        *_of_others_property(alternative),
        *_of_experience(alternative, parameters, experience),
        *hints(alternative, stage),
    ]


def _of_experience(
    alternative: Alternative, parameters: Parameters, experience: Experience
) -> Iterator[Note]:
    if not alternative.outlay_ore:
        return
    sizes, year, index = Sizes.of(alternative), alternative.price_level_year, parameters.construction_index
    for one in compared(alternative.outlay_ore, sizes, year, experience.objects, index):
        yield comparison_note(one, experience.name, year)
    if experience.template is not None:
        note = template_note(alternative.outlay_ore, sizes, year, experience.template, index)
        if note is not None:
            yield note


def _of_threshold(alternative: Alternative, start: int, parameters: Parameters) -> Iterator[Note]:
    if not alternative.outlay_ore:
        return
    whole = is_investment(
        alternative.outlay_ore,
        _longest_life(alternative, parameters),
        min((start + one.year_offset for one in alternative.outlays), default=start),
        parameters,
    )
    if not whole:
        yield whole.note
        return
    for component in alternative.components:
        life, shortest = component.life_months, parameters.threshold_life_months
        if life is not None and life < shortest:
            yield Note(
                "%(name)s håller kortare tid än %(life)s månader: budgetera den delen som driftkostnad.",
                {"name": component.name, "life": shortest},
            )


def _longest_life(alternative: Alternative, parameters: Parameters) -> int | None:
    """The life of the whole is that of its longest part; land lasts for good."""
    lives = [one.life_months for one in alternative.components] or [parameters.template_life_months]
    return None if None in lives else max(life for life in lives if life is not None)


def _of_others_property(alternative: Alternative) -> Iterator[Note]:
    if alternative.kind is AlternativeKind.LEASE:
        for component in alternative.components:
            if component.lease_months is None and component.life_months and component.part is Part.PROPERTY:
                yield Note(
                    "%(name)s ligger på annans fastighet: ange hur länge hyresavtalet varar, så att delen inte skrivs"
                    " av längre än så.",
                    {"name": component.name},
                )
