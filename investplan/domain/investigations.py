"""How far a proposal must be investigated, and what must be stated before it may compete.

Domain reference 5.1 (stages), 5.4 (fields of an application) and 10.20 (missing is not zero).
"""

from __future__ import annotations

from collections.abc import Iterator

from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    Lease,
    OperatingKind,
    ProposalFacts,
)
from investplan.domain.statements import LINE, LONG, SHORT, impact_faults, risk_faults, steering_faults
from investplan.errors import Note
from investplan.units import format_amount

FIRST_YEAR, LAST_YEAR = 2000, 2200
MAX_COMMISSIONED_MONTHS = 360
MAX_LIFE_MONTHS = 1800
MAX_AREA_M2 = 1_000_000
MAX_PLACES = 100_000
MAX_PERCENT = 500


def faults_in(facts: ProposalFacts, years: tuple[int, ...]) -> dict[str, Note]:
    """What contradicts itself and cannot be saved even as a draft: one message per field.

    Args:
        years: The years of the planning round; start years must lie among them.
    """
    faults = dict(_faults_of_whole(facts))
    faults.update(_faults_of_statement(facts))
    for number, alternative in enumerate(facts.alternatives):
        for name, note in _faults_of_alternative(alternative, years):
            faults[f"alternatives.{number}.{name}"] = note
    return faults


def _faults_of_whole(facts: ProposalFacts) -> Iterator[tuple[str, Note]]:
    if not facts.title.strip():
        yield "title", Note("Ge förslaget en rubrik.")
    if len(facts.title) > 200:
        yield "title", Note("Rubriken får vara högst 200 tecken.")
    if not facts.case_number.strip():
        yield "case_number", Note("Ange diarienummer, till exempel KS 2026/0123.")
    if len(facts.case_number) > 40:
        yield "case_number", Note("Diarienumret får vara högst 40 tecken.")
    if len(facts.purpose) > 20_000:
        yield "purpose", Note("Beskrivningen får vara högst 20 000 tecken.")
    codes = [alternative.code for alternative in facts.alternatives]
    if len(set(codes)) < len(codes):
        yield "alternatives", Note("Två alternativ har samma beteckning.")
    for code, points in facts.scores.items():
        if not 0 <= points <= 5:
            yield f"scores.{code}", Note("Poängen går från 0 till 5.")


def _faults_of_statement(facts: ProposalFacts) -> Iterator[tuple[str, Note]]:
    texts = {
        "unit": SHORT,
        "contact_role": SHORT,
        "contact_name": SHORT,
        "target_group": LINE,
        "without_action": LONG,
    }
    for name, most in texts.items():
        if len(getattr(facts, name)) > most:
            yield name, Note("Texten får vara högst %(most)d tecken.", {"most": most})
    if facts.need_year is not None and not FIRST_YEAR <= facts.need_year <= LAST_YEAR:
        yield "need_year", Note("Året är inte rimligt.")
    for group, found in (
        ("steering", steering_faults(facts.steering)),
        ("risks", risk_faults(facts.risks or ())),
        ("impacts", impact_faults(facts.impacts)),
    ):
        for name, note in found:
            yield f"{group}.{name}".rstrip("."), note


def _faults_of_alternative(alternative: Alternative, years: tuple[int, ...]) -> Iterator[tuple[str, Note]]:
    if not alternative.code.strip():
        yield "code", Note("Ge alternativet en beteckning.")
    outside = [year for year in alternative.starts if year not in years]
    if outside:
        yield (
            "starts",
            Note(
                "Startåret måste ligga i planperioden %(first)d–%(last)d.",
                {"first": years[0], "last": years[-1]},
            ),
        )
    if not FIRST_YEAR <= alternative.price_level_year <= LAST_YEAR:
        yield "price_level_year", Note("Prisnivåns år är inte rimligt.")
    if not 0 <= alternative.commissioned_after_months <= MAX_COMMISSIONED_MONTHS:
        yield (
            "commissioned_after_months",
            Note("Ibruktagandet måste ligga 0–360 månader efter startårets början."),
        )
    offsets = [outlay.year_offset for outlay in alternative.outlays]
    if len(set(offsets)) < len(offsets):
        yield "outlays", Note("Samma år står två gånger bland utgifterna.")
    if not 0 <= alternative.benefit_percent <= 100:
        yield "benefit_percent", Note("Nyttan anges i procent, 0–100.")
    yield from _faults_of_description(alternative)
    for component in alternative.components:
        yield from _faults_of_component(component)
    for number, lease in enumerate(alternative.leases):
        for name, note in _faults_of_lease(lease):
            yield f"leases.{number}.{name}", note


def _faults_of_description(alternative: Alternative) -> Iterator[tuple[str, Note]]:
    limits = {
        "accuracy_percent": MAX_PERCENT, "reserve_percent": MAX_PERCENT, "places": MAX_PLACES,
        "gained_m2": MAX_AREA_M2, "length_m": MAX_AREA_M2,
    }  # fmt: skip
    for name, most in limits.items():
        value = getattr(alternative, name)
        if value is not None and not 0 <= value <= most:
            yield name, Note("Skriv ett heltal från %(low)s till %(high)s.", {"low": 0, "high": most})
    if len(alternative.property_designation) > SHORT:
        yield "property_designation", Note("Texten får vara högst %(most)d tecken.", {"most": SHORT})
    if alternative.rejected and not alternative.rejected_reason.strip():
        yield "rejected_reason", Note("Skriv varför alternativet är bortvalt.")
    if len(alternative.rejected_reason) > LONG:
        yield "rejected_reason", Note("Texten får vara högst %(most)d tecken.", {"most": LONG})


def _faults_of_component(component: Component) -> Iterator[tuple[str, Note]]:
    if component.life_months is not None and not 1 <= component.life_months <= MAX_LIFE_MONTHS:
        yield "components", Note("Nyttjandeperioden måste vara 1–150 år.")
    if component.amount_ore < 0:
        yield "components", Note("En komponent kan inte kosta mindre än noll.")
    own = component.commissioned_after_months
    if own is not None and not 0 <= own <= MAX_COMMISSIONED_MONTHS:
        yield "components", Note("En komponent måste tas i bruk 0–360 månader efter startårets början.")
    if component.lease_months is not None:
        if component.life_months is None:
            yield "components", Note("Mark skrivs inte av och har därför ingen hyrestid.")
        if not 1 <= component.lease_months <= MAX_LIFE_MONTHS:
            yield "components", Note("Hyrestiden som är kvar måste vara 1–1800 månader.")


def _faults_of_lease(lease: Lease) -> Iterator[tuple[str, Note]]:
    if not lease.name.strip():
        yield "name", Note("Skriv vilken lokal det är.")
    if len(lease.name) > 120:
        yield "name", Note("Texten får vara högst %(most)d tecken.", {"most": 120})
    if not 0 <= lease.area_m2 <= MAX_AREA_M2:
        yield "area_m2", Note("Ytan måste vara 0–1 000 000 m².")
    if lease.ore_per_m2 < 0:
        yield "ore_per_m2", Note("Skriv beloppet utan minustecken.")
    if lease.restoration_ore < 0:
        yield "restoration_ore", Note("Skriv beloppet utan minustecken.")
    if not 0 <= lease.index_share <= 1 or (lease.index_share * 1000).denominator != 1:
        yield "index_share", Note("Skriv andelen i procent, 0–100, med högst en decimal.")
    if not -360 <= lease.starts_after_months <= 360:
        yield "starts_after_months", Note("Hyran måste börja inom 360 månader från ibruktagandet.")
    if lease.lasts_months is not None and not 1 <= lease.lasts_months <= 1200:
        yield "lasts_months", Note("Hyrestiden måste vara 1–1200 månader, eller tom.")
    if not 0 <= lease.notice_months <= 360:
        yield "notice_months", Note("Uppsägningstiden måste vara 0–360 månader.")


def missing_before_submission(facts: ProposalFacts) -> dict[str, Note]:
    """What is still to be stated before the proposal may compete: a checklist, one message per field.

    Zero is an answer; "not stated" is not. An alternative that is rejected needs nothing more.
    """
    missing: dict[str, Note] = {}
    if not facts.purpose.strip():
        missing["purpose"] = Note("Beskriv behovet och vad som händer om inget görs.")
    if not facts.alternatives:
        missing["alternatives"] = Note("Lägg till minst ett alternativ.")
    elif not facts.open_alternatives:
        missing["alternatives"] = Note("Alla alternativ är bortvalda. Behåll minst ett.")
    needs_place = [a for a in facts.open_alternatives if a.kind is not AlternativeKind.NOTHING]
    if not facts.place_note.strip() and any(a.place_wkt is None for a in needs_place):
        missing["place"] = Note("Ange platsen på kartan, eller skriv varför förslaget saknar plats.")
    for number, alternative in enumerate(facts.alternatives):
        for name, note in () if alternative.rejected else _missing_in_alternative(alternative):
            missing[f"alternatives.{number}.{name}"] = note
    return missing


def _missing_in_alternative(alternative: Alternative) -> Iterator[tuple[str, Note]]:
    if not alternative.starts:
        yield "starts", Note("Ange vilka år investeringen kan starta.")
    if alternative.kind is not AlternativeKind.NOTHING and not alternative.outlays:
        yield "outlays", Note("Ange utgiften per år. Skriv 0 om den är noll.")
    components_ore = sum(component.amount_ore for component in alternative.components)
    if alternative.components and components_ore != alternative.outlay_ore:
        difference = format_amount(alternative.outlay_ore - components_ore, "kr", 2)
        yield (
            "components",
            Note(
                "Komponenterna ska tillsammans vara lika med utgiften. Det skiljer %(difference)s kr.",
                {"difference": difference},
            ),
        )
    if alternative.landlord and alternative.area_m2 is None:
        yield "area_m2", Note("Ange ytan i m² för internhyran.")
    if alternative.kind is AlternativeKind.LEASE and not _states_rent(alternative):
        yield "leases", Note("Ange vad som hyrs: yta, hyra per m² och hur länge.")
    if alternative.operating is None:
        yield "operating", Note("Ange driftkostnadskonsekvenser, eller intyga att de är noll.")
    if alternative.grants is None:
        yield "grants", Note("Ange bidrag, eller intyga att inga bidrag finns.")
    if alternative.disposals is None:
        yield "disposals", Note("Ange vad som utrangeras, eller intyga att inget utrangeras.")


def _states_rent(alternative: Alternative) -> bool:
    """Whether the rent is stated: as a lease, or as a sum among the operating rows (how a car or a tent is rented)."""
    rows = alternative.operating or ()
    return any(not lease.ended for lease in alternative.leases) or any(
        row.kind is OperatingKind.RENT and not row.ended for row in rows
    )
