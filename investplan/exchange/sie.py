"""A year's budget as a SIE file of type 3: accounts, responsibilities and projects, a row per month.

CP437 with CRLF. `{}` rows are the accounts' totals and object rows their parts: a reader takes one or the other, never
both. Debit is positive. Source: section 8.1 of the domain reference and decisions 19 and 20.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from investplan.errors import InvalidInputError, Note
from investplan.units import Ore

CODE_PAGE = "cp437"
RESPONSIBILITY, PROJECT = 1, 6
DIMENSIONS: Mapping[int, str] = {RESPONSIBILITY: "Ansvar", PROJECT: "Projekt"}
MONTHS = 12
MAX_TOLD = 20
NEAR = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
        "‘": "'", "’": "'", "‚": "'", "´": "'",
        "“": '"', "”": '"', "„": '"',
        "…": "...", "€": "EUR", "•": "*", "×": "x", "™": "TM", "©": "(c)", "®": "(r)",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u00ad": "",
        "\\": "/", "\t": " ", "\r": " ", "\n": " ",
    }
)  # fmt: skip
"""Near ones for what CP437 lacks, and for the backslash, which SIE has only before a quote."""

Object = tuple[int, str]
"""Dimension and object number."""


@dataclass(frozen=True)
class BudgetRow:
    """What one account has for one combination of objects over the whole year."""

    account: str
    objects: tuple[Object, ...]
    amount_ore: Ore


@dataclass(frozen=True)
class SieBudget:
    """A year's budget. `rows` are parts that are disjoint: the account's total is their sum."""

    company: str
    year: int
    generated: date
    accounts: Mapping[str, str]
    objects: Mapping[Object, str]
    rows: Sequence[BudgetRow]
    comment: str = ""
    program: str = "investplan"
    version: str = "0"


@dataclass(frozen=True)
class Written:
    """The file, and what could not be written as it was."""

    content: bytes
    remarks: tuple[Note, ...]


def monthly(amount_ore: Ore) -> list[Ore]:
    """A year's amount over its months: as even as öre allow, what is left over in the first months; always adds up.

    >>> monthly(100), sum(monthly(-100))
    ([9, 9, 9, 9, 8, 8, 8, 8, 8, 8, 8, 8], -100)
    """
    floor, over = divmod(amount_ore, MONTHS)
    return [floor + (month < over) for month in range(MONTHS)]


def to_pc8(text: str) -> str:
    """The text in characters that CP437 holds: near ones for those it lacks, `?` where there is none.

    >>> to_pc8("Åtgärd – 5 € i \\"Šö\\"")
    'Åtgärd - 5 EUR i "Sö"'
    """
    return "".join(_near(character) for character in text.translate(NEAR))


def _near(character: str) -> str:
    if ord(character) < 32 or ord(character) == 127:
        return " "
    for one in (character, unicodedata.normalize("NFKD", character)):
        kept = "".join(part for part in one if not unicodedata.combining(part))
        if kept and _fits(kept):
            return kept
    return "" if unicodedata.combining(character) else "?"


def _fits(text: str) -> bool:
    try:
        return all(byte >= 32 and byte != 127 for byte in text.encode(CODE_PAGE))
    except UnicodeEncodeError:
        return False


class _Texts:
    """Quotes texts, and remembers which of them had to be changed."""

    def __init__(self) -> None:
        self.changed: dict[str, str] = {}

    def plain(self, text: str) -> str:
        near = to_pc8(text)
        if near != text:
            self.changed[text] = near
        return near

    def quoted(self, text: str) -> str:
        return '"' + self.plain(text).replace('"', '\\"') + '"'

    def remarks(self) -> Iterator[Note]:
        for before, after in list(self.changed.items())[:MAX_TOLD]:
            yield Note(
                "”%(before)s” är skrivet ”%(after)s”: tecknen finns inte i SIE.",
                {"before": before, "after": after},
            )
        if len(self.changed) > MAX_TOLD:
            yield Note("Ytterligare %(count)d texter är ändrade.", {"count": len(self.changed) - MAX_TOLD})


def write_budget(budget: SieBudget) -> Written:
    """The budget as a file. Months are periods `YYYY01`-`YYYY12` (`monthly`); amounts of zero are left out.

    Raises:
        InvalidInputError: two object numbers become the same in CP437, or a row names an account without a name.
    """
    texts = _Texts()
    _refuse_clashes(budget)
    lines = [*_head(budget, texts), *_registers(budget, texts), *_amounts(budget, texts)]
    content = "".join(line + "\r\n" for line in lines).encode(CODE_PAGE)
    return Written(content, tuple(texts.remarks()))


def _refuse_clashes(budget: SieBudget) -> None:
    seen: dict[Object, str] = {}
    for dimension, number in budget.objects:
        near = to_pc8(number)
        if seen.setdefault((dimension, near), number) != number:
            facts = {"one": seen[dimension, near], "other": number}
            raise InvalidInputError(
                {"objects": Note("”%(one)s” och ”%(other)s” blir samma objekt i SIE.", facts)}
            )
    unnamed = sorted({row.account for row in budget.rows} - budget.accounts.keys())
    if unnamed:
        raise InvalidInputError(
            {"accounts": Note("Kontot %(account)s har inget namn.", {"account": unnamed[0]})}
        )


def _head(budget: SieBudget, texts: _Texts) -> Iterator[str]:
    yield "#FLAGGA 0"
    yield f"#PROGRAM {texts.quoted(budget.program)} {texts.quoted(budget.version)}"
    yield "#FORMAT PC8"
    yield f"#GEN {budget.generated:%Y%m%d} {texts.quoted(budget.program)}"
    yield "#SIETYP 3"
    if budget.comment:
        yield f"#PROSA {texts.quoted(budget.comment)}"
    yield f"#FNAMN {texts.quoted(budget.company)}"
    yield f"#RAR 0 {budget.year}0101 {budget.year}1231"
    yield '#KPTYP "Kommun-Bas"'


def _registers(budget: SieBudget, texts: _Texts) -> Iterator[str]:
    for account, name in sorted(budget.accounts.items()):
        yield f"#KONTO {account} {texts.quoted(name)}"
        yield f"#KTYP {account} {'I' if account.startswith('3') else 'K'}"
    for dimension, name in DIMENSIONS.items():
        yield f"#DIM {dimension} {texts.quoted(name)}"
    for (dimension, number), name in sorted(budget.objects.items()):
        yield f"#OBJEKT {dimension} {texts.quoted(number)} {texts.quoted(name)}"


def _amounts(budget: SieBudget, texts: _Texts) -> Iterator[str]:
    """For each account and month the total, then its parts. A part's months add up to the part; so do the totals'."""
    parts: dict[str, dict[tuple[Object, ...], Ore]] = {}
    for row in budget.rows:
        by_objects = parts.setdefault(row.account, {})
        by_objects[row.objects] = by_objects.get(row.objects, 0) + row.amount_ore
    for account, by_objects in sorted(parts.items()):
        months = {objects: monthly(amount_ore) for objects, amount_ore in sorted(by_objects.items())}
        for month in range(MONTHS):
            period = f"{budget.year}{month + 1:02d}"
            of_month = {objects: amounts[month] for objects, amounts in months.items() if amounts[month]}
            if of_month:
                yield _budget_line(period, account, "", sum(of_month.values()))
            for objects, amount_ore in of_month.items():
                listed = " ".join(f"{dimension} {texts.quoted(number)}" for dimension, number in objects)
                yield _budget_line(period, account, listed, amount_ore)


def _budget_line(period: str, account: str, objects: str, amount_ore: Ore) -> str:
    return f"#PBUDGET 0 {period} {account} {{{objects}}} {kronor_text(amount_ore)}"


def kronor_text(amount_ore: Ore) -> str:
    """Kronor with a point and two decimals.

    >>> kronor_text(-5), kronor_text(424_400_00)
    ('-0.05', '424400.00')
    """
    whole, ore = divmod(abs(amount_ore), 100)
    return f"{'-' if amount_ore < 0 else ''}{whole}.{ore:02d}"
