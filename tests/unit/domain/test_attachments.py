from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.attachments import (
    MOST_BYTES,
    MOST_NAME,
    NOT_IN_NAMES,
    TYPES,
    FileType,
    clean_name,
    type_of,
)
from investplan.errors import Note


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


CONTENTS = {
    "pdf": b"%PDF-1.7 ...",
    "png": b"\x89PNG\r\n\x1a\n....",
    "jpg": b"\xff\xd8\xff\xe0",
    "jpeg": b"\xff\xd8\xff\xe1",
    "docx": zipped("[Content_Types].xml", "word/document.xml"),
    "xlsx": zipped("xl/workbook.xml"),
    "pptx": zipped("ppt/presentation.xml"),
    "odt": zipped("mimetype", "content.xml"),
    "ods": zipped("content.xml"),
    "txt": "Åtgärd".encode(),
    "csv": "år;belopp\r\n".encode("cp1252"),
}


@pytest.mark.parametrize("ending", list(TYPES))
def test_a_file_is_what_both_its_name_and_its_content_say(ending: str) -> None:
    found = type_of(f"Kalkyl.{ending.upper()}", CONTENTS[ending])
    assert isinstance(found, FileType)
    assert found.ending == ending


@pytest.mark.parametrize("ending", [one for one in TYPES if one not in ("txt", "csv")])
def test_another_content_under_the_name_is_refused(ending: str) -> None:
    for content in (b"<html><script>", b"PK\x03\x04 not a zip", zipped("evil.exe"), b"MZ\x90\x00"):
        assert isinstance(type_of(f"a.{ending}", content), Note)


@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "a.pdf.js", "a", "", ".pdf.exe", "a.zip", "a.docm"]
)
def test_what_could_be_run_is_not_taken_in_whatever_it_holds(name: str) -> None:
    assert isinstance(type_of(name, CONTENTS["pdf"]), Note)


def test_an_empty_and_a_huge_file_are_refused() -> None:
    assert isinstance(type_of("a.pdf", b""), Note)
    assert isinstance(type_of("a.pdf", b"%PDF-" + bytes(MOST_BYTES)), Note)
    assert isinstance(type_of("a.txt", b"text\x00"), Note)


@given(st.text(max_size=300))
def test_a_cleaned_name_has_no_folder_nothing_hidden_and_a_length(name: str) -> None:
    cleaned = clean_name(name)
    assert len(cleaned) <= MOST_NAME
    assert not NOT_IN_NAMES.search(cleaned)
    assert clean_name(cleaned) == cleaned


@given(st.binary(max_size=200), st.sampled_from(sorted(TYPES)))
def test_any_content_gets_an_answer(content: bytes, ending: str) -> None:
    assert isinstance(type_of(f"a.{ending}", content), FileType | Note)
