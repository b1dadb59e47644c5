"""SIE files of types 1-4 as other programs write them: what a budget needs of them, whatever their code page.

Two steps: `read_sie_table` (in the sandboxed child) splits lines into fields, `interpret` says what they mean. Labels
that are not needed or not known are passed over. Standard library only. Source: section 8.1 of the domain reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from investplan.errors import Note
from investplan.exchange import code_pages
from investplan.exchange.tables import Counter, Row, Table, UnreadableError

KEPT = frozenset(
    (
        "SIETYP",
        "FORMAT",
        "PROGRAM",
        "GEN",
        "FNAMN",
        "ORGNR",
        "RAR",
        "DIM",
        "UNDERDIM",
        "OBJEKT",
        "KONTO",
        "PBUDGET",
    )
)
LABEL = re.compile(r"[ \t]*#([A-Za-zÅÄÖåäö0-9_]+)[ \t]*(.*)", re.DOTALL)
AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)")
PERIOD = re.compile(r"[0-9]{6}")
MAX_ORE = 10**14
MAX_TOLD = 20

Object = tuple[int, str]


@dataclass(frozen=True)
class PeriodBudget:
    """One #PBUDGET row. `objects` is empty for the account's total. Debit is positive."""

    line: int
    year_number: int
    period: str
    account: str
    objects: tuple[Object, ...]
    amount_ore: int


@dataclass
class SieFile:
    """What a file says. `years`: number (0 this year, -1 last) → first and last day as YYYYMMDD.

    `faults` are (line, what is wrong); the rows they concern are left out.
    """

    sie_type: str = ""
    program: str = ""
    company: str = ""
    org_number: str = ""
    years: dict[int, tuple[str, str]] = field(default_factory=dict)
    dimensions: dict[int, str] = field(default_factory=dict)
    objects: dict[Object, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    budgets: list[PeriodBudget] = field(default_factory=list)
    faults: list[tuple[int, Note]] = field(default_factory=list)
    remarks: tuple[Note, ...] = ()


class _FieldError(Exception):
    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__(str(note))


# --- in the child: text to fields --------------------------------------------------------------------------------


def read_sie_table(content: bytes) -> Table:
    """The kept lines as rows: label, then fields; an object list is a field of JSON (`["1", "3100"]`).

    Raises:
        UnreadableError: in no code page, not SIE, too large.
    """
    try:
        decoded = code_pages.decode(content)
    except code_pages.UnknownCodePageError as error:
        raise UnreadableError(
            Note(
                "Rad %(line)d: tecknet går inte att läsa som %(encoding)s.",
                {"line": error.line, "encoding": code_pages.NAMES[error.code_page]},
            )
        ) from None
    remarks = list(_code_page_remarks(decoded))
    vouchers = _Vouchers()
    rows: list[Row] = []
    counter = Counter()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", decoded.text), start=1):
        found = LABEL.fullmatch(line)
        if found is None:
            continue
        label = found[1].upper()
        if label in ("VER", "TRANS"):
            vouchers.take(label, found[2])
        if label in KEPT:
            row = _row(number, label, found[2])
            counter.count(len(row.cells))
            rows.append(row)
    if not any(row.cells[0] in ("SIETYP", "RAR", "FNAMN", "KONTO") for row in rows):
        raise UnreadableError(Note("Filen är inte en SIE-fil: den har varken #SIETYP, #RAR eller #KONTO."))
    return Table(("label",), tuple(rows), None, (*remarks, *vouchers.remarks()))


def _code_page_remarks(decoded: code_pages.Decoded) -> Iterator[Note]:
    if decoded.code_page not in ("cp437", "utf-8") or (
        not decoded.text.isascii() and decoded.code_page == "utf-8"
    ):
        name = code_pages.NAMES[decoded.code_page]
        yield Note("Filen är läst som %(code_page)s, fast SIE ska vara PC8.", {"code_page": name})
    if decoded.damaged_line is not None:
        yield Note("Rad %(line)d: bokstäver är förstörda redan i filen.", {"line": decoded.damaged_line})


def _row(number: int, label: str, rest: str) -> Row:
    try:
        return Row(number, (label, *split_fields(rest)))
    except ValueError:
        return Row(number, (label,), None, (Note("Citattecken eller klamrar går inte ihop."),))


def split_fields(text: str) -> list[str]:
    """Fields divided by blanks or tabs; quotes hold blanks, `\\"` a quote; `{…}` becomes one field of JSON.

    Raises:
        ValueError: an open quote or brace.

    >>> split_fields('0 202701 5000 {1 "31 00"} -12.50')
    ['0', '202701', '5000', '["1", "31 00"]', '-12.50']
    """
    fields: list[str] = []
    inner: list[str] | None = None
    position = 0
    while position < len(text):
        character = text[position]
        if character in " \t":
            position += 1
        elif character == "{" and inner is None:
            inner, position = [], position + 1
        elif character == "}" and inner is not None:
            fields.append(json.dumps(inner, ensure_ascii=False))
            inner, position = None, position + 1
        else:
            value, position = _quoted(text, position + 1) if character == '"' else _bare(text, position)
            (fields if inner is None else inner).append(value)
    if inner is not None:
        raise ValueError("open brace")
    return fields


def _quoted(text: str, position: int) -> tuple[str, int]:
    value: list[str] = []
    while position < len(text):
        character = text[position]
        if character == "\\" and text[position + 1 : position + 2] == '"' and _goes_on(text, position + 2):
            value.append('"')
            position += 2
        elif character == '"':
            return "".join(value), position + 1
        else:
            value.append(character)
            position += 1
    raise ValueError("open quote")


def _goes_on(text: str, position: int) -> bool:
    """Whether a quote is closed later: a path that ends with a backslash (`"C:\\"`) is no escape."""
    return '"' in text[position:]


def _bare(text: str, position: int) -> tuple[str, int]:
    found = re.compile(r"[^ \t{}]+|[{}]").match(text, position)
    assert found is not None
    return found[0], found.end()


class _Vouchers:
    """Whether each voucher's rows add up to zero: told, though no voucher is taken in."""

    def __init__(self) -> None:
        self.name, self.total = "", Decimal(0)
        self.unbalanced: list[str] = []

    def take(self, label: str, rest: str) -> None:
        try:
            fields = split_fields(rest)
        except ValueError:
            return
        if label == "VER":
            self._end()
            self.name = " ".join(fields[:2])
        elif len(fields) > 2 and AMOUNT.fullmatch(fields[2]):
            self.total += Decimal(fields[2])

    def _end(self) -> None:
        if self.total:
            self.unbalanced.append(self.name)
        self.name, self.total = "", Decimal(0)

    def remarks(self) -> Iterator[Note]:
        self._end()
        if self.unbalanced:
            facts = {"count": len(self.unbalanced), "names": ", ".join(self.unbalanced[:MAX_TOLD])}
            yield Note("%(count)d verifikationer går inte jämnt upp: %(names)s", facts)


# --- what the fields mean ----------------------------------------------------------------------------------------


def interpret(table: Table) -> SieFile:
    """The file's content. Rows that do not fit are told in `faults` and left out."""
    found = SieFile(remarks=table.remarks)
    for row in table.rows:
        label, *fields = (str(cell) if cell is not None else "" for cell in row.cells)
        try:
            if row.faults:
                raise _FieldError(row.faults[0])
            _TAKERS[label](found, row.number, fields)
        except _FieldError as fault:
            found.faults.append((row.number, fault.note))
        except (IndexError, ValueError):
            found.faults.append((row.number, Note("#%(label)s saknar fält.", {"label": label})))
    return found


def _take_year(found: SieFile, _line: int, fields: Sequence[str]) -> None:
    found.years[int(fields[0])] = (fields[1], fields[2])


def _take_dimension(found: SieFile, _line: int, fields: Sequence[str]) -> None:
    found.dimensions[int(fields[0])] = fields[1] if len(fields) > 1 else ""


def _take_object(found: SieFile, _line: int, fields: Sequence[str]) -> None:
    found.objects[int(fields[0]), fields[1]] = fields[2] if len(fields) > 2 else ""


def _take_account(found: SieFile, _line: int, fields: Sequence[str]) -> None:
    found.accounts[fields[0]] = fields[1] if len(fields) > 1 else ""


def _take_budget(found: SieFile, line: int, fields: Sequence[str]) -> None:
    year_number, period, account, listed, amount = fields[:5]
    if not PERIOD.fullmatch(period) or not 1 <= int(period[4:]) <= 12:
        raise _FieldError(Note("”%(text)s” är inte en period (ÅÅÅÅMM).", {"text": period[:20]}))
    found.budgets.append(
        PeriodBudget(line, int(year_number), period, account, _objects(listed), _amount_ore(amount))
    )


def _objects(listed: str) -> tuple[Object, ...]:
    fields = json.loads(listed) if listed.startswith("[") else None
    if not isinstance(fields, list) or len(fields) % 2:
        raise _FieldError(Note("Objektlistan ska vara { dimension objekt … }."))
    pairs = tuple((int(fields[i]), str(fields[i + 1])) for i in range(0, len(fields), 2))
    if len({dimension for dimension, _ in pairs}) < len(pairs):
        raise _FieldError(Note("Objektlistan har samma dimension två gånger."))
    return tuple(sorted(pairs))


def _amount_ore(text: str) -> int:
    if not AMOUNT.fullmatch(text):
        raise _FieldError(Note("”%(text)s” är inte ett belopp i SIE.", {"text": text[:30]}))
    exact = Decimal(text) * 100
    if exact != exact.to_integral_value() or abs(exact) > MAX_ORE:
        raise _FieldError(Note("”%(text)s” är inte hela ören, eller orimligt stort.", {"text": text[:30]}))
    return int(exact)


def _text_taker(name: str) -> Callable[[SieFile, int, Sequence[str]], None]:
    def take(found: SieFile, _line: int, fields: Sequence[str]) -> None:
        setattr(found, name, fields[0])

    return take


def _pass_over(_found: SieFile, _line: int, _fields: Sequence[str]) -> None:
    pass


_TAKERS: Mapping[str, Callable[[SieFile, int, Sequence[str]], None]] = {
    "SIETYP": _text_taker("sie_type"),
    "PROGRAM": _text_taker("program"),
    "FNAMN": _text_taker("company"),
    "ORGNR": _text_taker("org_number"),
    "RAR": _take_year,
    "DIM": _take_dimension,
    "UNDERDIM": _take_dimension,
    "OBJEKT": _take_object,
    "KONTO": _take_account,
    "PBUDGET": _take_budget,
    "FORMAT": _pass_over,
    "GEN": _pass_over,
}
