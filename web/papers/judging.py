"""What the officer's report says of why, risks and impacts, from the record (domain reference 5.4)."""

from __future__ import annotations

from flask_babel import gettext as _

from investplan.domain.proposals import ProposalFacts
from investplan.domain.statements import Impact, ImpactCheck, Risk
from investplan.services import papers
from investplan.services.papers import Block, Section, Table
from web.proposals import describing_statements
from web.texts import label


def background(facts: ProposalFacts) -> list[Block]:
    """The need in the proposal's own words, whom and what it serves, and what happens if nothing is done."""
    words = papers.paragraphs(facts.purpose or _("Behovet är inte beskrivet ännu."))
    rows = [
        (_("Målgrupp"), facts.target_group),
        (_("Utlösande skäl"), label(facts.trigger) if facts.trigger else ""),
        (_("Behövs senast"), str(facts.need_year or "")),
        (_("Bidrar till"), "; ".join(describing_statements.steering(one) for one in facts.steering)),
        (_("Om inget görs"), facts.without_action),
    ]
    stated = [(name, text) for name, text in rows if text]
    return [words, papers.facts(stated)] if stated else [words]


def risks(facts: ProposalFacts) -> list[Section]:
    """The risks, the heaviest first. Nothing is said where none are stated to the reader: that is not the same as none."""
    if facts.risks is None:
        return []
    if not facts.risks:
        return [Section(_("Risker"), [papers.paragraphs(_("Det finns inga risker att nämna."))])]
    heads = [_("Risk"), _("Sannolikhet"), _("Konsekvens"), _("Åtgärd och ansvarig")]
    rows = [_risk_row(one) for one in sorted(facts.risks, key=lambda one: -(one.weight or 0))]
    table = Table(
        _("Risker, bedömda från 1 till 5"),
        heads,
        rows,
        figures=(False, True, True, False),
        widths=(4, 2, 2, 4),
    )
    return [Section(_("Risker"), [table.block()])]


def _risk_row(one: Risk) -> tuple[str, ...]:
    judged = (str(value) if value is not None else "–" for value in (one.probability, one.consequence))
    return (one.text, *judged, ", ".join(text for text in (one.measure, one.owner) if text))


def impacts(facts: ProposalFacts) -> list[Section]:
    """What has been looked into; a kind that has not says so, as soon as any has."""
    if not facts.impacts:
        return []
    checked = {one.impact: one for one in facts.impacts}
    heads = [_("Prövat"), _("Påverkan"), _("Beskrivning")]
    rows = [_impact_row(impact, checked.get(impact)) for impact in Impact]
    table = Table(
        _("Barn, tillgänglighet, klimat, jämställdhet och trygghet"), heads, rows,
        figures=(False, False, False), widths=(3, 2, 5),
    )  # fmt: skip
    return [Section(_("Påverkan"), [table.block()])]


def _impact_row(impact: Impact, check: ImpactCheck | None) -> tuple[str, str, str]:
    if check is None:
        return str(label(impact)), str(_("inte prövat")), ""
    text = describing_statements.impact_text(check)
    return str(label(impact)), str(_("ja") if check.matters else _("nej")), text
