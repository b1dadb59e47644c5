"""What the papers of a proposal say, from the record alone: the officer's report and the sheet of one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, ProposalFacts, Status
from investplan.services import (
    attachments,
    consultations,
    organisations,
    overviews,
    papers,
    places,
    proposal_records,
    rounds,
    secrecy,
)
from investplan.services.papers import Paper, Section, Table
from investplan.services.work import Work
from web import formatting
from web.papers import judging
from web.proposals import choosing, costs, describing
from web.proposals.costs import Costs
from web.proposals.layout import CostRow
from web.texts import label

YEARS_SHOWN = 7


@dataclass(frozen=True)
class Told:
    """Everything the papers tell from, read once: costs are counted of the whole, told is what the reader may read.

    Attributes:
        costs: By code of alternative.
        main: The alternative that the papers speak for: what is decided, else the first.
    """

    work: Work
    proposal: Any
    facts: ProposalFacts
    names: dict[str, str]
    parameters: Parameters
    costs: dict[str, Costs]
    main: Alternative | None
    decided: Any
    municipality: str
    municipality_code: str
    locale: str

    @property
    def main_costs(self) -> Costs | None:
        return self.costs[self.main.code] if self.main else None


def gather(work: Work, proposal: Any, municipality: str, municipality_code: str) -> Told:
    """Reads what the papers of the proposal need."""
    counted, names = proposal_records.facts(proposal), choosing.names_of(work)
    facts = secrecy.readable(work, proposal)
    parameters = rounds.parameters_of(proposal.round)
    decided = overviews.decided_starts(work, proposal.round_id).get(proposal.id)
    companies = organisations.company_codes(work)
    earliest = parameters.earliest_start(facts.stage, proposal.round.budget_year)
    found = {}
    for one in counted.alternatives:
        starts = costs.possible_starts(one, earliest, proposal.round.years)
        start = decided.start_year if decided and decided.alternative == one.code else starts[0]
        found[one.code] = costs.costs_of(
            counted,
            one,
            start=start,
            explain_year=None,
            parameters=parameters,
            years=proposal.round.years,
            names=names,
            companies=companies,
        )
    main = next((one for one in facts.alternatives if decided and one.code == decided.alternative), None)
    main = main or next(iter(facts.alternatives), None)
    return Told(
        work,
        proposal,
        facts,
        names,
        parameters,
        found,
        main,
        decided,
        municipality,
        municipality_code,
        formatting.current_locale(),
    )


def officers_report(told: Told, officer: str) -> Paper:
    """The officer's report (tjänsteskrivelse): what is to be decided, why, and what it costs (domain reference 5.4)."""
    facts = told.facts
    sections = [
        Section(_("Förslag till beslut"), [papers.listing(_decisions(told), ordered=True)]),
        Section(_("Ärendet i korthet"), [papers.figures(_figures(told))]),
        Section(_("Bakgrund"), judging.background(facts)),
        Section(_("Utredningen"), [papers.facts(_investigation(told))]),
        Section(_("Platsen"), _place_blocks(told, with_map=False)),
        *_alternatives(told),
        *_economy(told),
        *judging.impacts(facts),
        *judging.risks(facts),
        *_consultations(told),
        *_enclosures(told),
    ]
    return Paper(
        title=facts.title,
        kind=_("Tjänsteskrivelse"),
        sender=f"{told.municipality}, {_name(told, facts.committee)}",
        author=officer,
        footer=f"{facts.case_number} · {facts.title}",
        lang=told.locale,
        made_on=told.work.today,
        sections=sections,
        facts=[
            (_("Handläggare"), officer),
            (_("Datum"), formatting.iso_date(told.work.today, locale=told.locale)),
            (_("Ärendebeteckning"), facts.case_number),
            (_("Till"), _name(told, facts.committee)),
        ],
    )


def sheet(told: Told) -> Paper:
    """The proposal on one page, with its map."""
    facts = told.facts
    rows = [
        (_("Nämnd eller bolag"), _name(told, facts.committee)),
        (_("Kategori"), label(facts.category)),
        *_investigation(told),
    ]
    purpose = facts.purpose if len(facts.purpose) <= 700 else facts.purpose[:700].rsplit(" ", 1)[0] + " …"
    sections = [
        Section("", [papers.figures(_figures(told))]),
        Section(_("Behovet"), [papers.paragraphs(purpose or _("Behovet är inte beskrivet ännu."))]),
        Section(_("Utredningen"), [papers.facts(rows)]),
        Section(_("Platsen"), _place_blocks(told, with_map=True)),
        *_sheet_economy(told),
    ]
    return Paper(
        title=facts.title,
        kind=_("Förslagsblad"),
        sender=f"{told.municipality}, {_name(told, facts.committee)}",
        author=told.municipality,
        footer=f"{facts.case_number} · {_('version %(number)s', number=told.proposal.version)} · "
        + formatting.iso_date(told.work.today, locale=told.locale),
        lang=told.locale,
        made_on=told.work.today,
        sections=sections,
        lead=f"{facts.case_number} · {label(told.proposal.status)}",
        compact=True,
    )


def _name(told: Told, code: str) -> str:
    return told.names.get(code, code)


def _decisions(told: Told) -> list[str]:
    """What the committee is asked to decide; after the council's decision, what was decided."""
    name, facts = _name(told, told.facts.committee), told.facts
    if told.decided:
        return [
            _(
                "%(committee)s noterar att kommunfullmäktige har beslutat om ”%(title)s” med start %(year)s (%(decision)s).",
                committee=name,
                title=facts.title,
                year=told.decided.start_year,
                decision=told.decided.decision,
            )
        ]
    if told.main is None or told.main_costs is None:
        return [_("%(committee)s beslutar att utreda behovet vidare.", committee=name)]
    outlay = formatting.mnkr(told.main.outlay_ore, locale=told.locale)
    first = _(
        "%(committee)s godkänner förslaget ”%(title)s” enligt alternativet ”%(alternative)s”, med en utgift på %(outlay)s i "
        "%(year)s års priser.",
        committee=name,
        title=facts.title,
        alternative=describing.title_of(told.main),
        outlay=outlay,
        year=told.main.price_level_year,
    )
    cost = told.main_costs.level_of(facts.committee, told.main_costs.whole_year)
    second = _(
        "%(committee)s har i planeringen räknat med en kostnad på %(cost)s hela året %(year)s, vid start %(start)s.",
        committee=name,
        cost=formatting.tkr(cost, locale=told.locale),
        year=told.main_costs.whole_year,
        start=told.main_costs.start,
    )
    third = _("Förslaget lämnas till prioritering i %(round)s.", round=told.proposal.round.name)
    return (
        [first, second, third]
        if told.proposal.status in (Status.DRAFT, Status.SUBMITTED)
        else [first, second]
    )


def _figures(told: Told) -> list[tuple[str, str, str]]:
    if told.main is None or told.main_costs is None:
        return [(_("Utgift"), "–", _("inga alternativ ännu"))]
    shown = told.main_costs
    consolidated = shown.effects.consolidated_view.levels().ore[shown.effects.years.index(shown.whole_year)]
    whole_year = _("hela året %(year)s", year=shown.whole_year)
    return [
        (
            _("Utgift"),
            formatting.mnkr(told.main.outlay_ore, locale=told.locale),
            _("%(year)s års priser", year=told.main.price_level_year),
        ),
        (
            _("Nämndens kostnad"),
            formatting.tkr(shown.level_of(told.facts.committee, shown.whole_year), locale=told.locale),
            whole_year,
        ),
        (_("Kommunens kostnad"), formatting.tkr(consolidated, locale=told.locale), whole_year),
        (
            _("Start och ibruktagande"),
            str(shown.start),
            _("i bruk %(month)s", month=describing.commissioned(told.main, shown.start)),
        ),
    ]


def _investigation(told: Told) -> list[tuple[str, str]]:
    facts = told.facts
    return [
        (_("Utredningsskede"), label(facts.stage)),
        (_("Möjliga startår"), formatting.years(told.main.starts) if told.main and told.main.starts else ""),
        (_("Måste genomföras"), _("Ja") if facts.required else ""),
    ]


def _place_blocks(told: Told, *, with_map: bool) -> list[papers.Block]:
    facts = told.facts
    district = told.names.get(f"district:{facts.district}", facts.district or "")
    rows = [(_("Område"), district), (_("Plats i ord"), facts.place_note)]
    placed = told.main.place_wkt if told.main else None
    rows.append((_("Plats på kartan"), describing.place(placed)))
    if not any(text for _name, text in rows):
        return [papers.paragraphs(_("Ingen plats är angiven."))]
    blocks = [papers.facts(rows)]
    if with_map and placed:
        svg = places.picture(told.work, told.proposal, told.municipality_code)
        if svg is not None:
            alt = _(
                "Två kartor: var i kommunen platsen ligger, och platsen på nära håll. %(place)s.",
                place=describing.place(placed) or district,
            )
            blocks.append(papers.picture(svg, alt))
            blocks.append(
                papers.note(
                    _("Rött: förslagets plats. Grått: andra förslags platser. Streckat: områdesgränser.")
                )
            )
    return blocks


def _alternatives(told: Told) -> list[Section]:
    if not told.facts.alternatives:
        return []
    rows = []
    for one in told.facts.alternatives:
        shown = told.costs[one.code]
        index = shown.effects.years.index(shown.whole_year)
        rows.append(
            (
                describing.title_of(one),
                label(one.kind),
                formatting.amount(one.outlay_ore, "mnkr", locale=told.locale),
                formatting.amount(
                    shown.level_of(told.facts.committee, shown.whole_year), "tkr", locale=told.locale
                ),
                formatting.amount(
                    shown.effects.consolidated_view.levels().ore[index], "tkr", locale=told.locale
                ),
            )
        )
    table = Table(
        _("Alternativen, kostnad hela första året"),
        [_("Alternativ"), _("Slag"), _("Utgift, mnkr"), _("Nämnden, tkr"), _("Kommunen, tkr")],
        rows,
        figures=(False, False, True, True, True),
    )
    return [Section(_("Alternativ"), [table.block()])]


def _economy(told: Told) -> list[Section]:
    shown = told.main_costs
    if told.main is None or shown is None:
        return []
    years = _years_shown(shown)
    spent = [("", _("Utgift"), shown.effects.gross_outlay_ore), ("", _("Bidrag"), shown.effects.grants_ore)]
    outlay = _year_table(
        told,
        _("Utgifter och bidrag i löpande priser, tkr"),
        years,
        shown,
        [CostRow(text, amounts) for _kind, text, amounts in spent if any(amounts)],
    )
    committee = _year_table(told, _("Nämndernas kostnader, tkr"), years, shown, shown.committee_rows)
    whole = _year_table(told, _("Kommunens kostnader, tkr"), years, shown, shown.consolidated_rows)
    return [
        Section(
            _("Ekonomiska konsekvenser"),
            [
                papers.paragraphs(
                    _(
                        "Beräknat för alternativet ”%(alternative)s” med start %(year)s. Nämndernas och kommunens kostnader är två "
                        "summor som inte läggs ihop: internhyra är en kostnad för nämnden och en intäkt för den som äger lokalen.",
                        alternative=describing.title_of(told.main),
                        year=shown.start,
                    )
                ),
                *(block for block in (outlay, committee, whole) if block is not None),
                papers.note(_basis(told)),
            ],
        )
    ]


def _sheet_economy(told: Told) -> list[Section]:
    shown = told.main_costs
    if told.main is None or shown is None:
        return []
    sums = [row for row in (*shown.committee_rows, *shown.consolidated_rows) if row.kind == "sum"]
    spent = [CostRow(_("Utgift"), shown.effects.gross_outlay_ore)]
    table = _year_table(
        told, _("År för år i löpande priser, tkr"), _years_shown(shown), shown, [*spent, *sums]
    )
    blocks = [table] if table is not None else []
    return [Section(_("Ekonomi"), [*blocks, papers.note(_basis(told))])]


def _consultations(told: Told) -> list[Section]:
    """Who has been asked, and what each says in the latest reply."""
    rows = []
    for one in consultations.of_proposal(told.work, told.proposal.id):
        for party, reply in consultations.current_replies(one):
            stance, text = (label(reply.stance), reply.text) if reply else (_("Inget svar ännu"), "")
            rows.append((party.organisation.name, stance, text))
    if not rows:
        return []
    heads = [_("Tillfrågad"), _("Svar"), _("Yttrande")]
    table = Table(_("Inkomna yttranden"), heads, rows, figures=(False, False, False), widths=(2, 1, 4))
    return [Section(_("Samråd"), [table.block()])]


def _enclosures(told: Told) -> list[Section]:
    """The files that the reader may see, by name and kind."""
    standing = [
        one.latest for one in attachments.of(told.work, told.proposal.id) if not one.latest.removed_at
    ]
    if not standing:
        return []
    return [
        Section(_("Bilagor"), [papers.listing([f"{one.file_name} ({label(one.kind)})" for one in standing])])
    ]


def _basis(told: Told) -> str:
    text = _(
        "Räknat med parametrarna %(label)s. Beloppen är avrundade var för sig; summorna är räknade före avrundning.",
        label=told.proposal.round.parameter_set.label,
    )
    return str(text)


def _years_shown(shown: Costs) -> list[int]:
    """From the start on, as many years as a page is wide."""
    return [year for year in shown.effects.years if year >= shown.start][:YEARS_SHOWN]


def _year_table(
    told: Told, caption: str, years: Sequence[int], shown: Costs, rows: Sequence[CostRow]
) -> papers.Block | None:
    places_of = [shown.effects.years.index(year) for year in years]
    told_rows = []
    for row in rows:
        if row.kind == "group":
            told_rows.append([row.label] + [""] * len(years))
        else:
            told_rows.append(
                [row.label]
                + [
                    formatting.amount(row.amounts_ore[place], "tkr", locale=told.locale)
                    for place in places_of
                ]
            )
    kinds: list[papers.Kind] = [row.kind if row.kind in ("group", "sum") else "" for row in rows]  # type: ignore[misc]
    if not rows:
        return None
    widths = (4, *([1] * len(years)))
    return Table(caption, ["", *map(str, years)], told_rows, kinds, widths=widths).block()
