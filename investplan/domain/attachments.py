"""Files that go with a proposal: which kinds there are, and which contents are taken in.

The content decides, not the name: a file must both end as, and begin as, one of the types. What a browser could run
(HTML, SVG, scripts) is not among them.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum

from investplan.errors import Note

MOST_BYTES = 25 * 1024 * 1024
MOST_BYTES_TOGETHER = 250 * 1024 * 1024
MOST_NAME = 120
MOST_ENTRIES = 20_000  # in an office file, which is a zip
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')


class DocumentKind(StrEnum):
    """What a file is, as gates ask for it."""

    CALCULATION = "calculation"
    PRE_STUDY_REPORT = "pre_study_report"
    DRAWING = "drawing"
    RISK_ANALYSIS = "risk_analysis"
    IMPACT_ANALYSIS = "impact_analysis"
    PERMIT = "permit"
    MINUTES = "minutes"
    OTHER = "other_document"


@dataclass(frozen=True)
class FileType:
    """`begins` are the first bytes of such a file; empty for text. `inside` is a file that its zip must hold."""

    ending: str
    media_type: str
    begins: bytes = b""
    inside: str = ""


OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
TYPES = {
    one.ending: one
    for one in (
        FileType("pdf", "application/pdf", b"%PDF-"),
        FileType("png", "image/png", b"\x89PNG\r\n\x1a\n"),
        FileType("jpg", "image/jpeg", b"\xff\xd8\xff"),
        FileType("jpeg", "image/jpeg", b"\xff\xd8\xff"),
        FileType("docx", OFFICE + "wordprocessingml.document", b"PK\x03\x04", "word/document.xml"),
        FileType("xlsx", OFFICE + "spreadsheetml.sheet", b"PK\x03\x04", "xl/workbook.xml"),
        FileType("pptx", OFFICE + "presentationml.presentation", b"PK\x03\x04", "ppt/presentation.xml"),
        FileType("odt", OPEN + "text", b"PK\x03\x04", "content.xml"),
        FileType("ods", OPEN + "spreadsheet", b"PK\x03\x04", "content.xml"),
        FileType("txt", "text/plain; charset=utf-8"),
        FileType("csv", "text/csv; charset=utf-8"),
    )
}


def clean_name(file_name: str) -> str:
    """The name without folders and without what could hide its ending; at most 120 characters, ending kept.

    >>> clean_name("C:\\\\Kalkyl\\\\skola.pdf"), clean_name("  ..  ")
    ('skola.pdf', '')
    """
    name = NOT_IN_NAMES.sub("_", re.split(r"[/\\]", file_name)[-1]).strip(" .")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: MOST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 8 else name[:MOST_NAME]


def type_of(file_name: str, content: bytes) -> FileType | Note:
    """The file's type, or why it is not taken in."""
    ending = file_name.rpartition(".")[2].lower()
    found = TYPES.get(ending)
    if found is None:
        return Note("Filer av typen .%(ending)s tas inte emot. Skicka %(types)s.",
                    {"ending": ending[:10], "types": ", ".join(dict.fromkeys(TYPES))})  # fmt: skip
    if not content:
        return Note("Filen är tom.")
    if len(content) > MOST_BYTES:
        return Note("Filen är större än %(most)d MB.", {"most": MOST_BYTES // 2**20})
    fits = _is_text(content) if not found.begins else content.startswith(found.begins)
    if fits and found.inside:
        fits = found.inside in _names_inside(content)
    if not fits:
        return Note("Innehållet är inte en .%(ending)s-fil, fast namnet säger det.", {"ending": ending})
    return found


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return all(byte >= 32 or byte in (9, 10, 12, 13) for byte in content[:4096])
    return True


def _names_inside(content: bytes) -> frozenset[str]:
    """Names in the zip's own list: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError):
        return frozenset()
    return frozenset(names) if len(names) <= MOST_ENTRIES else frozenset()
