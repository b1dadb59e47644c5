"""The steps Behov, Alternativ and Plats: from facts to the text of a form, and from what was typed to facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from investplan.domain.proposals import Alternative, AlternativeKind, Category, ProposalFacts, Stage
from investplan.errors import Note
from web.proposals import statement_forms
from web.proposals.typed import Faults, Reader, Row, Typed

MAX_OFFSET_YEARS = 30
POINT = re.compile(r"POINT ?\(([0-9]+(?:\.[0-9]+)?) ([0-9]+(?:\.[0-9]+)?)\)", re.ASCII)
METRES = re.compile(r"[0-9]+(?:[.,][0-9]+)?", re.ASCII)
MAX_WKT = 200_000


@dataclass(frozen=True)
class Choices:
    """What the writer may choose among: codes → names, and the years of the round."""

    committees: Mapping[str, str]
    organisations: Mapping[str, str]
    landlords: Mapping[str, str]
    districts: Mapping[str, str]
    years: Sequence[int]
    object_types: Mapping[str, str] = field(default_factory=dict)


def typed_need(facts: ProposalFacts) -> Typed:
    return Typed(
        {
            "title": facts.title,
            "case_number": facts.case_number,
            "committee": facts.committee,
            "category": facts.category.value,
            "purpose": facts.purpose,
            "stage": facts.stage.value,
            "district": facts.district or "",
            "required": "y" if facts.required else "",
            **statement_forms.typed_about(facts),
        }
    )


def read_need(typed: Typed, facts: ProposalFacts, choices: Choices) -> tuple[ProposalFacts, Faults]:
    faults: Faults = {}
    read = Reader(typed.fields, faults)
    changed = replace(
        facts,
        title=read.text("title", 200, Note("Ge förslaget en rubrik.")),
        case_number=read.text("case_number", 40, Note("Ange diarienummer, till exempel KS 2026/0123.")),
        committee=read.one_of("committee", choices.committees),
        category=read.choice("category", Category),
        purpose=read.text("purpose", 20_000),
        stage=read.choice("stage", Stage) if "stage" in typed.fields else facts.stage,
        district=read.one_of("district", choices.districts) if read.raw("district") else None,
        required=bool(read.raw("required")),
    )
    return statement_forms.read_about(read, changed), faults


def typed_alternatives(facts: ProposalFacts) -> Typed:
    return Typed({}, {"alternatives": [_typed_alternative(one) for one in facts.alternatives]})


def _typed_alternative(alternative: Alternative) -> Row:
    years, months = divmod(alternative.commissioned_after_months, 12)
    return {
        "code": alternative.code,
        "title": alternative.title,
        "kind": alternative.kind.value,
        "starts": [str(year) for year in alternative.starts],
        "commissioned_years": str(years),
        "commissioned_month": str(months + 1),
        "landlord": alternative.landlord or "",
        "area_m2": "" if alternative.area_m2 is None else str(alternative.area_m2),
        "benefit_percent": str(alternative.benefit_percent),
        "price_level_year": str(alternative.price_level_year),
        **statement_forms.typed_standing(alternative),
    }


def new_alternative(
    kind: AlternativeKind, price_level_year: int, month: int, starts: Sequence[int] = ()
) -> Row:
    """An alternative to begin with: taken into use in `month` (1-12) of the start year, open in every year of `starts`."""
    made = Alternative(
        code="",
        title="",
        kind=kind,
        starts=tuple(starts),
        price_level_year=price_level_year,
        commissioned_after_months=0 if kind is AlternativeKind.NOTHING else month - 1,
        benefit_percent=0 if kind is AlternativeKind.NOTHING else 100,
    )
    return _typed_alternative(made)


def read_alternatives(typed: Typed, facts: ProposalFacts, choices: Choices) -> tuple[ProposalFacts, Faults]:
    faults: Faults = {}
    stored = {alternative.code: alternative for alternative in facts.alternatives}
    taken = {str(row.get("code") or "") for row in typed.of_group("alternatives")}
    alternatives: list[Alternative] = []
    for position, row in enumerate(typed.of_group("alternatives")):
        read = Reader(row, faults, f"alternatives-{position}-")
        alternative = _read_alternative(read, stored.get(read.raw("code")), choices, taken)
        row["code"] = alternative.code
        alternatives.append(alternative)
    return replace(facts, alternatives=tuple(alternatives)), faults


def _read_alternative(
    read: Reader, stored: Alternative | None, choices: Choices, taken: set[str]
) -> Alternative:
    kind = read.choice("kind", AlternativeKind)
    code = stored.code if stored else _free_code(kind.value, taken)
    taken.add(code)
    base = stored or _new(code, kind, choices.years[0])
    years = read.whole("commissioned_years", 0, MAX_OFFSET_YEARS)
    month = read.whole("commissioned_month", 1, 12)
    changed = replace(
        base,
        kind=kind,
        title=read.text("title", 200),
        starts=_read_starts(read, choices.years),
        commissioned_after_months=12 * years + month - 1,
        landlord=read.one_of("landlord", choices.landlords) if read.raw("landlord") else None,
        area_m2=read.optional_whole("area_m2", 0, 1_000_000),
        benefit_percent=read.whole("benefit_percent", 0, 100),
        price_level_year=read.whole("price_level_year", 2000, 2200),
    )
    return statement_forms.read_standing(read, changed)


def _new(code: str, kind: AlternativeKind, price_level_year: int) -> Alternative:
    """Nothing is stated yet, but for doing nothing: that is zero in everything until somebody says otherwise."""
    made = Alternative(code=code, title="", kind=kind, starts=(), price_level_year=price_level_year)
    return replace(made, grants=(), operating=(), disposals=()) if kind is AlternativeKind.NOTHING else made


def _free_code(wanted: str, taken: set[str]) -> str:
    number, code = 1, wanted
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


def _read_starts(read: Reader, years: Sequence[int]) -> tuple[int, ...]:
    """The ticked years. Years outside the round are the domain's to refuse, but they must be years."""
    ticked = read.values.get("starts") or []
    if any(not re.fullmatch(r"[0-9]{4}", one, re.ASCII) for one in ticked):
        read.refuse("starts", Note("Välj startår bland planperiodens år."))
        return ()
    return tuple(sorted({int(one) for one in ticked}))


def typed_place(alternative: Alternative, facts: ProposalFacts) -> Typed:
    point = POINT.fullmatch(alternative.place_wkt or "")
    places = {(one.place_wkt, one.property_designation, one.plan_status) for one in facts.alternatives}
    same = len(places) == 1
    return Typed(
        {
            "n": f"{float(point[2]):.0f}" if point else "",
            "e": f"{float(point[1]):.0f}" if point else "",
            "wkt": alternative.place_wkt or "",
            "scope": "all" if same else "one",
            "place_note": facts.place_note,
            **statement_forms.typed_property(alternative),
        }
    )


def read_place(typed: Typed, facts: ProposalFacts, number: int) -> tuple[ProposalFacts, Faults]:
    """The place of alternative `number` (0 is the first), or of all."""
    faults: Faults = {}
    read = Reader(typed.fields, faults)
    wkt = _read_wkt(read)
    for_all = read.one_of("scope", ["all", "one"]) == "all"
    about = statement_forms.read_property(read)
    alternatives = tuple(
        replace(one, place_wkt=wkt, **about) if for_all or position == number else one
        for position, one in enumerate(facts.alternatives)
    )
    return replace(facts, place_note=read.text("place_note", 300), alternatives=alternatives), faults


def _read_wkt(read: Reader) -> str | None:
    """What was drawn, unless N and E say something else: then the point they name."""
    n, e, wkt = (
        re.sub(r"[\s\u00a0\u202f]", "", read.raw("n")),
        re.sub(r"[\s\u00a0\u202f]", "", read.raw("e")),
        read.raw("wkt"),
    )
    if len(wkt) > MAX_WKT:
        read.refuse("wkt", Note("Platsen har för många hörn. Rita en enklare linje eller yta."))
        return None
    if not n and not e:
        # Emptied coordinates beside a point: the place is gone. A line or an area has none of its own.
        return None if not wkt or POINT.fullmatch(wkt.replace("POINT(", "POINT (")) else wkt
    for name, text in (("n", n), ("e", e)):
        if not METRES.fullmatch(text):
            read.refuse(
                name,
                Note(
                    "Skriv koordinaten i meter, till exempel %(example)s.",
                    {"example": 6280546 if name == "n" else 583460},
                ),
            )
            return None
    drawn = POINT.fullmatch(wkt.replace("POINT(", "POINT ("))
    if drawn and (f"{float(drawn[2]):.0f}", f"{float(drawn[1]):.0f}") == (n, e):
        return wkt
    return f"POINT ({e.replace(',', '.')} {n.replace(',', '.')})"
