"""Staged projects fitted to a planning round: years, codes of committees and districts, and the last checks. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from investplan.domain.investigations import faults_in, missing_before_submission
from investplan.domain.proposals import Alternative, Component, Grant, Outlay, ProposalFacts, Status
from investplan.errors import Note
from investplan.exchange.amounts import Money, Reconciliation, Sums
from investplan.exchange.grouping import StagedProject, refuse_together
from investplan.exchange.mappings import Mapping as ImportMapping
from investplan.exchange.row_reports import RowReport
from investplan.exchange.staging import Staged
from investplan.units import MAX_AMOUNT_ORE, Ore

ALTERNATIVE_CODE = "A"
MAX_CODE = 20
NONSTARTERS = {"of", "the", "and", "for", "och", "i", "för", "av"}


@dataclass(frozen=True)
class RoundFacts:
    """What the round and the installation already have.

    Args:
        committees, districts: Code → name.
        case_numbers: Taken in the round.
    """

    years: tuple[int, ...]
    currency: str
    map_crs: str
    committees: Mapping[str, str]
    districts: Mapping[str, str]
    case_numbers: Collection[str] = frozenset()


@dataclass(frozen=True)
class Fitted:
    """What would be written, and what the report says.

    Attributes:
        proposals: Facts and status, in the order of the file.
        problems: What stops the whole import.
        new_committees, new_districts: Code → name, to be created first.
    """

    proposals: tuple[tuple[ProposalFacts, Status], ...]
    rows: tuple[RowReport, ...]
    problems: tuple[Note, ...]
    remarks: tuple[Note, ...]
    reconciliation: Reconciliation
    new_committees: dict[str, str] = field(default_factory=dict)
    new_districts: dict[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> list[RowReport]:
        return [row for row in self.rows if row.outcome == "refused"]


def fit(staged: Staged, known: RoundFacts) -> Fitted:
    """The staged file against a round. Asking twice gives the same answer: `staged` is not changed."""
    problems = (*staged.problems, *_round_faults(staged.mapping, known))
    reports = {row.number: row.copy() for row in staged.rows}
    if problems:
        return Fitted((), tuple(reports.values()), problems, staged.remarks, staged.reconciliation.copy())
    fitting = _Fitting(staged, known, reports)
    fitting.run()
    return fitting.result()


def _round_faults(mapping: ImportMapping, known: RoundFacts) -> list[Note]:
    faults = []
    if mapping.amounts.currency != known.currency:
        faults.append(
            Note("Filen är i %(file)s men omgången i %(round)s. Belopp räknas inte om.", {
                "file": mapping.amounts.currency, "round": known.currency})
        )  # fmt: skip
    places = mapping.place.geometry or mapping.place.east is not None
    if places and mapping.place.map_crs != known.map_crs:
        faults.append(
            Note("Mappningens platser är i %(file)s men omgångens karta i %(round)s.", {
                "file": mapping.place.map_crs, "round": known.map_crs})
        )  # fmt: skip
    return faults


class _Fitting:
    def __init__(self, staged: Staged, known: RoundFacts, reports: dict[int, RowReport]) -> None:
        self.staged, self.known, self.reports = staged, known, reports
        self.mapping = staged.mapping
        self.committees = _Codes(known.committees, self.mapping.committee.create_missing)
        districts = self.mapping.district
        self.districts = _Codes(known.districts, districts is not None and districts.create_missing)
        self.account = staged.reconciliation.copy()
        self.proposals: list[tuple[ProposalFacts, Status]] = []

    def run(self) -> None:
        for project in self.staged.projects:
            report = self.reports[project.report.number]
            facts = None
            if not self._is_out(project):
                facts = self._facts(project, report)
                refuse_together(project, self.reports)
            self._settle(project, facts, report)

    def _is_out(self, project: StagedProject) -> bool:
        reports = [self.reports[row.report.number] for row in project.rows]
        return any(report.outcome in ("refused", "skipped") for report in reports)

    def _settle(self, project: StagedProject, facts: ProposalFacts | None, report: RowReport) -> None:
        if facts is not None and not report.refusals:
            self._count_taken(project, facts)
            self.proposals.append((facts, self._status(facts, report)))
            return
        for sums, money in self._books(project):
            amount_ore = money.total_ore + money.zeroed_ore
            if report.outcome == "skipped":
                sums.skipped_ore += amount_ore
            else:
                sums.refused_ore += amount_ore

    def _books(self, project: StagedProject) -> list[tuple[Sums, Money]]:
        books = [(self.account.outlays, project.outlays)]
        return books + ([(self.account.grants, project.grants)] if self.account.grants else [])

    def _count_taken(self, project: StagedProject, facts: ProposalFacts) -> None:
        """Counted from what will be written, not from what was read: that is what makes the account a check."""
        alternative = facts.alternatives[0]
        taken = (alternative.outlay_ore, sum(grant.amount_ore for grant in alternative.grants or ()))
        for (sums, money), taken_ore in zip(self._books(project), taken, strict=False):
            sums.taken_ore += taken_ore
            sums.zeroed_ore += money.zeroed_ore
            sums.outside_ore += sum(amount for _, amount in self._outside(money))

    def _outside(self, money: Money) -> list[tuple[str, Ore]]:
        """(year or column, öre) of what lies outside the round's years, zeros left out."""
        years = [
            (str(year), amount) for year, amount in money.by_year.items() if year not in self.known.years
        ]
        return [(name, amount) for name, amount in (*years, *money.outside.items()) if amount]

    def _facts(self, project: StagedProject, report: RowReport) -> ProposalFacts | None:
        committee = self.committees.code_of(project.committee)
        if committee is None:
            report.refuse(
                Note("Nämnden ”%(name)s” finns inte. Lägg till den, eller skriv den i mappningens committee.names.", {
                    "name": project.committee[:80]})
            )  # fmt: skip
        district = self._district(project, report)
        if project.case_number in self.known.case_numbers:
            report.refuse(
                Note("Diarienumret %(number)s finns redan i omgången.", {"number": project.case_number})
            )
        if committee is None or project.category is None or report.refusals:
            return None
        facts = ProposalFacts(
            project.case_number, project.title, committee, project.category, project.purpose, project.stage,
            district, project.category in self.mapping.result.required_categories,
            project.place_note, project.source_ref, (self._alternative(project, report),),
        )  # fmt: skip
        alternative = facts.alternatives[0]
        amounts = [outlay.amount_ore for outlay in alternative.outlays]
        amounts += [grant.amount_ore for grant in alternative.grants or ()]
        if any(abs(amount_ore) > MAX_AMOUNT_ORE for amount_ore in amounts):
            report.refuse(Note("Förslagets belopp ett år är för stort. Högst 10 miljarder tas emot."))
        for name, note in faults_in(facts, self.known.years).items():
            report.refuse(Note("%(field)s: %(fault)s", {"field": name, "fault": str(note)}))
        return facts

    def _district(self, project: StagedProject, report: RowReport) -> str | None:
        if project.district is None:
            return None
        code, name = project.district
        found = self.districts.code_of(name, code)
        if found is None:
            report.refuse(Note("Området ”%(name)s” finns inte.", {"name": name[:80]}))
        return found

    def _alternative(self, project: StagedProject, report: RowReport) -> Alternative:
        result = self.mapping.result
        outlays = {
            year: amount
            for year, amount in sorted(project.outlays.by_year.items())
            if amount and year in self.known.years
        }
        self._tell_outside(project, report)
        grants = self._grants_by_year(project)
        first = min((*outlays, *grants), default=self.known.years[0])
        self._tell_of_years(project, outlays, first, report)
        delayed = [
            year for year in range(first, first + result.may_be_delayed_years + 1) if year in self.known.years
        ]
        last = max(outlays, default=first)
        return Alternative(
            code=ALTERNATIVE_CODE,
            title=project.title,
            kind=result.kind,
            starts=tuple(delayed) if outlays else (),
            price_level_year=result.price_level_year,
            commissioned_after_months=12 * (last - first + 1),
            place_wkt=project.place_wkt,
            outlays=tuple(Outlay(year - first, amount) for year, amount in outlays.items()),
            components=self._components(project, sum(outlays.values()), report),
            grants=self._grants(grants, first),
            operating=() if "operating" in result.assume_zero else None,
            disposals=() if "disposals" in result.assume_zero else None,
        )

    def _tell_outside(self, project: StagedProject, report: RowReport) -> None:
        for label, money in (("Utgift", project.outlays), ("Bidrag", project.grants)):
            outside = self._outside(money)
            if outside:
                listed = ", ".join(f"{name}: {kronor(amount)}" for name, amount in outside)
                report.tell(
                    Note(
                        "%(label)s utanför planperioden tas inte in: %(listed)s",
                        {"label": label, "listed": listed},
                    )
                )

    def _tell_of_years(
        self, project: StagedProject, outlays: dict[int, Ore], first: int, report: RowReport
    ) -> None:
        if not outlays:
            if self.mapping.result.without_outlay == "refuse":
                report.refuse(Note("Ingen utgift i planperioden."))
            else:
                report.tell(Note("Ingen utgift i planperioden; förslaget saknar startår."))
        elif sum(outlays.values()) < 0:
            report.tell(Note("Utgifterna i planperioden är tillsammans under noll."))
        negative = [str(year) for year, amount in outlays.items() if amount < 0]
        if negative:
            report.tell(Note("Förslagets utgift är under noll i %(years)s.", {"years": ", ".join(negative)}))

    def _grants_by_year(self, project: StagedProject) -> dict[int, Ore]:
        return {
            year: amount
            for year, amount in sorted(project.grants.by_year.items())
            if amount and year in self.known.years
        }

    def _grants(self, by_year: dict[int, Ore], first: int) -> tuple[Grant, ...] | None:
        stated = self.mapping.grants
        if stated is None:
            return () if "grants" in self.mapping.result.assume_zero else None
        return tuple(
            Grant(stated.name, year - first, amount, stated.recognition) for year, amount in by_year.items()
        )

    def _components(self, project: StagedProject, total_ore: Ore, report: RowReport) -> tuple[Component, ...]:
        life = self.mapping.life
        if life is None or total_ore <= 0 or project.category is None:
            return ()
        years = life.by_category.get(project.category, life.default)
        return (Component(life.name, total_ore, years * 12, life.part),)

    def _status(self, facts: ProposalFacts, report: RowReport) -> Status:
        """Submitted only what may compete: complete, and with amounts that a plan can use."""
        wanted = Status(self.mapping.result.status)
        assumed = self.mapping.result.assume_zero
        if assumed:
            report.tell(
                Note("Antaget vara noll enligt mappningen: %(what)s.", {
                    "what": ", ".join(ASSUMED[name] for name in assumed)})
            )  # fmt: skip
        if wanted is Status.DRAFT:
            return wanted
        missing = [str(note) for note in missing_before_submission(facts).values()]
        if any(outlay.amount_ore < 0 for outlay in facts.alternatives[0].outlays):
            missing.append("Utgiften är under noll i något år.")
        if any(grant.amount_ore < 0 for grant in facts.alternatives[0].grants or ()):
            missing.append("Bidraget är under noll i något år.")
        if not missing:
            return wanted
        report.change(Note("Förblir utkast: %(missing)s", {"missing": " ".join(missing)}))
        return Status.DRAFT

    def result(self) -> Fitted:
        outcomes: Counter[str] = Counter(report.outcome for report in self.reports.values())
        names = ("taken", "changed", "refused", "skipped")
        self.account.rows = {name: outcomes.get(name, 0) for name in names}
        self.account.projects = len(self.proposals)
        problems = [
            Note("Summorna går inte ihop: %(ore)d öre är inte redovisade.", {"ore": sums.difference_ore})
            for sums in (self.account.outlays, self.account.grants)
            if sums is not None and sums.difference_ore
        ]
        used = {facts.committee for facts, _ in self.proposals}
        districts = {facts.district for facts, _ in self.proposals}
        return Fitted(
            tuple(self.proposals),
            tuple(self.reports.values()),
            tuple(problems),
            self.staged.remarks,
            self.account,
            {code: name for code, name in self.committees.created.items() if code in used},
            {code: name for code, name in self.districts.created.items() if code in districts},
        )


ASSUMED = {
    "operating": "driftkostnadskonsekvenser",
    "grants": "bidrag",
    "disposals": "utrangeringar",
}


def kronor(amount_ore: Ore) -> str:
    """The amount in whole units of the currency with two decimals, for notes.

    >>> kronor(-59700000)
    '-597000.00'
    """
    sign = "-" if amount_ore < 0 else ""
    whole, rest = divmod(abs(amount_ore), 100)
    return f"{sign}{whole}.{rest:02d}"


class _Codes:
    """Codes by code or name; new ones made of names where that is allowed."""

    def __init__(self, known: Mapping[str, str], may_create: bool) -> None:
        self.by_text = {name.casefold(): code for code, name in known.items()}
        self.by_text |= {code.casefold(): code for code in known}
        self.taken = set(known)
        self.may_create = may_create
        self.created: dict[str, str] = {}

    def code_of(self, name: str, code: str = "") -> str | None:
        found = self.by_text.get(code.casefold()) if code else None
        found = found or self.by_text.get(name.casefold())
        if found is not None or not self.may_create or not name or len(name) > 120:
            return found
        made = (
            code
            if code and code not in self.taken and len(code) <= MAX_CODE
            else code_from_name(name, self.taken)
        )
        self.taken.add(made)
        self.created[made] = name
        self.by_text[name.casefold()] = self.by_text[made.casefold()] = made
        return made


def code_from_name(name: str, taken: Collection[str]) -> str:
    """A short code of a name: initials of its words, or its beginning, with a number where it is taken.

    >>> code_from_name("Parks, Forestry & Recreation", set()), code_from_name("Fire Services", {"FS"})
    ('PFR', 'FS2')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word for word in re.findall("[A-Za-z0-9]+", plain) if word.lower() not in NONSTARTERS]
    short = "".join(word if word.isdigit() else word[0] for word in words).upper()[: MAX_CODE - 3]
    if len(words) == 1:
        short = words[0][:6].upper()
    short = short or "X"
    number, made = 2, short
    while made in taken:
        made = f"{short}{number}"
        number += 1
    return made
