"""The steps in which a proposal is written, and in which of them a fault or something missing is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from investplan.domain.investigations import missing_before_submission
from investplan.domain.proposals import ProposalFacts
from investplan.errors import Note


class Step(StrEnum):
    """In order."""

    NEED = "need"
    ALTERNATIVES = "alternatives"
    OUTLAYS = "outlays"
    CONSEQUENCES = "consequences"
    PLACE = "place"
    BASIS = "basis"
    REVIEW = "review"


PER_ALTERNATIVE = (Step.OUTLAYS, Step.CONSEQUENCES, Step.PLACE)
STEP_BY_MEMBER = {
    "outlays": Step.OUTLAYS,
    "components": Step.OUTLAYS,
    "grants": Step.CONSEQUENCES,
    "operating": Step.CONSEQUENCES,
    "disposals": Step.CONSEQUENCES,
    "leases": Step.CONSEQUENCES,
    "place_wkt": Step.PLACE,
    "place": Step.PLACE,
    "place_note": Step.PLACE,
    "property_designation": Step.PLACE,
    "plan_status": Step.PLACE,
    "places": Step.OUTLAYS,
    "gained_m2": Step.OUTLAYS,
    "length_m": Step.OUTLAYS,
    "accuracy_percent": Step.OUTLAYS,
    "reserve_percent": Step.OUTLAYS,
    "excludes_vat": Step.OUTLAYS,
    "steering": Step.BASIS,
    "risks": Step.BASIS,
    "impacts": Step.BASIS,
}
# The id of the input on the page where it is not the member's own name.
INPUT_BY_MEMBER = {
    "place_wkt": "n",
    "place": "n",
    "operating": "operating_stated",
    "grants": "grants_stated",
    "disposals": "disposals_stated",
    "risks": "risks_stated",
}


@dataclass(frozen=True)
class Location:
    """Where something is put right. `number` is the alternative's place from 1; `input_id` may be empty."""

    step: Step
    number: int
    input_id: str


def location_of(name: str) -> Location:
    """Where the field of that name stands: `title`, `alternatives`, `place`, `alternatives.0.outlays` …

    >>> location_of("alternatives.1.grants")
    Location(step=<Step.CONSEQUENCES: 'consequences'>, number=2, input_id='grants_stated')
    >>> location_of("alternatives.0.leases.2.area_m2").input_id
    'leases-2-area_m2'
    """
    parts = name.split(".")
    if parts[0] == "alternatives" and len(parts) > 2:
        number, member = int(parts[1]) + 1, parts[2]
        step = STEP_BY_MEMBER.get(member, Step.ALTERNATIVES)
        if len(parts) > 3:
            return Location(step, number, "-".join(parts[2:]))
        plain = f"alternatives-{parts[1]}-{_alternative_input(member)}"
        return Location(
            step, number, plain if step is Step.ALTERNATIVES else INPUT_BY_MEMBER.get(member, member)
        )
    if parts[0] == "alternatives":
        return Location(Step.ALTERNATIVES, 1, "alternatives")
    step = STEP_BY_MEMBER.get(parts[0], Step.NEED)
    if step is Step.BASIS and len(parts) > 2:
        is_impact = parts[0] == "impacts"
        input_id = f"impact_{parts[1]}_{parts[2]}" if is_impact else "-".join(parts)
        return Location(step, 1, input_id)
    return Location(step, 1, INPUT_BY_MEMBER.get(parts[0], parts[0]))


def _alternative_input(member: str) -> str:
    return "commissioned_years" if member == "commissioned_after_months" else member


def address(proposal_id: int, step: Step, number: int = 1, anchor: str | None = None) -> str:
    """Address of a step, of the alternative at place `number` where the step is per alternative."""
    more: dict[str, Any] = {"alternative": number} if step in PER_ALTERNATIVE and number > 1 else {}
    return url_for("proposals.edit", proposal_id=proposal_id, step=step.value, **more, _anchor=anchor)


def names() -> dict[Step, str]:
    return {
        Step.NEED: _("Behov"),
        Step.ALTERNATIVES: _("Alternativ"),
        Step.OUTLAYS: _("Utgifter"),
        Step.CONSEQUENCES: _("Bidrag och drift"),
        Step.PLACE: _("Plats"),
        Step.BASIS: _("Fördjupning"),
        Step.REVIEW: _("Granska"),
    }


def shown(
    proposal_id: int | None, facts: ProposalFacts | None, current: Step
) -> list[tuple[str, str | None, str]]:
    """What the row of steps shows: name, address and state; only the first of a proposal that is not saved yet."""
    if proposal_id is None or facts is None:
        return [(name, None, "current" if step is current else "todo") for step, name in names().items()]
    faulty = {location_of(name).step for name in missing_before_submission(facts)}
    states = {
        step: "fault" if step in faulty and _is_begun(facts, step) else "todo" if step in faulty else "done"
        for step in Step
    }
    states[Step.REVIEW] = "todo"
    if states[Step.BASIS] == "done" and not _is_begun(facts, Step.BASIS):
        states[Step.BASIS] = "todo"  # nobody has to, yet
    if not facts.alternatives:
        states.update(dict.fromkeys((*PER_ALTERNATIVE, Step.ALTERNATIVES), "todo"))
    states[current] = "current"
    return [(name, address(proposal_id, step), states[step]) for step, name in names().items()]


def _is_begun(facts: ProposalFacts, step: Step) -> bool:
    """Whether anything has been stated in the step: what was never begun is not yet at fault."""
    alternatives = facts.alternatives
    if step is Step.OUTLAYS:
        return any(one.outlays or one.components for one in alternatives)
    if step is Step.CONSEQUENCES:
        return any(
            one.grants is not None or one.operating is not None or one.disposals is not None
            for one in alternatives
        )
    if step is Step.PLACE:
        return bool(facts.place_note) or any(one.place_wkt for one in alternatives)
    if step is Step.BASIS:
        return bool(facts.steering or facts.impacts) or facts.risks is not None
    return step is Step.NEED or bool(alternatives)


def following(facts: ProposalFacts, step: Step, number: int) -> tuple[Step, int]:
    """Where saving leads: the next alternative's same step, else the next step. What nobody has to fill in is skipped."""
    if step in (Step.OUTLAYS, Step.CONSEQUENCES) and number < len(facts.alternatives):
        return step, number + 1
    if step is Step.PLACE:
        return Step.REVIEW, 1
    return list(Step)[list(Step).index(step) + 1], 1


def place_faults(
    faults: Mapping[str, Note], step: Step, number: int
) -> tuple[dict[str, Note], list[tuple[str | None, Note]]]:
    """A service's faults as notes by input of this page, and as rows of the error summary.

    What belongs to another step or alternative has no input here: it is told in the summary alone.
    """
    here: dict[str, Note] = {}
    rows: list[tuple[str | None, Note]] = []
    for name, note in faults.items():
        location = location_of(name)
        on_page = location.step is step and (step not in PER_ALTERNATIVE or location.number == number)
        if on_page:
            here.setdefault(location.input_id, note)
        rows.append((location.input_id if on_page else None, note))
    return here, rows


@dataclass(frozen=True)
class Missing:
    """One thing on the checklist: what, in which step, and the address where it is stated."""

    note: Note
    step_name: str
    url: str


def checklist(proposal_id: int, facts: ProposalFacts) -> list[Missing]:
    """What is still missing before submission, each with the way there."""
    told = names()
    found = []
    for name, note in missing_before_submission(facts).items():
        location = location_of(name)
        step_name = told[location.step]
        if len(facts.alternatives) > 1 and name.startswith("alternatives."):
            step_name = _("%(step)s, alternativ %(number)s", step=step_name, number=location.number)
        found.append(
            Missing(note, step_name, address(proposal_id, location.step, location.number, location.input_id))
        )
    return found
