"""What the forms of a proposal offer to choose among, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from investplan.domain.component_templates import TEMPLATES
from investplan.domain.organisations import OF_ORGANISATION
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Category,
    OperatingKind,
    Part,
    ProposalFacts,
    Recognition,
    Stage,
)
from investplan.domain.statements import Impact, PlanStatus, SteeringKind, Trigger
from investplan.services import object_templates, organisations, reference_objects
from investplan.services.work import Work
from web.proposals import describing, forms
from web.proposals.cautions import Experience
from web.proposals.forms import Choices
from web.proposals.lives import DEPRECIATED, LAND
from web.proposals.statement_forms import NO, YES
from web.proposals.typed import NOT_STATED, THESE, ZERO
from web.texts import label


def names_of(work: Work) -> dict[str, str]:
    """Organisations by code, and districts by `district:` + code."""
    names = {one.code: one.name for one in organisations.everything(work)}
    names |= {f"object:{code}": one.name for code, one in object_templates.by_code(work).items()}
    return names | {f"district:{one.code}": one.name for one in organisations.districts(work)}


def choices_of(work: Work, years: Iterable[int], facts: ProposalFacts | None = None) -> Choices:
    """What may be chosen today; what the proposal says already stays possible though it has ended since."""
    by_code = organisations.by_code(work)
    valid = [one.code for one in organisations.all_valid(work)]
    stated = [code for code in sorted(_stated_codes(facts)) if code in by_code] if facts else []
    landlords = {one.landlord for one in facts.alternatives} if facts else set()
    if work.actor.role in OF_ORGANISATION:
        committees = [code for code, one in by_code.items() if one.id == work.actor.organisation_id]
    else:
        committees = valid + [code for code in stated if facts is not None and code == facts.committee]

    def named(codes: Iterable[str]) -> dict[str, str]:
        return {code: by_code[code].name for code in codes}

    return Choices(
        named(committees),
        named(valid + stated),
        named(code for code in valid + stated if by_code[code].is_landlord or code in landlords),
        {one.code: one.name for one in organisations.districts(work)},
        tuple(years),
        _object_types(work, facts),
    )


def experience_of(work: Work, facts: ProposalFacts) -> Experience:
    """What is known of things of the proposal's object type."""
    if facts.object_type is None:
        return Experience()
    template = object_templates.by_code(work).get(facts.object_type)
    objects = tuple(reference_objects.of_type(work, facts.object_type))
    return Experience(template.name if template else facts.object_type, template, objects)


def _object_types(work: Work, facts: ProposalFacts | None) -> dict[str, str]:
    """Object types that have a template, and the one that the proposal has already."""
    names = {code: one.name for code, one in object_templates.by_code(work).items()}
    stated = facts.object_type if facts else None
    return names | ({stated: stated} if stated and stated not in names else {})


def _stated_codes(facts: ProposalFacts) -> set[str]:
    codes = {facts.committee}
    for one in facts.alternatives:
        codes |= {one.landlord} if one.landlord else set()
        codes |= {row.committee for row in one.all_operating}
        codes |= {row.committee for row in one.disposals or ()}
        codes |= {row.tenant for row in one.leases}
    return codes


def options() -> dict[str, list[tuple[str, str]]]:
    """What the selects offer, by name: (code, label)."""
    enums: dict[str, type[StrEnum]] = {
        "category": Category,
        "stage": Stage,
        "kind": AlternativeKind,
        "part": Part,
        "recognition": Recognition,
        "operating": OperatingKind,
        "steering": SteeringKind,
        "trigger": Trigger,
        "plan_status": PlanStatus,
    }
    found = {name: [(one.value, label(one)) for one in enum] for name, enum in enums.items()}
    return found | {
        "month": [(str(month), describing.month_name(month)) for month in range(1, 13)],
        "commissioned": [
            (
                str(year),
                _("samma år som starten") if year == 0 else _("%(count)s år efter starten", count=year),
            )
            for year in range(forms.MAX_OFFSET_YEARS)
        ],
        "depreciation": [
            (DEPRECIATED, _("Skrivs av")),
            (LAND, _("Mark, skrivs inte av")),
        ],
        "own_month": [("", "–"), *((str(month), describing.month_name(month)) for month in range(1, 13))],
        "lease_ended": [("n", _("Hyrs")), ("y", _("Sägs upp"))],
        "payee": [("n", _("Utanför kommunen")), ("y", _("Annan del av kommunen"))],
        "interest": [("n", _("Nej")), ("y", _("Ja"))],
        "stated": [
            (NOT_STATED, _("Inte uppgivet ännu")),
            (ZERO, _("Inga: det är noll")),
            (THESE, _("De som står i raderna")),
        ],
        "risks_stated": [
            (NOT_STATED, _("Inte bedömt ännu")),
            (ZERO, _("Inga risker att nämna")),
            (THESE, _("De som står i raderna")),
        ],
        "impact": [(NOT_STATED, _("Inte bedömt ännu")), (NO, _("Nej")), (YES, _("Ja"))],
        "judged": [("", "–"), *((str(number), str(number)) for number in range(1, 6))],
    }


def impacts() -> list[tuple[str, str, bool]]:
    """What is looked into: code, name, and whether it is told in tonnes."""
    return [(one.value, label(one), one is Impact.CLIMATE_EFFECT) for one in Impact]


def template_choices() -> list[tuple[Any, Any]]:
    """Groups of (place in `TEMPLATES`, name with typical life), as a select takes them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for place, one in enumerate(TEMPLATES):
        life = _("skrivs inte av") if one.life_years is None else _("%(count)s år", count=one.life_years)
        groups.setdefault(_(one.group), []).append((str(place), f"{_(one.name)}, {life}"))
    return list(groups.items())


def year_options(alternative: Alternative | None) -> list[tuple[str, str]]:
    """Years counted from the start, with the calendar year of the earliest stated start."""
    first = min(alternative.starts, default=None) if alternative else None
    return [
        (str(offset), _("År %(number)s", number=offset + 1) + (f" ({first + offset})" if first else ""))
        for offset in range(forms.MAX_OFFSET_YEARS + 1)
    ]
