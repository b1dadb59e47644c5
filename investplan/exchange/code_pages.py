"""Which code page a Swedish text file is written in: found by where its letters are plausible.

Standard library only: the sandboxed child imports this before its limits allow anything heavy.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CODE_PAGES = ("cp1252", "cp437", "cp850")
"""Tried in this order where a file is neither marked nor UTF-8. Windows-1252 holds all of Latin-1's text."""

NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "cp437": "IBM PC8 (CP437)",
    "cp850": "CP850",
}
SWEDISH = frozenset("åäöÅÄÖ")
LATIN = frozenset("éÉèÈüÜáÁàÀæÆøØçÇñÑëïôîêâÿíóúß")
PUNCTUATION = frozenset("–—‘’“”„…•§°½¼¾²³´·×€£©®«»±µ¤\u00a0\u00ad")
UTF_8_LETTER = re.compile(rb"\xc3[\x84\x85\x89\x96\xa0-\xbc]|\xe2\x80[\x90-\xa6]|\xc2[\xa0-\xbf]")
REPLACEMENT_CHARACTER = "\ufffd"


class UnknownCodePageError(Exception):
    """The text is in no code page that is known, or in two at once; `line` is the first that does not fit."""

    def __init__(self, line: int, code_page: str) -> None:
        self.line, self.code_page = line, code_page
        super().__init__(f"line {line}: not {code_page}")


@dataclass(frozen=True)
class Decoded:
    """A text and the code page it was read by. `damaged_line` is where characters were lost before we got it."""

    text: str
    code_page: str
    damaged_line: int | None = None


def decode(content: bytes) -> Decoded:
    """The text of a file whose code page nobody states.

    Marks decide (UTF-8, UTF-16); then strict UTF-8; then the code page in which most letters outside ASCII stand
    where Swedish letters do.

    Raises:
        UnknownCodePageError: broken UTF-8 or UTF-16, or letters of two code pages; with the line.

    >>> decode("Förskola på Ö".encode("cp437")).code_page, decode("Förskola på Ö".encode("cp1252")).code_page
    ('cp437', 'cp1252')
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(content, "utf-16")
    if content.startswith(b"\xef\xbb\xbf"):
        return _strict(content[3:], "utf-8")
    try:
        return _told(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        found = _best(content)
        if found is None or _is_mostly_utf_8(content, found):
            raise UnknownCodePageError(_line(content, error.start), "utf-8") from None
        text = content.decode(found)
        odd = _first_odd(text)
        if odd is not None:
            raise UnknownCodePageError(text.count("\n", 0, odd) + 1, found) from None
        return _told(text, found)


def _strict(content: bytes, code_page: str) -> Decoded:
    try:
        return _told(content.decode(code_page), code_page)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(code_page, errors="ignore")
        raise UnknownCodePageError(before.count("\n") + 1, code_page) from None


def _told(text: str, code_page: str) -> Decoded:
    lost = text.find(REPLACEMENT_CHARACTER)
    return Decoded(text, code_page, text.count("\n", 0, lost) + 1 if lost >= 0 else None)


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _best(content: bytes) -> str | None:
    """The code page with the highest score above zero; None where the text looks like none of them."""
    scores: dict[str, int] = {}
    for code_page in CODE_PAGES:
        try:
            scores[code_page] = _score(content.decode(code_page))
        except UnicodeDecodeError:
            continue
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best is not None and scores[best] >= 0 else None


def _score(text: str) -> int:
    return sum(_plausibility(text, match.start()) for match in re.finditer(r"[^\x00-\x7f]", text))


def _plausibility(text: str, position: int) -> int:
    """How well a character outside ASCII fits where it stands: 3 a Swedish letter in a word … -3 nothing that belongs."""
    character = text[position]
    beside = _is_letter(text, position - 1) or _is_letter(text, position + 1)
    if character in SWEDISH:
        lower_before = position > 0 and text[position - 1].islower() and character.isupper()
        return 0 if lower_before else 3 if beside else 1
    if character in LATIN:
        return 1 if beside else -1
    if character in PUNCTUATION:
        return -3 if _is_inside_word(text, position) else 0
    return -3


def _is_letter(text: str, position: int) -> bool:
    return 0 <= position < len(text) and text[position].isalpha()


def _is_inside_word(text: str, position: int) -> bool:
    return _is_letter(text, position - 1) and _is_letter(text, position + 1)


def _first_odd(text: str) -> int | None:
    """Where a sign stands inside a word that no word holds: the letter of another code page."""
    for match in re.finditer(r"[^\x00-\x7f]", text):
        position = match.start()
        character = text[position]
        if character in SWEDISH or character in LATIN or unicodedata.category(character) == "Pd":
            continue
        if _is_inside_word(text, position) and character not in "’´":
            return position
    return None


def _is_mostly_utf_8(content: bytes, code_page: str) -> bool:
    """Whether the letters that are whole in UTF-8 outnumber those that are whole in the single-byte code page."""
    whole = len(UTF_8_LETTER.findall(content))
    rest = UTF_8_LETTER.sub(b"", content).decode(code_page, errors="replace")
    return whole > 0 and whole >= sum(letter in SWEDISH for letter in rest)
