from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investplan.exchange.code_pages import UnknownCodePageError, decode

TEXT = "Nämnd;Åtgärd\nÖstra skolan;Förskola på höjden\nSÖDERMÖRE;ÄNG\n"
WORDS = st.lists(
    st.sampled_from(
        ["Förskola", "Åkern", "Ängö", "på", "gård", "ÖLAND", "väg 12", "Idrott", "år 2027", "näset"]
    ),
    min_size=1,
)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252"), ("latin-1", "cp1252"),
        ("cp437", "cp437"),
    ],
)  # fmt: skip
def test_each_code_page_is_found_by_its_swedish_letters(encoding: str, found: str) -> None:
    decoded = decode(TEXT.encode(encoding))
    assert (decoded.text, decoded.code_page, decoded.damaged_line) == (TEXT, found, None)


def test_cp850_is_told_from_cp437_by_what_only_it_has() -> None:
    text = TEXT + "Ærø, Ø-vägen, © och ®\n"
    decoded = decode(text.encode("cp850"))
    assert (decoded.text, decoded.code_page) == (text, "cp850")


def test_quotes_and_dashes_of_windows_are_no_letters() -> None:
    text = "”Åkern” – en förskola för 80 barn … 5 €\n"
    assert decode(text.encode("cp1252")).text == text


def test_text_without_letters_outside_ascii_is_utf_8() -> None:
    assert decode(b"a;b\n1;2\n").code_page == "utf-8"


@pytest.mark.parametrize(
    ("content", "line", "code_page"),
    [
        (TEXT.encode() + b"V\xe4st;6\n", 4, "utf-8"),
        (TEXT.encode("cp1252") + "gård, skåp\n".encode("cp437"), 4, "cp1252"),
        (TEXT.encode("cp437") + "gård, väg\n".encode("cp1252"), 4, "cp437"),
        (b"a\nb\n\x81\x8d\xff\xfe\n", 3, "utf-8"),
        (b"\xef\xbb\xbfa\nb\xff\n", 2, "utf-8"),
        ("a\nö\n".encode("utf-16")[:-1], 2, "utf-16"),
    ],
)
def test_a_broken_file_is_refused_with_the_line(content: bytes, line: int, code_page: str) -> None:
    with pytest.raises(UnknownCodePageError) as caught:
        decode(content)
    assert (caught.value.line, caught.value.code_page) == (line, code_page)


def test_letters_that_were_lost_before_are_told_with_the_line() -> None:
    assert decode("a\n\ufffdvningsbolaget\n".encode()).damaged_line == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=WORDS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp437", "cp850"]))
def test_swedish_text_comes_back_whatever_it_was_saved_as(words: list[str], encoding: str) -> None:
    text = " ".join(words)
    assert decode(text.encode(encoding)).text == text
