"""A SIE reader of its own, for tests: shares no code with the product, and splits fields with the shell's rules.

No package on PyPI reads budgets and objects of SIE files (pysie-accounting takes neither #PBUDGET nor #OBJEKT), so
this one stands in for other programs: strict about code page, line ends and shape, where the product's own is lenient.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Read:
    header: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    dimensions: dict[str, str] = field(default_factory=dict)
    objects: dict[tuple[str, str], str] = field(default_factory=dict)
    totals: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    parts: dict[tuple[str, str, tuple[tuple[str, str], ...]], Decimal] = field(default_factory=dict)


def tokens(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="{}")
    lexer.quotes, lexer.escape, lexer.commenters, lexer.whitespace = '"', "\\", "", " "
    lexer.whitespace_split = True
    return list(lexer)


def read(content: bytes) -> Read:
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = Read()
    for line in content.decode("cp437").split("\r\n")[:-1]:
        label, *rest = tokens(line)
        if label == "#KONTO":
            found.accounts[rest[0]] = rest[1]
        elif label == "#DIM":
            found.dimensions[rest[0]] = rest[1]
        elif label == "#OBJEKT":
            assert (rest[0], rest[1]) not in found.objects
            found.objects[rest[0], rest[1]] = rest[2]
        elif label == "#PBUDGET":
            take_budget(found, rest)
        elif label != "#KTYP":
            assert label not in found.header
            found.header[label] = rest
    return found


def take_budget(found: Read, rest: list[str]) -> None:
    number, period, account, *middle, amount = rest
    assert number == "0"
    inner = [part for part in middle if not set(part) <= {"{", "}"}]
    assert len(amount.rpartition(".")[2]) == 2
    if not inner:
        assert (account, period) not in found.totals
        found.totals[account, period] = Decimal(amount)
        return
    pairs = tuple(zip(inner[::2], inner[1::2], strict=True))
    assert all(pair in found.objects for pair in pairs)
    assert (account, period, pairs) not in found.parts
    found.parts[account, period, pairs] = Decimal(amount)
