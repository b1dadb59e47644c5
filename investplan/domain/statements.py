"""What a proposal says in words beside the money: who asks and why, steering links, risks, impact checks, plan status.

None of it is needed for a proposal to be submitted; the gates of the investigation ask for it stage by stage. None
stands for "not stated", which is not the same as "no". Source: section 5.4 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from investplan.errors import Note

MAX_TONNES = 1_000_000
SHORT, LINE, LONG = 120, 300, 2000
MAX_ROWS = 20


class Trigger(StrEnum):
    """What has set the proposal going."""

    LAW = "law"
    DEMOGRAPHY = "demography"
    CONDITION = "condition"
    GOAL = "goal"
    ASSIGNMENT = "assignment"


class SteeringKind(StrEnum):
    """What a proposal can be tied to."""

    FOCUS_AREA = "focus_area"
    STEERING_GOAL = "steering_goal"
    STEERING_ASSIGNMENT = "steering_assignment"
    DOCUMENT = "document"


class Impact(StrEnum):
    """What is looked into before a decision, in the order it is asked."""

    CHILDREN = "children"
    ACCESSIBILITY = "accessibility"
    CLIMATE_EFFECT = "climate_effect"
    EQUALITY = "equality"
    SAFETY = "safety"


class PlanStatus(StrEnum):
    """How far the detailed development plan (detaljplan) of the place has come."""

    NO_PLAN = "no_plan"
    PLAN_ONGOING = "plan_ongoing"
    PLAN_ADOPTED = "plan_adopted"
    PLAN_NOT_NEEDED = "plan_not_needed"


@dataclass(frozen=True)
class SteeringLink:
    """A focus area, goal, assignment or document that the proposal serves. `reference`: number, page or decision."""

    kind: SteeringKind
    text: str
    reference: str = ""


@dataclass(frozen=True)
class Risk:
    """Something that may go wrong. `probability` and `consequence` are 1-5; None where not judged yet."""

    text: str
    probability: int | None = None
    consequence: int | None = None
    measure: str = ""
    owner: str = ""

    @property
    def weight(self) -> int | None:
        """Probability times consequence, 1-25; None where either is not judged.

        >>> Risk("Marken är förorenad", 3, 4).weight
        12
        """
        if self.probability is None or self.consequence is None:
            return None
        return self.probability * self.consequence


@dataclass(frozen=True)
class ImpactCheck:
    """Whether the proposal has an impact of the kind, and which; `tonnes` of CO2e (− is a cut) for the climate alone."""

    impact: Impact
    matters: bool
    text: str = ""
    tonnes: int | None = None


def steering_faults(links: Sequence[SteeringLink]) -> Iterator[tuple[str, Note]]:
    """What is wrong with the links, by `<place>.<field>`."""
    if len(links) > MAX_ROWS:
        yield "", Note("Högst %(most)d rader tas emot.", {"most": MAX_ROWS})
    for place, link in enumerate(links):
        if not link.text.strip():
            yield f"{place}.text", Note("Skriv vad förslaget bidrar till.")
        yield from _too_long(place, text=(link.text, LINE), reference=(link.reference, SHORT))


def risk_faults(risks: Sequence[Risk]) -> Iterator[tuple[str, Note]]:
    """What is wrong with the risks, by `<place>.<field>`."""
    if len(risks) > MAX_ROWS:
        yield "", Note("Högst %(most)d rader tas emot.", {"most": MAX_ROWS})
    for place, risk in enumerate(risks):
        if not risk.text.strip():
            yield f"{place}.text", Note("Skriv vad som kan hända.")
        for name, value in (("probability", risk.probability), ("consequence", risk.consequence)):
            if value is not None and not 1 <= value <= 5:
                yield f"{place}.{name}", Note("Bedöm från 1 till 5.")
        texts = {"text": (risk.text, LINE), "measure": (risk.measure, LINE), "owner": (risk.owner, SHORT)}
        yield from _too_long(place, **texts)


def impact_faults(checks: Sequence[ImpactCheck]) -> Iterator[tuple[str, Note]]:
    """What is wrong with the impact checks, by `<impact>.<field>`."""
    if len({check.impact for check in checks}) < len(checks):
        yield "", Note("Samma påverkan står två gånger.")
    for check in checks:
        if check.matters and not check.text.strip():
            yield f"{check.impact}.text", Note("Beskriv påverkan med en mening eller två.")
        if len(check.text) > LONG:
            yield f"{check.impact}.text", Note("Texten får vara högst %(most)d tecken.", {"most": LONG})
        if check.tonnes is None:
            continue
        if check.impact is not Impact.CLIMATE_EFFECT or not check.matters:
            yield f"{check.impact}.tonnes", Note("Ton koldioxid hör till klimatpåverkan.")
        if abs(check.tonnes) > MAX_TONNES:
            yield f"{check.impact}.tonnes", Note("Skriv hela ton, högst en miljon.")


def _too_long(place: int, **texts: tuple[str, int]) -> Iterator[tuple[str, Note]]:
    for name, (text, most) in texts.items():
        if len(text) > most:
            yield f"{place}.{name}", Note("Texten får vara högst %(most)d tecken.", {"most": most})
