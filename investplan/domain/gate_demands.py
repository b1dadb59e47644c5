"""What a gate may demand of a proposal: a closed vocabulary, each demand one pure function.

Domain reference 5.4 says what is required from which stage, 10.20 that "not stated" is no zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from investplan.domain.attachments import DocumentKind
from investplan.domain.investigations import missing_before_submission
from investplan.domain.labels import N_
from investplan.domain.proposals import Alternative, AlternativeKind, ProposalFacts
from investplan.domain.statements import Impact
from investplan.errors import Note


class Demand(StrEnum):
    """What can be demanded, in the order of the form."""

    PURPOSE = "purpose"
    WITHOUT_ACTION = "without_action"
    STEERING = "steering"
    ALTERNATIVE = "alternative"
    TWO_ALTERNATIVES = "two_alternatives"
    PLACE = "place"
    PLAN_STATUS = "plan_status"
    STARTS = "starts"
    OUTLAYS = "outlays"
    ACCURACY = "accuracy"
    WITHOUT_VAT = "without_vat"
    COMPONENTS = "components"
    OPERATING = "operating"
    RENT = "rent"
    GRANTS = "grants"
    DISPOSALS = "disposals"
    RISKS = "risks"
    IMPACTS = "impacts"
    PRE_STUDY_REPORT = "pre_study_report"
    CALCULATION = "calculation"
    RISK_ANALYSIS = "risk_analysis"
    IMPACT_ANALYSIS = "impact_analysis"
    CONSULTED = "consulted"
    REPLIES = "replies"
    COUNCIL_DECISION = "council_decision"


DEMAND_LABELS: dict[Demand, str] = {
    Demand.PURPOSE: N_("Behovet beskrivet"),
    Demand.WITHOUT_ACTION: N_("Vad som händer om inget görs"),
    Demand.STEERING: N_("Koppling till mål, uppdrag eller styrdokument"),
    Demand.ALTERNATIVE: N_("Minst ett alternativ"),
    Demand.TWO_ALTERNATIVES: N_("Minst två alternativ"),
    Demand.PLACE: N_("Plats, eller varför den saknas"),
    Demand.PLAN_STATUS: N_("Detaljplanens läge"),
    Demand.STARTS: N_("Möjliga startår"),
    Demand.OUTLAYS: N_("Utgift per år"),
    Demand.ACCURACY: N_("Kalkylens noggrannhet, så god som skedet kräver"),
    Demand.WITHOUT_VAT: N_("Beloppen kontrollerade utan moms"),
    Demand.COMPONENTS: N_("Komponenter som är lika med utgiften"),
    Demand.OPERATING: N_("Driftkostnadskonsekvenser, också när de är noll"),
    Demand.RENT: N_("Yta för internhyra, villkor för inhyrning"),
    Demand.GRANTS: N_("Bidrag, också när de är noll"),
    Demand.DISPOSALS: N_("Utrangeringar, också när de är noll"),
    Demand.RISKS: N_("Riskerna bedömda, också när de är inga"),
    Demand.IMPACTS: N_("Barn, tillgänglighet, klimat, jämställdhet och trygghet prövade"),
    Demand.PRE_STUDY_REPORT: N_("Fil: förstudierapport"),
    Demand.CALCULATION: N_("Fil: kalkyl"),
    Demand.RISK_ANALYSIS: N_("Fil: riskanalys"),
    Demand.IMPACT_ANALYSIS: N_("Fil: konsekvensanalys"),
    Demand.CONSULTED: N_("Remiss utskickad"),
    Demand.REPLIES: N_("Remissvar från alla som berörs"),
    Demand.COUNCIL_DECISION: N_("Kommunfullmäktiges beslut om investeringen"),
}
"""What each demand is called on pages."""


@dataclass(frozen=True)
class GateContext:
    """What a gate must know beside the proposal itself.

    Args:
        decided_ore: Outlay that the council has decided for the proposal, öre; None where it has not.
        accuracy_percent: How exact the cost must be after the stage the proposal is in, ± per cent; None: no demand.
        is_consulted: Whether a consultation has been sent out.
        missing_replies: Names of the affected committees and companies that have not replied.
        documents: Which kinds of file go with the proposal.
    """

    decided_ore: int | None = None
    accuracy_percent: int | None = None
    is_consulted: bool = False
    missing_replies: tuple[str, ...] = ()
    documents: frozenset[DocumentKind] = frozenset()


@dataclass(frozen=True)
class Finding:
    """A demand that is not met: why, and the field where it is put right (`alternatives.0.outlays`; "" is none)."""

    note: Note
    field: str = ""


Check = Callable[[ProposalFacts, GateContext], Finding | None]


def _purpose(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _of_checklist(facts, "purpose")


def _without_action(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    if facts.without_action.strip():
        return None
    return Finding(Note("Skriv vad som händer om inget görs."), "without_action")


def _steering(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    if facts.steering:
        return None
    return Finding(
        Note("Ange minst ett mål, uppdrag eller styrdokument som förslaget bidrar till."), "steering"
    )


def _plan_status(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    note = Note("Ange hur långt detaljplanen har kommit, eller att den inte behövs.")
    return _first_open(facts, "plan_status", note, lambda one: one.plan_status is not None)


def _accuracy(facts: ProposalFacts, context: GateContext) -> Finding | None:
    """The stated accuracy is no worse than what the stage must give."""
    most = context.accuracy_percent
    note = Note("Ange kalkylens noggrannhet.")
    unstated = _first_open(facts, "accuracy_percent", note, lambda one: one.accuracy_percent is not None)
    if unstated is not None or most is None:
        return unstated
    note = Note("Kalkylen måste vara säkrare: högst ±%(most)d %% efter det här skedet.", {"most": most})
    return _first_open(facts, "accuracy_percent", note, lambda one: (one.accuracy_percent or 0) <= most)


def _without_vat(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    note = Note("Intyga att alla belopp är utan moms.")
    return _first_open(facts, "excludes_vat", note, lambda one: bool(one.excludes_vat))


def _risks(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    if facts.risks is None:
        return Finding(Note("Ange riskerna, eller intyga att det inte finns några att nämna."), "risks")
    if any(risk.weight is None for risk in facts.risks):
        return Finding(Note("Bedöm sannolikhet och konsekvens för varje risk."), "risks")
    return None


def _impacts(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    """Children's rights are law; the others are asked in the same breath (domain reference 5.4)."""
    missing = len(set(Impact) - {one.impact for one in facts.impacts})
    if not missing:
        return None
    note = Note(
        "Svara ja eller nej på varje slag av påverkan. %(count)d är inte prövade.", {"count": missing}
    )
    return Finding(note, "impacts")


def _first_open(
    facts: ProposalFacts, member: str, note: Note, is_met: Callable[[Alternative], bool]
) -> Finding | None:
    """The first open alternative that costs something and does not meet it; without any alternative, that."""
    if not facts.open_alternatives:
        return _of_checklist(facts, "alternatives")
    for number, one in enumerate(facts.alternatives):
        if not one.rejected and one.kind is not AlternativeKind.NOTHING and not is_met(one):
            return Finding(note, f"alternatives.{number}.{member}")
    return None


def _alternative(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _of_checklist(facts, "alternatives")


def _two_alternatives(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    """The need met in at least two ways; the zero alternative counts, and so does one ruled out with its reason."""
    if len(facts.alternatives) >= 2:
        return None
    note = Note(
        "Minst två alternativ krävs, till exempel nollalternativ, ombyggnad, inhyrning eller samnyttjande. Nu finns %(count)d.",
        {"count": len(facts.alternatives)},
    )
    return Finding(note, "alternatives")


def _place(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    if not facts.alternatives and not facts.place_note.strip():
        return Finding(Note("Ange platsen på kartan, eller skriv varför förslaget saknar plats."), "place")
    return _of_checklist(facts, "place")


def _starts(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("starts",))


def _outlays(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("outlays",))


def _components(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    """Every alternative that costs something is divided into components whose sum is its outlay."""
    note = Note("Dela upp utgiften i komponenter med var sin nyttjandetid.")
    undivided = _first_open(facts, "components", note, lambda one: not one.outlay_ore or bool(one.components))
    return undivided or _in_every_alternative(facts, ("components",))


def _operating(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("operating",))


def _rent(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("area_m2", "leases"))


def _grants(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("grants",))


def _disposals(facts: ProposalFacts, _context: GateContext) -> Finding | None:
    return _in_every_alternative(facts, ("disposals",))


def _council_decision(_facts: ProposalFacts, context: GateContext) -> Finding | None:
    if context.decided_ore is not None:
        return None
    return Finding(Note("Kommunfullmäktige har inte beslutat investeringen."))


def _consulted(_facts: ProposalFacts, context: GateContext) -> Finding | None:
    return (
        None
        if context.is_consulted
        else Finding(Note("Skicka förslaget på remiss till dem som berörs."), "consultation")
    )


def _replies(_facts: ProposalFacts, context: GateContext) -> Finding | None:
    if not context.missing_replies:
        return None
    names = ", ".join(context.missing_replies)
    return Finding(Note("Svar saknas från %(names)s.", {"names": names}), "consultation")


def _document(kind: DocumentKind) -> Check:
    def check(_facts: ProposalFacts, context: GateContext) -> Finding | None:
        note = Note("Lägg till filen bland förslagets filer, med rätt slag.")
        return None if kind in context.documents else Finding(note, "attachments")

    return check


def _of_checklist(facts: ProposalFacts, name: str) -> Finding | None:
    note = missing_before_submission(facts).get(name)
    return None if note is None else Finding(note, name)


def _in_every_alternative(facts: ProposalFacts, members: tuple[str, ...]) -> Finding | None:
    """The first thing missing among these members of the alternatives; without any alternative, that."""
    if not facts.open_alternatives:
        return _of_checklist(facts, "alternatives")
    for name, note in missing_before_submission(facts).items():
        if name.startswith("alternatives.") and name.split(".")[2] in members:
            return Finding(note, name)
    return None


DEMANDS: Mapping[Demand, Check] = {
    Demand.PURPOSE: _purpose,
    Demand.WITHOUT_ACTION: _without_action,
    Demand.STEERING: _steering,
    Demand.ALTERNATIVE: _alternative,
    Demand.TWO_ALTERNATIVES: _two_alternatives,
    Demand.PLACE: _place,
    Demand.PLAN_STATUS: _plan_status,
    Demand.STARTS: _starts,
    Demand.OUTLAYS: _outlays,
    Demand.ACCURACY: _accuracy,
    Demand.WITHOUT_VAT: _without_vat,
    Demand.COMPONENTS: _components,
    Demand.OPERATING: _operating,
    Demand.RENT: _rent,
    Demand.GRANTS: _grants,
    Demand.DISPOSALS: _disposals,
    Demand.RISKS: _risks,
    Demand.IMPACTS: _impacts,
    Demand.PRE_STUDY_REPORT: _document(DocumentKind.PRE_STUDY_REPORT),
    Demand.CALCULATION: _document(DocumentKind.CALCULATION),
    Demand.RISK_ANALYSIS: _document(DocumentKind.RISK_ANALYSIS),
    Demand.IMPACT_ANALYSIS: _document(DocumentKind.IMPACT_ANALYSIS),
    Demand.CONSULTED: _consulted,
    Demand.REPLIES: _replies,
    Demand.COUNCIL_DECISION: _council_decision,
}

LOOKED_UP: frozenset[Demand] = frozenset(
    {
        Demand.PRE_STUDY_REPORT,
        Demand.CALCULATION,
        Demand.RISK_ANALYSIS,
        Demand.IMPACT_ANALYSIS,
        Demand.CONSULTED,
        Demand.REPLIES,
        Demand.COUNCIL_DECISION,
    }
)
"""Demands that the proposal itself does not answer: files, consultations and decisions do."""
