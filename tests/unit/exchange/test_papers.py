from __future__ import annotations

import io
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from investplan.exchange import papers
from investplan.exchange.papers import Paper, Section, Table, to_pdf

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'


def paper(*blocks: papers.Block, title: str = "Ny förskola i Lindsdal", compact: bool = False) -> Paper:
    return Paper(
        title=title,
        kind="Tjänsteskrivelse",
        sender="Provköpings kommun",
        author="Anna Andersson",
        footer="UN 2026/0102",
        lang="sv",
        made_on=date(2026, 11, 26),
        sections=[Section("Bakgrund", list(blocks))],
        facts=[("Handläggare", "Anna Andersson")],
        compact=compact,
    )


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(content).pages)


def test_a_paper_is_tagged_has_a_language_and_says_that_it_is_accessible_and_archivable() -> None:
    found = read(to_pdf(paper(papers.paragraphs("Text."), papers.picture(PICTURE, "En ring."))))
    root = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("sv")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert found.metadata is not None
    assert found.metadata.title == "Ny förskola i Lindsdal"
    said = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid:part>1<" in said
    assert "pdfaid:part>2<" in said
    assert "pdfaid:conformance>A<" in said


def test_headings_table_heads_and_pictures_are_what_a_reader_aloud_needs() -> None:
    table = Table(
        "Kostnad, tkr", ["", "2027", "2028"], [["Nämnden", "1", "2"], ["Summa", "1", "2"]], ["", "sum"]
    )
    found = read(to_pdf(paper(table.block(), papers.picture(PICTURE, "En ring mitt i bilden."))))
    tags, texts = [], []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/S" in node:
                tags.append(str(node["/S"]))
            if "/Alt" in node:
                texts.append(str(node["/Alt"]))
            walk(node.get("/K", []))

    walk(found.trailer["/Root"]["/StructTreeRoot"])
    assert tags.count("/H1") == 1
    assert "/H2" in tags
    assert tags.count("/TH") == 3
    assert tags.count("/TD") == 6
    assert "/Figure" in tags
    assert texts == ["En ring mitt i bilden."]


@pytest.mark.parametrize(
    "text", ["#panic()", "= *fet* _kursiv_ $x$", "@ref <etikett> \\", "a\x00b\x0bc", "” – 1 000"]
)
def test_what_a_planner_wrote_is_shown_and_never_read_as_markup(text: str) -> None:
    shown = text_of(to_pdf(paper(papers.paragraphs(text), papers.listing([text]), title=text)))
    wanted = "".join(c for c in text if c.isprintable() or c == " ").replace(" ", "").replace("\xa0", "")
    assert shown.replace("\n", "").replace(" ", "").replace("\xa0", "").count(wanted) >= 3


@given(
    st.text(max_size=200),
    st.lists(st.lists(st.text(max_size=20), min_size=3, max_size=3), max_size=5),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_any_text_makes_a_paper(text: str, rows: list[list[str]], compact: bool) -> None:
    table = Table(text, ["a", "b", "c"], rows)
    content = to_pdf(
        paper(
            papers.paragraphs(text),
            papers.facts([(text, text)]),
            papers.note(text),
            table.block(),
            compact=compact,
        )
    )
    assert content.startswith(b"%PDF-")
    assert len(read(content).pages) >= 1


def test_every_character_that_is_said_to_be_shown_has_a_font() -> None:
    known = [chr(code) for low, high in papers.SHOWN for code in range(low, high)]
    text = " ".join(one for one in known if unicodedata.category(one) != "Cn")
    assert "ğ" in text
    assert "Ω" in text
    assert to_pdf(paper(papers.paragraphs(text))).startswith(b"%PDF-")


def test_a_character_without_a_font_is_a_square_and_hidden_ones_are_gone() -> None:
    assert "Skola \u25a1 i Lindsdal" in text_of(
        to_pdf(paper(papers.paragraphs("Sko\u00adla \U0001f3eb i\u200b Linds\u202edal")))
    )


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert to_pdf(paper(papers.note("x"))) == to_pdf(paper(papers.note("x")))


def test_a_group_in_a_table_stands_over_the_whole_width_and_figures_stand_to_the_right() -> None:
    block = Table("T", ["", "a"], [["Grupp", ""], ["Rad", "1"]], ["group", ""]).block()
    assert block["figure"] == [False, True]
    assert block["widths"] == [1, 0]
    assert "Grupp" in text_of(to_pdf(paper(block)))
