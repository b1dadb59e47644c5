"""Papers as tagged PDF (PDF/UA-1, and PDF/A-2a for the archive): texts and figures in, one file out.

What a paper says is put together elsewhere, in the reader's language; here is how it looks. Typst refuses to write a file
that is not accessible (a picture without a text, a document without a title), so what comes out has passed its checks.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import typst

# What the fonts that come with Typst have between them (a test tries every character); a file whose fonts lack one is not
# accessible and is not written.
SHOWN = (
    (0x20, 0x500),
    (0x1E00, 0x2000),
    (0x2010, 0x2041),
    (0x2070, 0x20D0),
    (0x2190, 0x2300),
    (0x2500, 0x2600),
)
NOT_SHOWN = "\u25a1"  # an empty square
Block = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A heading (may be empty) and what stands under it."""

    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Paper:
    """One paper.

    Args:
        kind: What it is, at the top right of every page.
        facts: Label and text in rows above the title.
        compact: For a sheet that should fit one page.
        lang: Language of the texts, `sv` or `en`.
    """

    title: str
    kind: str
    sender: str
    author: str
    footer: str
    lang: str
    made_on: date
    sections: Sequence[Section]
    facts: Sequence[tuple[str, str]] = ()
    lead: str = ""
    compact: bool = False


def facts(rows: Sequence[tuple[str, str]]) -> Block:
    """Rows of label and text; those without text are left out."""
    return {"t": "facts", "rows": [row for row in rows if row[1]]}


def paragraphs(text: str) -> Block:
    """A text as written: an empty line, or a new one, begins a paragraph."""
    return {"t": "paragraphs", "texts": [line.strip() for line in text.splitlines() if line.strip()]}


def listing(items: Sequence[str], *, ordered: bool = False) -> Block:
    return {"t": "list", "items": list(items), "ordered": ordered}


def note(text: str) -> Block:
    return {"t": "note", "text": text}


def figures(items: Sequence[tuple[str, str, str]]) -> Block:
    """Key figures side by side: label, value, note."""
    return {"t": "figures", "items": [{"label": a, "value": b, "note": c} for a, b, c in items]}


def picture(svg: str, alt: str) -> Block:
    """An SVG; `alt` says in words what it shows."""
    return {"t": "map", "svg": svg, "alt": alt}


Kind = Literal["", "group", "sum"]


@dataclass(frozen=True)
class Table:
    """A table; the first column holds names, the others figures unless `figures` says otherwise.

    Args:
        kinds: By row: `group` is a heading over the row's whole width, `sum` a sum.
        widths: Shares of the width by column, 0 for what the content needs; empty for the first wide and the rest needed.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    kinds: Sequence[Kind] = ()
    figures: Sequence[bool] = ()
    widths: Sequence[int] = field(default=())

    def block(self) -> Block:
        count = len(self.columns)
        return {
            "t": "table",
            "caption": self.caption,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "kinds": list(self.kinds) or [""] * len(self.rows),
            "figure": list(self.figures) or [False] + [True] * (count - 1),
            "widths": list(self.widths) or [1] + [0] * (count - 1),
        }


@cache
def _layout() -> bytes:
    return files(__name__).joinpath("paper.typ").read_bytes()


def to_pdf(paper: Paper) -> bytes:
    """The paper as PDF/UA-1 and PDF/A-2a. A character that no font has is shown as an empty square."""
    day = paper.made_on
    told = {key: value for key, value in asdict(paper).items() if key != "made_on"}
    told["made"] = [day.year, day.month, day.day]
    stated = json.dumps(_clean(told), ensure_ascii=False)
    made = typst.compile(
        _layout(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"paper": stated},
        pdf_standards=["a-2a", "ua-1"],
    )
    assert isinstance(made, bytes)
    return made


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(map(_shown, value))
    if isinstance(value, Mapping):
        return {key: one if key == "svg" else _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(character: str) -> str:
    """The character as paper can show it: what only steers the text is left out, what no font has is a square."""
    category = unicodedata.category(character)
    if category in ("Zl", "Zp", "Zs", "Cc"):
        return "\N{NO-BREAK SPACE}" if character in "\u00a0\u202f" else " " if character.isspace() else ""
    if category == "Cf":
        return ""
    has_it = category not in ("Cn", "Co", "Cs") and any(low <= ord(character) < high for low, high in SHOWN)
    return character if has_it else NOT_SHOWN
