"""What a proposal says beside the money: from facts to the text of a form, and from what was typed to facts."""

from __future__ import annotations

from dataclasses import replace

from investplan.domain.investigations import FIRST_YEAR, LAST_YEAR, MAX_AREA_M2, MAX_PERCENT, MAX_PLACES
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.domain.statements import (
    LINE,
    LONG,
    MAX_TONNES,
    SHORT,
    Impact,
    ImpactCheck,
    PlanStatus,
    Risk,
    SteeringKind,
    SteeringLink,
    Trigger,
)
from investplan.errors import Note
from web.proposals.typed import NOT_STATED, THESE, ZERO, Faults, Reader, Row, Typed

YES, NO = "yes", "no"
IMPACT_FIELD = "impact_{impact}{part}"


def typed_about(facts: ProposalFacts) -> Row:
    """Who asks and why: fields of the step Behov."""
    return {
        "object_type": facts.object_type or "",
        "unit": facts.unit,
        "contact_role": facts.contact_role,
        "contact_name": facts.contact_name,
        "target_group": facts.target_group,
        "trigger": facts.trigger.value if facts.trigger else "",
        "without_action": facts.without_action,
        "need_year": "" if facts.need_year is None else str(facts.need_year),
    }


def read_about(read: Reader, facts: ProposalFacts) -> ProposalFacts:
    return replace(
        facts,
        object_type=read.text("object_type", 40) or None,
        unit=read.text("unit", SHORT),
        contact_role=read.text("contact_role", SHORT),
        contact_name=read.text("contact_name", SHORT),
        target_group=read.text("target_group", LINE),
        trigger=read.choice("trigger", Trigger) if read.raw("trigger") else None,
        without_action=read.text("without_action", LONG),
        need_year=read.optional_whole("need_year", FIRST_YEAR, LAST_YEAR),
    )


def typed_basis(facts: ProposalFacts) -> Typed:
    """The step Fördjupning."""
    typed = Typed(
        {"risks_stated": NOT_STATED if facts.risks is None else (THESE if facts.risks else ZERO)},
        {
            "steering": [
                {"kind": one.kind.value, "text": one.text, "reference": one.reference}
                for one in facts.steering
            ],
            "risks": [_typed_risk(one) for one in facts.risks or ()],
        },
    )
    stated = {check.impact: check for check in facts.impacts}
    for impact in Impact:
        typed.fields |= _typed_impact(impact, stated.get(impact))
    return typed


def _typed_risk(risk: Risk) -> Row:
    return {
        "text": risk.text,
        "probability": str(risk.probability or ""),
        "consequence": str(risk.consequence or ""),
        "measure": risk.measure,
        "owner": risk.owner,
    }


def _typed_impact(impact: Impact, check: ImpactCheck | None) -> Row:
    name = IMPACT_FIELD.format(impact=impact.value, part="")
    tonnes = "" if check is None or check.tonnes is None else str(check.tonnes).replace("-", "\u2212")
    return {
        name: NOT_STATED if check is None else (YES if check.matters else NO),
        f"{name}_text": check.text if check else "",
        f"{name}_tonnes": tonnes,
    }


def read_basis(typed: Typed, facts: ProposalFacts) -> tuple[ProposalFacts, Faults]:
    faults: Faults = {}
    steering = [
        _read_link(Reader(row, faults, f"steering-{place}-"))
        for place, row in enumerate(typed.without_blank("steering", "text", "reference"))
    ]
    risks = [
        _read_risk(Reader(row, faults, f"risks-{place}-"))
        for place, row in enumerate(typed.without_blank("risks", "text", "measure", "owner"))
    ]
    top = Reader(typed.fields, faults)
    impacts = [check for impact in Impact if (check := _read_impact(top, impact)) is not None]
    return replace(
        facts,
        steering=tuple(steering),
        risks=top.as_stated("risks_stated", risks),
        impacts=tuple(impacts),
    ), faults


def _read_link(read: Reader) -> SteeringLink:
    return SteeringLink(
        kind=read.choice("kind", SteeringKind),
        text=read.text("text", LINE, Note("Skriv vad förslaget bidrar till.")),
        reference=read.text("reference", SHORT),
    )


def _read_risk(read: Reader) -> Risk:
    return Risk(
        text=read.text("text", LINE, Note("Skriv vad som kan hända.")),
        probability=read.optional_whole("probability", 1, 5),
        consequence=read.optional_whole("consequence", 1, 5),
        measure=read.text("measure", LINE),
        owner=read.text("owner", SHORT),
    )


def _read_impact(read: Reader, impact: Impact) -> ImpactCheck | None:
    """None where it is not stated; what was typed for it must then be empty."""
    name = IMPACT_FIELD.format(impact=impact.value, part="")
    answer = read.one_of(name, [NOT_STATED, NO, YES]) if read.raw(name) else NOT_STATED
    text = read.text(f"{name}_text", LONG)
    tonnes = read.optional_whole(f"{name}_tonnes", -MAX_TONNES, MAX_TONNES)
    if answer != YES and tonnes is not None:
        read.refuse(f"{name}_tonnes", Note("Välj Ja om klimatet påverkas, eller ta bort siffran."))
    if answer == NOT_STATED:
        if text:
            read.refuse(f"{name}_text", Note("Välj Ja eller Nej, eller ta bort texten."))
        return None
    if answer == YES and not text:
        read.refuse(f"{name}_text", Note("Beskriv påverkan med en mening eller två."))
    return ImpactCheck(impact, answer == YES, text, tonnes if answer == YES else None)


def typed_size(alternative: Alternative) -> Row:
    """How much the alternative gives: fields of the step Utgifter."""
    return {name: _whole_text(getattr(alternative, name)) for name in ("places", "gained_m2", "length_m")}


def read_size(read: Reader, alternative: Alternative) -> Alternative:
    return replace(
        alternative,
        places=read.optional_whole("places", 0, MAX_PLACES),
        gained_m2=read.optional_whole("gained_m2", 0, MAX_AREA_M2),
        length_m=read.optional_whole("length_m", 0, MAX_AREA_M2),
    )


def typed_certainty(alternative: Alternative) -> Row:
    """How sure the calculation is: fields of the step Utgifter."""
    return {
        "accuracy_percent": _whole_text(alternative.accuracy_percent),
        "reserve_percent": _whole_text(alternative.reserve_percent),
        "excludes_vat": "y" if alternative.excludes_vat else "",
        "from_template": alternative.template,
    }


def read_certainty(read: Reader, alternative: Alternative) -> Alternative:
    return replace(
        alternative,
        accuracy_percent=read.optional_whole("accuracy_percent", 0, MAX_PERCENT),
        reserve_percent=read.optional_whole("reserve_percent", 0, MAX_PERCENT),
        # An empty box is no answer: nobody states that an amount is with VAT.
        excludes_vat=True if read.raw("excludes_vat") else None,
        template=read.text("from_template", SHORT),
    )


def _whole_text(value: int | None) -> str:
    return "" if value is None else str(value)


def typed_standing(alternative: Alternative) -> Row:
    """Whether the alternative is open: fields of the step Alternativ."""
    return {
        "rejected": "y" if alternative.rejected else "",
        "rejected_reason": alternative.rejected_reason,
    }


def read_standing(read: Reader, alternative: Alternative) -> Alternative:
    """The reason stays when an alternative is opened again: it may be rejected once more."""
    rejected = bool(read.raw("rejected"))
    missing = Note("Skriv varför alternativet är bortvalt.") if rejected else None
    reason = read.text("rejected_reason", LONG, missing)
    return replace(alternative, rejected=rejected, rejected_reason=reason)


def typed_property(alternative: Alternative) -> Row:
    """Whose land and which plan: fields of the step Plats."""
    return {
        "property_designation": alternative.property_designation,
        "plan_status": alternative.plan_status.value if alternative.plan_status else "",
    }


def read_property(read: Reader) -> Row:
    """The members to put into every alternative that the place goes for."""
    return {
        "property_designation": read.text("property_designation", SHORT),
        "plan_status": read.choice("plan_status", PlanStatus) if read.raw("plan_status") else None,
    }
