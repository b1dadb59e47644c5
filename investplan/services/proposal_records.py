"""Between a proposal's facts and its rows: the same content, nothing added."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import select

from investplan.db.models import (
    Alternative,
    Component,
    Criterion,
    Disposal,
    District,
    Grant,
    Lease,
    ObjectTemplate,
    OperatingConsequence,
    Organisation,
    Outlay,
    Proposal,
    Score,
)
from investplan.domain import proposals as domain
from investplan.domain.parameter_forms import decimal_text
from investplan.errors import InvalidInputError, Note
from investplan.services import statement_records
from investplan.services.work import Work

# Sweden in SWEREF 99 TM with a margin: what lies outside has swapped axes or another coordinate system.
SWEDEN = (200_000.0, 6_100_000.0, 1_000_000.0, 7_700_000.0)


@dataclass(frozen=True)
class People:
    """Organisations, districts and criteria by code, looked up once per unit of work."""

    organisations: dict[str, Organisation]
    districts: dict[str, District]
    criteria: dict[tuple[int, str], Criterion]
    object_types: frozenset[str] = frozenset()

    @classmethod
    def of(cls, work: Work) -> People:
        scalars = work.session.scalars
        return cls(
            {organisation.code: organisation for organisation in scalars(select(Organisation))},
            {district.code: district for district in scalars(select(District))},
            {(criterion.round_id, criterion.code): criterion for criterion in scalars(select(Criterion))},
            frozenset(scalars(select(ObjectTemplate.code).distinct())),
        )

    def organisation_id(self, code: str) -> int:
        if code not in self.organisations:
            raise InvalidInputError(
                {"committee": Note("Nämnden eller bolaget %(code)s finns inte.", {"code": code})}
            )
        return self.organisations[code].id

    def faults_in(self, facts: domain.ProposalFacts) -> dict[str, Note]:
        """Codes that nobody has."""
        faults: dict[str, Note] = {}
        if facts.district is not None and facts.district not in self.districts:
            faults["district"] = Note("Området %(code)s finns inte.", {"code": facts.district})
        if facts.object_type is not None and facts.object_type not in self.object_types:
            faults["object_type"] = Note("Välj en objekttyp som har en mall.")
        for number, alternative in enumerate(facts.alternatives):
            named = [("landlord", alternative.landlord)] if alternative.landlord else []
            named += [("operating", row.committee) for row in alternative.all_operating]
            named += [("disposals", row.committee) for row in alternative.disposals or ()]
            named += [(f"leases.{i}.tenant", row.tenant) for i, row in enumerate(alternative.leases)]
            for name, code in named:
                if code not in self.organisations:
                    faults[f"alternatives.{number}.{name}"] = Note(
                        "Nämnden eller bolaget %(code)s finns inte.", {"code": code}
                    )
        return faults

    def score_faults(self, round_id: int, points: dict[str, int]) -> dict[str, Note]:
        faults: dict[str, Note] = {}
        for code, value in points.items():
            if (round_id, code) not in self.criteria:
                faults[f"scores.{code}"] = Note("Kriteriet %(code)s finns inte.", {"code": code})
            elif not 0 <= value <= 5:
                faults[f"scores.{code}"] = Note("Poängen går från 0 till 5.")
        return faults


def place_faults(facts: domain.ProposalFacts, *, in_sweden: bool) -> dict[str, Note]:
    """Places that cannot be drawn or, where they must, do not lie in Sweden."""
    faults: dict[str, Note] = {}
    for number, alternative in enumerate(facts.alternatives):
        if alternative.place_wkt is not None:
            note = _place_fault(alternative.place_wkt, in_sweden)
            if note is not None:
                faults[f"alternatives.{number}.place_wkt"] = note
    return faults


def _place_fault(wkt: str, in_sweden: bool) -> Note | None:
    try:
        geometry = shapely.from_wkt(wkt)
    except shapely.errors.GEOSException:
        return Note("Platsen kunde inte läsas.")
    if geometry is None or geometry.is_empty or geometry.geom_type not in ("Point", "LineString", "Polygon"):
        return Note("Platsen ska vara en punkt, en linje eller en yta.")
    if not geometry.is_valid:
        return Note("Ytans gräns korsar sig själv. Rita om den.")
    west, south, east, north = geometry.bounds
    if in_sweden and not (
        SWEDEN[0] <= west <= east <= SWEDEN[2] and SWEDEN[1] <= south <= north <= SWEDEN[3]
    ):
        return Note(
            "Platsen ligger utanför Sverige i SWEREF 99 TM. Är N och E omkastade? N är omkring 6 280 000 i Kalmar."
        )
    return None


def write(
    proposal: Proposal,
    facts: domain.ProposalFacts,
    people: People,
    *,
    now: datetime,
    keep_scores: bool = False,
) -> None:
    """Let the rows say what the facts say. Alternatives are replaced as a whole: they have no life of their own."""
    proposal.case_number = facts.case_number.strip()
    proposal.title = facts.title.strip()
    proposal.organisation = people.organisations[facts.committee]
    proposal.organisation_id = proposal.organisation.id
    proposal.category = facts.category.value
    proposal.purpose = facts.purpose
    proposal.stage = facts.stage.value
    proposal.required = facts.required
    proposal.district = people.districts[facts.district] if facts.district else None
    proposal.place_note = facts.place_note
    proposal.source_ref = facts.source_ref
    proposal.changed_at = now
    statement_records.write(proposal, facts)
    _write_alternatives(proposal, facts, people)
    proposal.outlay_ore = facts.outlay_ore
    _write_box(proposal)
    if not keep_scores:
        write_scores(proposal, facts.scores, people)


def _write_alternatives(proposal: Proposal, facts: domain.ProposalFacts, people: People) -> None:
    by_code = {row.code: row for row in proposal.alternatives}
    kept: list[Alternative] = []
    for position, alternative in enumerate(facts.alternatives):
        row = by_code.get(alternative.code.strip()) or Alternative(code=alternative.code.strip())
        _write_alternative(row, position, alternative, people)
        kept.append(row)
    proposal.alternatives = kept


def _write_alternative(row: Alternative, position: int, facts: domain.Alternative, people: People) -> None:
    row.position = position
    row.title, row.kind, row.starts = facts.title, facts.kind.value, sorted(set(facts.starts))
    row.price_level_year = facts.price_level_year
    row.commissioned_after_months = facts.commissioned_after_months
    row.landlord = people.organisations[facts.landlord] if facts.landlord else None
    row.area_m2, row.benefit_percent = facts.area_m2, facts.benefit_percent
    row.geometry = shapely.to_wkb(shapely.from_wkt(facts.place_wkt)) if facts.place_wkt else None
    row.grants_stated = facts.grants is not None
    row.operating_stated = facts.operating is not None
    row.disposals_stated = facts.disposals is not None
    statement_records.write_alternative(row, facts)
    _write_outlays(row, facts)
    row.components = [
        Component(position=i, name=c.name, amount_ore=c.amount_ore, residual_ore=c.residual_ore,
                  life_months=c.life_months, part=c.part.value,
                  commissioned_after_months=c.commissioned_after_months, lease_months=c.lease_months)
        for i, c in enumerate(facts.components)
    ]  # fmt: skip
    row.grants = [
        Grant(position=i, name=g.name, year_offset=g.year_offset, amount_ore=g.amount_ore,
              recognition=g.recognition.value, lowers_interest_base=g.lowers_interest_base)
        for i, g in enumerate(facts.grants or ())
    ]  # fmt: skip
    row.operating = [
        OperatingConsequence(position=i, organisation=people.organisations[o.committee], kind=o.kind.value,
                             annual_ore=o.annual_ore, starts_after_months=o.starts_after_months,
                             lasts_months=o.lasts_months, internal=o.internal, ended=o.ended, note=o.note,
                             reply_id=o.reply_id)
        for i, o in enumerate(facts.all_operating)
    ]  # fmt: skip
    row.disposals = [
        Disposal(position=i, name=d.name, organisation=people.organisations[d.committee],
                 remaining_book_value_ore=d.remaining_book_value_ore, remaining_months=d.remaining_months)
        for i, d in enumerate(facts.disposals or ())
    ]  # fmt: skip
    row.leases = [
        Lease(position=i, name=one.name, organisation=people.organisations[one.tenant], area_m2=one.area_m2,
              ore_per_m2=one.ore_per_m2, index_permille=int(one.index_share * 1000),
              starts_after_months=one.starts_after_months, lasts_months=one.lasts_months, ended=one.ended,
              notice_months=one.notice_months, restoration_ore=one.restoration_ore)
        for i, one in enumerate(facts.leases)
    ]  # fmt: skip


def _write_outlays(row: Alternative, facts: domain.Alternative) -> None:
    # Rows are reused by year, because a new row for a year that has one would meet the unique constraint first.
    by_offset = {outlay.year_offset: outlay for outlay in row.outlays}
    kept: list[Outlay] = []
    for stated in sorted(facts.outlays, key=lambda outlay: outlay.year_offset):
        outlay = by_offset.get(stated.year_offset) or Outlay(year_offset=stated.year_offset)
        outlay.amount_ore = stated.amount_ore
        kept.append(outlay)
    row.outlays = kept


def _write_box(proposal: Proposal) -> None:
    shapes = [shapely.from_wkb(row.geometry) for row in proposal.alternatives if row.geometry is not None]
    if not shapes:
        proposal.min_e = proposal.min_n = proposal.max_e = proposal.max_n = None
        return
    west, south, east, north = shapely.total_bounds(shapes)
    proposal.min_e, proposal.min_n = float(west), float(south)
    proposal.max_e, proposal.max_n = float(east), float(north)


def write_scores(proposal: Proposal, points: dict[str, int], people: People) -> None:
    """Let the score rows be exactly `points`."""
    by_criterion = {row.criterion_id: row for row in proposal.scores}
    kept: list[Score] = []
    for code, value in points.items():
        criterion = people.criteria[(proposal.round_id, code)]
        row = by_criterion.get(criterion.id) or Score(criterion_id=criterion.id, criterion=criterion)
        row.points = value
        kept.append(row)
    proposal.scores = kept


def scores(proposal: Proposal) -> dict[str, int]:
    return {row.criterion.code: row.points for row in proposal.scores}


def facts(proposal: Proposal) -> domain.ProposalFacts:
    """What the rows say."""
    return domain.ProposalFacts(
        case_number=proposal.case_number,
        title=proposal.title,
        committee=proposal.organisation.code,
        category=domain.Category(proposal.category),
        purpose=proposal.purpose,
        stage=domain.Stage(proposal.stage),
        district=proposal.district.code if proposal.district else None,
        required=bool(proposal.required),
        place_note=proposal.place_note,
        source_ref=proposal.source_ref,
        alternatives=tuple(_alternative_facts(row) for row in proposal.alternatives),
        scores=scores(proposal),
        **statement_records.facts_of(proposal),
    )


def _alternative_facts(row: Alternative) -> domain.Alternative:
    return domain.Alternative(
        code=row.code,
        title=row.title,
        kind=domain.AlternativeKind(row.kind),
        starts=tuple(row.starts),
        price_level_year=row.price_level_year,
        commissioned_after_months=row.commissioned_after_months,
        landlord=row.landlord.code if row.landlord else None,
        area_m2=row.area_m2,
        benefit_percent=row.benefit_percent,
        place_wkt=shapely.to_wkt(shapely.from_wkb(row.geometry), rounding_precision=3)
        if row.geometry
        else None,
        outlays=tuple(domain.Outlay(o.year_offset, o.amount_ore) for o in row.outlays),
        components=tuple(_component_facts(one) for one in row.components),
        grants=_grant_facts(row) if row.grants_stated else None,
        operating=_operating_facts(row) if row.operating_stated else None,
        disposals=_disposal_facts(row) if row.disposals_stated else None,
        leases=tuple(_lease_facts(one) for one in row.leases),
        **statement_records.facts_of_alternative(row),
        from_replies=tuple(_operating_row(one) for one in row.operating if one.reply_id is not None),
    )


def _component_facts(row: Component) -> domain.Component:
    return domain.Component(
        row.name,
        row.amount_ore,
        row.life_months,
        domain.Part(row.part),
        row.residual_ore,
        row.commissioned_after_months,
        row.lease_months,
    )


def _lease_facts(row: Lease) -> domain.Lease:
    return domain.Lease(
        name=row.name,
        tenant=row.organisation.code,
        area_m2=row.area_m2,
        ore_per_m2=row.ore_per_m2,
        index_share=Fraction(row.index_permille, 1000),
        starts_after_months=row.starts_after_months,
        lasts_months=row.lasts_months,
        ended=bool(row.ended),
        notice_months=row.notice_months,
        restoration_ore=row.restoration_ore,
    )


def _grant_facts(row: Alternative) -> tuple[domain.Grant, ...]:
    return tuple(
        domain.Grant(
            g.name,
            g.year_offset,
            g.amount_ore,
            domain.Recognition(g.recognition),
            bool(g.lowers_interest_base),
        )
        for g in row.grants
    )


def _operating_facts(row: Alternative) -> tuple[domain.OperatingConsequence, ...]:
    return tuple(_operating_row(one) for one in row.operating if one.reply_id is None)


def _operating_row(row: OperatingConsequence) -> domain.OperatingConsequence:
    return domain.OperatingConsequence(
        row.organisation.code,
        domain.OperatingKind(row.kind),
        row.annual_ore,
        row.starts_after_months,
        row.lasts_months,
        bool(row.internal),
        bool(row.ended),
        row.note,
        row.reply_id,
    )


def _disposal_facts(row: Alternative) -> tuple[domain.Disposal, ...]:
    return tuple(
        domain.Disposal(d.name, d.organisation.code, d.remaining_book_value_ore, d.remaining_months)
        for d in row.disposals
    )


def facts_to_json(stated: domain.ProposalFacts) -> dict[str, Any]:
    """The facts as JSON, amounts in whole öre, shares as decimal text; None where a planner has not stated something."""
    written = asdict(stated)
    for alternative in written["alternatives"]:
        _leave_out_neutral(alternative)
        for lease in alternative["leases"]:
            lease["index_share"] = decimal_text(lease["index_share"])
    return written


def _leave_out_neutral(alternative: dict[str, Any]) -> None:
    """A proposal that no reply has added to is written as before there were replies (decision 14)."""
    if not alternative["from_replies"]:
        del alternative["from_replies"]
    for row in alternative["operating"] or ():
        del row["reply_id"]


def to_json(proposal: Proposal) -> dict[str, Any]:
    """The whole proposal as the audit keeps it."""
    return {
        **facts_to_json(facts(proposal)),
        "status": proposal.status,
        "version": proposal.version,
    }


def facts_from_json(stored: dict[str, Any]) -> domain.ProposalFacts:
    """The facts a snapshot holds (`facts_to_json` read back).

    Snapshots are frozen, so those written before components had a month and a lease of their own, before there were
    leases and replies, and before alternatives could be rejected, are read as they were meant: all taken into use
    together, nothing rented, nothing added, every alternative open.
    """
    return domain.ProposalFacts(
        case_number=stored["case_number"],
        title=stored["title"],
        committee=stored["committee"],
        category=domain.Category(stored["category"]),
        purpose=stored["purpose"],
        stage=domain.Stage(stored["stage"]),
        district=stored["district"],
        required=stored["required"],
        place_note=stored["place_note"],
        source_ref=stored["source_ref"],
        alternatives=tuple(_alternative_from_json(row) for row in stored["alternatives"]),
        scores=dict(stored["scores"]),
        **statement_records.from_json(stored),
    )


def _alternative_from_json(row: dict[str, Any]) -> domain.Alternative:
    plain = ("code", "title", "price_level_year", "commissioned_after_months", "landlord", "area_m2")
    return domain.Alternative(
        **{name: row[name] for name in (*plain, "benefit_percent", "place_wkt")},
        kind=domain.AlternativeKind(row["kind"]),
        starts=tuple(row["starts"]),
        outlays=tuple(domain.Outlay(**o) for o in row["outlays"]),
        components=tuple(
            domain.Component(**{**c, "part": domain.Part(c["part"])}) for c in row["components"]
        ),
        grants=_rows(
            row["grants"],
            lambda g: domain.Grant(**{**g, "recognition": domain.Recognition(g["recognition"])}),
        ),
        operating=_rows(row["operating"], _operating_from_json),
        disposals=_rows(row["disposals"], lambda d: domain.Disposal(**d)),
        leases=tuple(
            domain.Lease(**{**one, "index_share": Fraction(one["index_share"])})
            for one in row.get("leases", ())
        ),
        **statement_records.alternative_from_json(row),
        from_replies=_rows(row.get("from_replies", []), _operating_from_json),
    )


def _operating_from_json(row: dict[str, Any]) -> domain.OperatingConsequence:
    return domain.OperatingConsequence(**{**row, "kind": domain.OperatingKind(row["kind"])})


def _rows(stored: list[dict[str, Any]] | None, read: Any) -> Any:
    return None if stored is None else tuple(read(row) for row in stored)
