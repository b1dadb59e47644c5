"""Consultation (remiss, samråd): who should be asked about a proposal and why, and what they may answer.

Domain reference 5.5. A reply may add cost rows for its own party; here is also how they live on in the proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Category,
    OperatingConsequence,
    OperatingKind,
    ProposalFacts,
)
from investplan.errors import Note
from investplan.units import Ore

MAX_QUESTIONS = 20
MAX_TEXT = 20_000
REMIND_DAYS_BEFORE = 3
"""An automatic reminder goes out this many days before the due date, and another the day after it."""


class ConsultationState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Stance(StrEnum):
    """What the party thinks of the proposal as a whole (domain reference 5.5)."""

    SUPPORTS = "supports"
    SUPPORTS_CHANGED = "supports_changed"
    OPPOSES = "opposes"
    NO_OBJECTION = "no_objection"


class Decider(StrEnum):
    """Who in the party has decided the reply: the committee or board itself, or someone by delegation."""

    BOARD = "board"
    DELEGATION = "delegation"


class Outcome(StrEnum):
    """What the asker has done with a reply."""

    TAKEN_IN = "taken_in"
    PARTLY = "partly_taken_in"
    NOT_TAKEN = "not_taken_in"


@dataclass(frozen=True)
class ReplyRow:
    """A yearly cost (+) or saving (−) that the replying party states for itself, for one alternative.

    Args:
        alternative: Code of the alternative; None is every alternative.
        internal: Paid to another part of the municipality, see `OperatingConsequence`.
    """

    alternative: str | None
    kind: OperatingKind
    annual_ore: Ore
    starts_after_months: int = 0
    lasts_months: int | None = None
    internal: bool = False
    note: str = ""


@dataclass(frozen=True)
class ReplyFacts:
    """A reply as its party gives it. `answers` has one text per question asked, empty where it has nothing to say."""

    stance: Stance
    text: str
    decider: Decider
    decided_on: date
    paragraph: str = ""
    answers: tuple[str, ...] = ()
    rows: tuple[ReplyRow, ...] = ()


@dataclass(frozen=True)
class Party:
    """What suggesting needs to know of a committee or company."""

    code: str
    name: str
    is_company: bool = False
    is_landlord: bool = False


@dataclass(frozen=True)
class QuestionRule:
    """Questions that are asked together, and of whom and about what they are suggested.

    Empty `categories` and `districts` fit every proposal; without `organisations` nobody is suggested.
    """

    code: str
    name: str
    questions: tuple[str, ...]
    categories: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    organisations: tuple[str, ...] = ()

    def fits(self, facts: ProposalFacts) -> bool:
        """Whether the rule is about proposals of this category and district."""
        return (not self.categories or facts.category.value in self.categories) and (
            not self.districts or facts.district in self.districts
        )


@dataclass(frozen=True)
class Neighbour:
    """Another party's proposal close to this one."""

    organisation: str
    title: str


@dataclass
class Suggestion:
    """A party to ask. `affected`: a gate waits for its reply."""

    party: Party
    affected: bool = False
    reasons: list[Note] = field(default_factory=list)


def suggest(
    facts: ProposalFacts,
    parties: Sequence[Party],
    rules: Iterable[QuestionRule] = (),
    neighbours: Iterable[Neighbour] = (),
) -> list[Suggestion]:
    """Parties to ask, those whose own money or premises the proposal names first, each with every reason once.

    Args:
        parties: All that may be asked today. The proposal's own committee is never suggested.
    """
    found = {one.code: Suggestion(one) for one in parties if one.code != facts.committee}
    for code, affected, reason in _reasons(facts, parties, rules, neighbours):
        if code in found:
            suggestion = found[code]
            suggestion.affected |= affected
            if reason not in suggestion.reasons:
                suggestion.reasons.append(reason)
    named = [one for one in found.values() if one.reasons]
    return sorted(named, key=lambda one: (not one.affected, one.party.name))


def _reasons(
    facts: ProposalFacts,
    parties: Sequence[Party],
    rules: Iterable[QuestionRule],
    neighbours: Iterable[Neighbour],
) -> Iterator[tuple[str, bool, Note]]:
    for alternative in facts.alternatives:
        yield from _reasons_of_money(alternative)
    kinds = {alternative.kind for alternative in facts.alternatives}
    owns = {alternative.landlord for alternative in facts.alternatives}
    for one in parties:
        if one.is_landlord and AlternativeKind.LEASE in kinds and one.code not in owns:
            yield one.code, False, Note("kan ha egna lokaler i stället för inhyrning")
    for rule in rules:
        if rule.fits(facts):
            for code in rule.organisations:
                yield code, False, Note("svarar på frågorna %(name)s", {"name": rule.name})
    for neighbour in neighbours:
        yield (
            neighbour.organisation,
            False,
            Note("har ett förslag i närheten: %(title)s", {"title": neighbour.title}),
        )


def _reasons_of_money(alternative: Alternative) -> Iterator[tuple[str, bool, Note]]:
    """Parties whose own costs, income or premises the alternative already names."""
    if alternative.landlord:
        yield alternative.landlord, True, Note("äger lokalerna")
    for row in alternative.operating or ():
        yield row.committee, True, Note("står för drift i förslaget")
    for row in alternative.from_replies:
        yield row.committee, True, Note("har lagt till kostnader i ett tidigare remissvar")
    for lease in alternative.leases:
        yield lease.tenant, True, Note("hyr lokaler i förslaget")
    for disposal in alternative.disposals or ():
        yield disposal.committee, True, Note("har tillgångar som utrangeras")


def faults_in_reply(facts: ReplyFacts, questions: Sequence[str], today: date) -> dict[str, Note]:
    """What cannot be given as a reply: one message per field."""
    faults: dict[str, Note] = {}
    needs_text = facts.stance in (Stance.SUPPORTS_CHANGED, Stance.OPPOSES)
    if needs_text and not facts.text.strip():
        faults["text"] = Note("Skriv vad ni vill ändra, eller varför ni avstyrker.")
    if len(facts.text) > MAX_TEXT:
        faults["text"] = Note("Texten får vara högst %(most)d tecken.", {"most": MAX_TEXT})
    if facts.decided_on > today:
        faults["decided_on"] = Note("Beslutsdatumet ligger i framtiden.")
    if len(facts.paragraph) > 40:
        faults["paragraph"] = Note("Texten får vara högst %(most)d tecken.", {"most": 40})
    if len(facts.answers) > len(questions):
        faults["answers"] = Note("Det finns fler svar än frågor.")
    for number, answer in enumerate(facts.answers):
        if len(answer) > MAX_TEXT:
            faults[f"answer-{number}"] = Note("Texten får vara högst %(most)d tecken.", {"most": MAX_TEXT})
    for number, row in enumerate(facts.rows):
        faults.update({f"rows.{number}.{name}": note for name, note in _faults_of_row(row)})
    return faults


def _faults_of_row(row: ReplyRow) -> Iterator[tuple[str, Note]]:
    if not row.annual_ore:
        yield "amount", Note("Skriv ett belopp, eller ta bort raden.")
    if not -360 <= row.starts_after_months <= 360:
        yield "begins", Note("Kostnaden måste börja inom 360 månader från ibruktagandet.")
    if row.lasts_months is not None and not 1 <= row.lasts_months <= 1200:
        yield "lasts", Note("Kostnaden måste vara 1–1200 månader lång, eller gälla tills vidare.")
    if len(row.note) > 200:
        yield "note", Note("Texten får vara högst %(most)d tecken.", {"most": 200})


def reminder_due(due_on: date, today: date, reminded_on: Sequence[date]) -> bool:
    """Whether a party that has not replied is to be reminded today without anybody asking for it.

    Once shortly before the due date and once after it; a reminder that somebody sent by hand counts.
    """
    first = due_on - timedelta(days=REMIND_DAYS_BEFORE)
    if today > due_on:
        return not any(day > due_on for day in reminded_on)
    return today >= first and not any(first <= day <= due_on for day in reminded_on)


DEFAULT_RULES: tuple[QuestionRule, ...] = (
    QuestionRule(
        "premises",
        "Lokaler",
        (
            "Är lokalerna lösta på det sätt som är billigast över tid, och finns lediga lokaler som räcker?",
            "Vilka kostnader för drift, skötsel och underhåll får ni?",
            "Hur länge behöver lokalerna, och vad kan de användas till sedan?",
        ),
        frozenset({Category.EXPANSION.value, Category.REINVESTMENT.value, Category.LEGAL.value}),
    ),
    QuestionRule(
        "streets",
        "Gator, trafik och ledningar",
        (
            "Räcker gator, gång- och cykelvägar och kollektivtrafik, eller behöver något byggas?",
            "Räcker vatten, avlopp, dagvatten, fjärrvärme och el fram till platsen?",
            "Vilka kostnader för skötsel och vinterväghållning får ni?",
        ),
        frozenset({Category.EXPANSION.value, Category.DEVELOPMENT.value}),
    ),
    QuestionRule(
        "it",
        "It och digitalisering",
        (
            "Vilka system, licenser och nät berörs?",
            "Vilka kostnader för drift och support får ni, och under hur lång tid?",
        ),
        frozenset({Category.EFFICIENCY.value}),
    ),
    QuestionRule(
        "general",
        "Allmänna frågor",
        (
            "Påverkas er verksamhet, och i så fall hur?",
            "Vilka kostnader eller besparingar får ni, och från när?",
            "Finns ett annat sätt att lösa behovet som borde prövas?",
        ),
    ),
)
"""Questions to begin with; a municipality changes them and says of whom they are asked."""


def keep_reply_rows(facts: ProposalFacts, stored: ProposalFacts) -> tuple[ProposalFacts, dict[str, Note]]:
    """The facts with the rows that replies have added to `stored`, whatever `facts` say of them, and what is at fault.

    Whoever writes the proposal can neither change nor drop them: an alternative that has some may not be taken away.
    """
    added = {one.code: one.from_replies for one in stored.alternatives if one.from_replies}
    lost = added.keys() - {one.code for one in facts.alternatives}
    faults: dict[str, Note] = {}
    if lost:
        faults["alternatives"] = Note(
            "Alternativet %(code)s har kostnader ur remissvar. Besvara remissvaret och ta bort kostnaderna där först.",
            {"code": ", ".join(sorted(lost))},
        )
    alternatives = tuple(
        one
        if one.from_replies == added.get(one.code, ())
        else replace(one, from_replies=added.get(one.code, ()))
        for one in facts.alternatives
    )
    return replace(facts, alternatives=alternatives), faults


def as_own_rows(facts: ProposalFacts) -> ProposalFacts:
    """The facts with replies' rows as the writer's own: in a new proposal nobody has replied, but costs stay costs."""
    if not any(one.from_replies for one in facts.alternatives):
        return facts
    return replace(
        facts,
        alternatives=tuple(
            replace(
                one,
                operating=(
                    *(one.operating or ()),
                    *(replace(row, reply_id=None) for row in one.from_replies),
                ),
                from_replies=(),
            )
            if one.from_replies
            else one
            for one in facts.alternatives
        ),
    )


def with_reply_rows(
    facts: ProposalFacts, committee: str, rows: Iterable[tuple[int, ReplyRow]], *, instead_of: frozenset[int]
) -> ProposalFacts:
    """The facts with a party's rows: those of the replies `instead_of` go, `rows` (reply's id, row) come."""
    stated = list(rows)

    def of(one: Alternative) -> tuple[OperatingConsequence, ...]:
        kept = [row for row in one.from_replies if row.reply_id not in instead_of]
        added = [
            OperatingConsequence(
                committee,
                row.kind,
                row.annual_ore,
                row.starts_after_months,
                row.lasts_months,
                row.internal,
                note=row.note,
                reply_id=reply_id,
            )
            for reply_id, row in stated
            if row.alternative in (None, one.code)
        ]
        return (*kept, *added)

    return replace(
        facts, alternatives=tuple(replace(one, from_replies=of(one)) for one in facts.alternatives)
    )
