"""A table of premises: columns found by their headings, every row read, every fault told by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from investplan.domain.needs import Condition, Tenure
from investplan.domain.premise_uses import PremiseUse
from investplan.errors import Note
from investplan.exchange.tables import Cell, Row, Table, clean

HEADINGS: Mapping[str, frozenset[str]] = {
    "code": frozenset(("objekt", "objektnummer", "objektid", "kod", "nummer", "id", "code")),
    "name": frozenset(("namn", "benämning", "name")),
    "use": frozenset(("användning", "verksamhet", "use")),
    "area": frozenset(("område", "områdeskod", "skolområde", "area")),
    "area_m2": frozenset(("yta", "area m2", "kvm", "m2", "m²", "lokalarea")),
    "places": frozenset(("platser", "antal platser", "kapacitet", "places")),
    "owner": frozenset(("ägare", "hyresvärd", "fastighetsägare", "owner")),
    "tenure": frozenset(("upplåtelse", "upplåtelseform", "tenure")),
    "condition": frozenset(("skick", "status", "condition")),
    "lease_end": frozenset(("hyresavtal till", "avtal till", "kontrakt till", "avtalsslut", "lease end")),
    "permit_end": frozenset(("bygglov till", "tidsbegränsat bygglov till", "lov till", "permit end")),
    "closes_on": frozenset(("avvecklas", "stängs", "avveckling", "closes")),
}
REQUIRED = ("code", "name", "use", "area", "places")
USES = {
    "förskola": PremiseUse.PRESCHOOL, "grundskola": PremiseUse.SCHOOL, "skola": PremiseUse.SCHOOL,
    "gymnasium": PremiseUse.UPPER_SECONDARY, "gymnasieskola": PremiseUse.UPPER_SECONDARY,
    "särskilt boende": PremiseUse.ELDERLY_CARE, "äldreboende": PremiseUse.ELDERLY_CARE,
    "vård- och omsorgsboende": PremiseUse.ELDERLY_CARE, "övrigt": PremiseUse.OTHER,
    **{one.value: one for one in PremiseUse},
}  # fmt: skip
TENURES = {
    "": Tenure.OWN, "eget": Tenure.OWN, "ägd": Tenure.OWN, "egen": Tenure.OWN, "ägs": Tenure.OWN, "own": Tenure.OWN,
    "inhyrt": Tenure.LEASE, "inhyrd": Tenure.LEASE, "hyrd": Tenure.LEASE, "hyrs": Tenure.LEASE, "lease": Tenure.LEASE,
}  # fmt: skip
CONDITIONS = {
    "": Condition.GOOD, "gott": Condition.GOOD, "bra": Condition.GOOD, "good": Condition.GOOD,
    "slitet": Condition.WORN, "dåligt": Condition.WORN, "worn": Condition.WORN,
    "går inte att använda": Condition.UNUSABLE, "utdömd": Condition.UNUSABLE, "unusable": Condition.UNUSABLE,
}  # fmt: skip
LONGEST = {"code": 40, "name": 120, "area": 60, "owner": 120}
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Fault:
    """What is wrong, and on which row of the file."""

    line: int
    note: Note


@dataclass(frozen=True)
class PremiseFacts:
    """One object as the file says it."""

    code: str
    name: str
    use: PremiseUse
    area: str
    places: int
    area_m2: int | None = None
    owner: str = ""
    tenure: Tenure = Tenure.OWN
    condition: Condition = Condition.GOOD
    lease_end: date | None = None
    permit_end: date | None = None
    closes_on: date | None = None


def read_premises(table: Table) -> tuple[list[PremiseFacts], list[Fault]]:
    """Every object that could be read, and every fault; a file with a fault is not to be taken."""
    places = _columns(table.header)
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        wanted = {
            "code": "objekt",
            "name": "namn",
            "use": "användning",
            "area": "område",
            "places": "platser",
        }
        columns = ", ".join(wanted[name] for name in missing)
        return [], [Fault(1, Note("Kolumner saknas: %(columns)s.", {"columns": columns}))]
    if not table.rows:
        return [], [Fault(1, Note("Filen har inga rader under rubriken."))]
    if len(table.rows) > MOST_ROWS:
        return [], [Fault(1, Note("Filen har fler än %(max)d rader.", {"max": MOST_ROWS}))]
    found: list[PremiseFacts] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        reader = _Reader(row, places)
        facts = reader.read()
        if facts is not None and facts.code in seen:
            reader.refuse(
                Note(
                    "Objektet %(code)s står redan på rad %(line)d.",
                    {"code": facts.code, "line": seen[facts.code]},
                )
            )
        elif facts is not None:
            seen[facts.code] = row.number
            found.append(facts)
        faults += reader.faults
    return found, faults


def _columns(header: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, heading in enumerate(header):
        text = " ".join(heading.casefold().split())
        for name, words in HEADINGS.items():
            if text in words:
                found.setdefault(name, place)
    return found


class _Reader:
    """Reads one row, collecting what is wrong with it."""

    def __init__(self, row: Row, places: Mapping[str, int]) -> None:
        self.row, self.places = row, places
        self.faults: list[Fault] = []

    def refuse(self, note: Note) -> None:
        self.faults.append(Fault(self.row.number, note))

    def _cell(self, name: str) -> Cell:
        place = self.places.get(name)
        return self.row.cells[place] if place is not None and place < len(self.row.cells) else None

    def _text(self, name: str) -> str:
        cell = self._cell(name)
        if isinstance(cell, Decimal):
            cell = format(cell.normalize(), "f") if cell == cell.to_integral_value() else str(cell)
        text = clean(str(cell or ""))
        if len(text) > LONGEST.get(name, 200):
            self.refuse(
                Note(
                    "”%(text)s” är längre än %(max)d tecken.",
                    {"text": text[:30], "max": LONGEST.get(name, 200)},
                )
            )
        return text

    def _word(self, name: str, words: Mapping[str, object]) -> object:
        text = self._text(name).casefold()
        if text not in words:
            self.refuse(Note("”%(text)s” är inget av: %(words)s.", {
                "text": text[:40], "words": ", ".join(word for word in words if word)}))  # fmt: skip
            return None
        return words[text]

    def _whole(self, name: str, most: int) -> int | None:
        text = self._text(name).replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) > most:
            self.refuse(
                Note(
                    "”%(text)s” är inte ett helt tal mellan 0 och %(max)d.", {"text": text[:30], "max": most}
                )
            )
            return None
        return int(text)

    def _date(self, name: str) -> date | None:
        text = self._text(name)[:10]
        if not text:
            return None
        try:
            # A year alone is its last day, as people mean it in a contract.
            return (
                date(int(text), 12, 31)
                if re.fullmatch(r"(19|20|21)[0-9]{2}", text)
                else date.fromisoformat(text)
            )
        except ValueError:
            self.refuse(Note("”%(text)s” är inget datum. Skriv ÅÅÅÅ-MM-DD eller ett år.", {"text": text}))
            return None

    def read(self) -> PremiseFacts | None:
        code, name, area = self._text("code"), self._text("name"), self._text("area")
        for text, what in ((code, "objekt"), (name, "namn"), (area, "område")):
            if not text:
                self.refuse(Note("%(column)s saknas.", {"column": what.capitalize()}))
        use, tenure = self._word("use", USES), self._word("tenure", TENURES)
        condition = self._word("condition", CONDITIONS)
        places = self._whole("places", 100_000)
        if places is None and not self._text("places"):
            self.refuse(Note("Antalet platser saknas. Skriv 0 om det inte finns några."))
        facts = {
            "area_m2": self._whole("area_m2", 1_000_000), "owner": self._text("owner"),
            "lease_end": self._date("lease_end"), "permit_end": self._date("permit_end"),
            "closes_on": self._date("closes_on"),
        }  # fmt: skip
        if self.faults:
            return None
        assert isinstance(use, PremiseUse)
        assert isinstance(tenure, Tenure)
        assert isinstance(condition, Condition)
        assert places is not None
        return PremiseFacts(code, name, use, area, places, tenure=tenure, condition=condition, **facts)  # type: ignore[arg-type]
