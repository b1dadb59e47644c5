"""Need against capacity out of the database: forecasts, premises, and what the council has decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import shapely

from investplan.domain.object_templates import Basis, ObjectTemplate
from investplan.domain.populations import PopulationScenario
from investplan.domain.premise_uses import PremiseUse
from investplan.errors import ConflictError, InvalidInputError
from investplan.services import needs, object_templates, organisations, populations, premises
from investplan.services.work import Work
from tests import factories

PUPILS = {2026: 640, 2027: 655, 2028: 672, 2029: 690, 2030: 705, 2031: 712, 2032: 708}
FILE = (
    "objekt;namn;användning;område;platser;upplåtelse;avtal till;skick\n"
    "1;Norrskolan;grundskola;Norra;600;;;\n"
    "2;Paviljongen;skola;Norra;60;inhyrt;2028-06-30;slitet\n"
    "3;Gamla skolan;skola;Norra;90;;;utdömd\n"
    "4;Söderskolan;skola;Södra;100;;;\n"
)


def forecast(work: Work, scenario: PopulationScenario = PopulationScenario.BASE, more: int = 0) -> None:
    series = {
        ("Norra", year): {age: (pupils + more) * 100 if 6 <= age <= 15 else 0 for age in range(101)}
        for year, pupils in PUPILS.items()
    }
    populations.add(work, vintage="2026-05", scenario=scenario, series=series)


def profile(work: Work, **changes: Any) -> Any:
    given = {"age_from": 6, "age_to": 15, "participation_permille": 1000, "municipal_permille": 1000,
             "fill_permille": 950, **changes}  # fmt: skip
    return premises.set_profile(work, PremiseUse.SCHOOL, **given)


def take(work: Work, text: str = FILE, **more: Any) -> int:
    return premises.take(work, premises.stage(text.encode(), "lokaler.csv"), **more)


def test_the_worked_example_comes_out_of_the_database_and_a_lease_ends(work: Work) -> None:
    forecast(work)
    profile(work)
    take(work)
    found = needs.compute(work)
    (row,) = found.rows
    assert (row.area, row.use, found.vintage) == ("Norra", PremiseUse.SCHOOL, "2026-05")
    # The pavilion is there until the summer of 2028; a condemned school has no places.
    assert list(row.base.capacity.values()) == [660, 660, 600, 600, 600, 600, 600]
    assert [row.base.of(year) for year in (2026, 2027, 2028)] == [-14, -30, -108]
    assert found.outside == ("Södra",)


def test_low_and_high_are_there_when_the_forecast_has_them(work: Work) -> None:
    forecast(work)
    forecast(work, PopulationScenario.HIGH, 20)
    profile(work)
    (row,) = needs.compute(work).rows
    assert list(row.by_scenario) == [PopulationScenario.BASE, PopulationScenario.HIGH]
    assert row.by_scenario[PopulationScenario.HIGH].need[2026] == 695


def test_without_a_profile_nothing_is_computed_and_that_is_told(work: Work) -> None:
    take(work)
    assert needs.compute(work).unset == (PremiseUse.SCHOOL,)
    forecast(work)
    assert needs.compute(work).rows == ()


def test_a_proposal_is_told_what_its_area_lacks(work: Work) -> None:
    forecast(work)
    profile(work)
    take(work)
    organisations.add_district(
        work, code="N", name="Norra", valid_from=date(2020, 1, 1),
        geometry=shapely.to_wkb(shapely.box(583_000, 6_280_000, 584_000, 6_281_000)),
    )  # fmt: skip
    factories.committee(work)
    round_id = factories.planning_round(work).id
    school = factories.submitted_proposal(work, round_id, title="Norrskolan, tillbyggnad")
    road = factories.submitted_proposal(work, round_id, "KS 2026/0002", title="Ny gångbro")
    found = needs.of_proposal(work, school)
    assert found is not None
    assert (found.area, found.base.of(2028)) == ("Norra", -108)
    assert needs.of_proposal(work, road) is None


def test_the_object_type_says_what_places_are_for_and_only_then_the_title(work: Work) -> None:
    factories.committee(work)
    round_id = factories.planning_round(work).id
    for code, name, use in (
        ("f", "Förskola", PremiseUse.PRESCHOOL),
        ("l", "Lekplats", PremiseUse.OTHER),
        ("g", "Gata", None),
    ):
        template = ObjectTemplate(code, name, Basis.M2, 1_000_00, 2026, use=use)
        object_templates.save(work, template, seen_version=0)
    named = (
        {"object_type": "f", "title": "Sörgården"},
        {"object_type": "l", "title": "Lekplats vid Norrskolan"},
    )
    unnamed = {"object_type": "g", "title": "Norrskolan"}, {"title": "Norrskolan"}, {"title": "Ny bro"}
    made = [
        factories.submitted_proposal(work, round_id, f"KS 2026/000{place}", **stated)
        for place, stated in enumerate([*named, *unnamed], start=1)
    ]
    object_templates.withdraw(work, "f")
    uses = object_templates.uses(work)
    assert [needs.use_of(one, uses) for one in made] == [
        PremiseUse.PRESCHOOL,
        None,
        PremiseUse.SCHOOL,
        PremiseUse.SCHOOL,
        None,
    ]


def test_a_file_changes_what_is_there_and_leaves_the_rest(work: Work) -> None:
    assert take(work, key="a") == 4
    assert take(work, key="a") == 4
    take(work, "kod;namn;verksamhet;område;kapacitet\n1;Norrskolan;skola;Norra;640\n")
    assert {one.code: one.places for one in premises.everything(work)} == {
        "1": 640,
        "2": 60,
        "3": 90,
        "4": 100,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("objekt;namn\n1;A\n", "Kolumner saknas: användning, område, platser."),
        (FILE.replace("600", "-600"), "är inte ett helt tal"),
        (FILE.replace("600", "sexhundra"), "är inte ett helt tal"),
        (FILE.replace("grundskola", "bageri"), "”bageri” är inget av"),
        (FILE.replace("2028-06-30", "till sommaren"), "är inget datum"),
        (FILE.replace("\n2;", "\n1;"), "står redan på rad 2"),
        (FILE.replace(";600;", ";;"), "Antalet platser saknas"),
        ("", "Filen är tom."),
    ],
)
def test_a_file_with_a_fault_is_refused_whole_with_the_line(work: Work, text: str, words: str) -> None:
    with pytest.raises(premises.RefusedPremisesError) as refused:
        take(work, text)
    assert words in " ".join(str(one.note) for one in refused.value.faults)
    assert premises.everything(work) == []


def test_rates_are_refused_beyond_a_whole_and_never_overwritten_unseen(work: Work) -> None:
    with pytest.raises(InvalidInputError) as refused:
        profile(work, fill_permille=0, age_to=3)
    assert set(refused.value.fields) == {"fill_permille", "age_to"}
    profile(work)
    with pytest.raises(ConflictError):
        profile(work)
    assert profile(work, seen_version=1).version == 2
