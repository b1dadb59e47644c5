"""Object templates in versions and finished projects to compare with, through the services."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from investplan.db.models import AuditEntry
from investplan.domain.object_templates import TemplatePart, from_json
from investplan.domain.organisations import Role
from investplan.domain.reference_objects import ReferenceObject
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import object_templates, proposals, reference_objects
from investplan.services.reference_objects import RefusedFileError
from investplan.services.work import Work
from tests import factories
from tests.unit.domain.test_object_templates import preschool

KNOWN = ReferenceObject("Förskolan Kobben", "forskola", 2021, 61_000_000_00, 2021, m2=1500, places=100)
FILE = """Namn;Objekttyp;År;Utgift;Prisnivå;m²;Platser;Källa
Förskolan Kobben;Förskola;2021;61 000 000;2021;1 500;100;KS 2021/0007
Förskolan Bryggan;forskola;2023;74 500 000,50;;1 720;120;
"""


@pytest.fixture
def templated(work: Work) -> Work:
    object_templates.save(work, preschool(), seen_version=0)
    return work


def test_every_saving_is_a_version_and_the_old_ones_stay(templated: Work) -> None:
    dearer = replace(preschool(), ore_per_unit=45_000_00, price_level_year=2027)
    object_templates.save(templated, dearer, seen_version=1)
    assert [row.version for row in object_templates.versions(templated, "forskola")] == [2, 1]
    assert object_templates.by_code(templated) == {"forskola": dearer}
    assert from_json(object_templates.versions(templated, "forskola")[1].content) == preschool()
    assert [entry.action for entry in templated.session.query(AuditEntry).filter_by(noun="object_template")] == [
        "save template", "save template",
    ]  # fmt: skip


def test_a_version_from_an_old_one_is_refused(templated: Work) -> None:
    object_templates.save(templated, replace(preschool(), source="A"), seen_version=1)
    with pytest.raises(ConflictError):
        object_templates.save(templated, replace(preschool(), source="B"), seen_version=1)


def test_a_repeated_save_makes_one_version(work: Work) -> None:
    first = object_templates.save(work, preschool(), seen_version=0, key="k")
    assert object_templates.save(work, preschool(), seen_version=0, key="k").id == first.id


def test_a_new_object_type_may_not_take_the_name_of_another(templated: Work) -> None:
    with pytest.raises(InvalidInputError, match="finns redan"):
        object_templates.save(templated, preschool(), seen_version=0)


def test_shares_that_miss_the_whole_are_refused(work: Work) -> None:
    with pytest.raises(InvalidInputError, match="99,9"):
        object_templates.save(work, preschool(parts=(TemplatePart("A", 999, 12),)), seen_version=0)


def test_a_template_out_of_use_is_offered_no_more_and_a_new_version_brings_it_back(templated: Work) -> None:
    object_templates.withdraw(templated, "forskola")
    assert object_templates.by_code(templated) == {}
    with pytest.raises(NotFoundError):
        object_templates.withdraw(templated, "forskola")
    object_templates.save(templated, preschool(), seen_version=1)
    assert list(object_templates.by_code(templated)) == ["forskola"]


def test_only_finance_changes_what_things_cost(templated: Work) -> None:
    committee = factories.committee(templated)
    planner = Work(templated.session, factories.user(templated, "anna", Role.PLANNER, committee))
    with pytest.raises(NotAllowedError):
        object_templates.save(planner, preschool(), seen_version=1)
    with pytest.raises(NotAllowedError):
        reference_objects.add(planner, KNOWN)
    assert object_templates.by_code(planner)


def test_a_proposal_is_of_a_type_that_has_or_had_a_template(templated: Work) -> None:
    factories.committee(templated)
    found = factories.planning_round(templated)
    object_templates.withdraw(templated, "forskola")
    assert (
        proposals.create(templated, found.id, factories.facts(object_type="forskola")).object_type
        == "forskola"
    )
    with pytest.raises(InvalidInputError, match="objekttyp"):
        proposals.create(templated, found.id, factories.facts("KS 2026/0002", object_type="slott"))


def test_an_object_is_compared_with_until_it_is_taken_away(templated: Work) -> None:
    row = reference_objects.add(templated, KNOWN)
    assert reference_objects.of_type(templated, "forskola") == [KNOWN]
    assert reference_objects.of_type(templated, None) == reference_objects.of_type(templated, "x") == []
    reference_objects.remove(templated, row.id)
    assert reference_objects.everything(templated) == []
    with pytest.raises(NotFoundError):
        reference_objects.remove(templated, row.id)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": ""}, "name"), ({"object_type": "x"}, "object_type"), ({"outlay_ore": 0}, "outlay"),
        ({"m2": None, "places": None}, "area_m2"), ({"year": 1}, "year"), ({"places": 0}, "places"),
    ],
)  # fmt: skip
def test_an_object_that_cannot_be_compared_with_is_refused(
    templated: Work, changes: dict[str, object], name: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        reference_objects.add(templated, replace(KNOWN, **changes))  # type: ignore[arg-type]
    assert name in refused.value.fields


def workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for line, row in enumerate(
        [
            ["Projekt", "Typ", "Klart år", "Kostnad, kr", "Yta"],
            ["Förskolan Kobben", "Förskola", 2021, 61_000_000, 1500],
            ["Förskolan Bryggan", "Förskola", 2023, 74_500_000.5, 1720],
        ]
    ):
        sheet.write_row(line, 0, row)
    book.close()
    return file.getvalue()


@pytest.mark.parametrize(("content", "name"), [(FILE.encode(), "egna.csv"), (workbook(), "egna.xlsx")])
def test_a_file_of_objects_is_read_whole(templated: Work, content: bytes, name: str) -> None:
    assert reference_objects.read_in(templated, content, name, key="k") == 2
    assert reference_objects.read_in(templated, content, name, key="k") == 2
    found = {one.name: one for one in reference_objects.of_type(templated, "forskola")}
    assert found["Förskolan Kobben"].outlay_ore == 61_000_000_00
    bryggan = found["Förskolan Bryggan"]
    assert (bryggan.outlay_ore, bryggan.price_level_year, bryggan.m2) == (74_500_000_50, 2023, 1720)


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("61 000 000", "1.500"), 2, "har en punkt"),
        (("1 720", "1,5"), 3, "inte ett heltal"),
        (("forskola", "Slott"), 3, "har ingen mall"),
        (("Utgift", "Annat"), 1, "saknar kolumnen utgift"),
        (("61 000 000", "0"), 2, "över noll"),
    ],
)
def test_one_bad_line_and_nothing_is_read(
    templated: Work, change: tuple[str, str], line: int, told: str
) -> None:
    with pytest.raises(RefusedFileError) as refused:
        reference_objects.read_in(templated, FILE.replace(*change).encode(), "egna.csv")
    assert [(fault.line, told in str(fault.note)) for fault in refused.value.faults] == [(line, True)]
    assert reference_objects.everything(templated) == []


def test_an_empty_or_false_file_is_refused(templated: Work, tmp_path: Path) -> None:
    for content, name in ((b"", "a.csv"), (b"PK\x03\x04", "a.csv"), (FILE.splitlines()[0].encode(), "a.csv")):
        with pytest.raises(RefusedFileError):
            reference_objects.read_in(templated, content, name)
