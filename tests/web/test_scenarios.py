from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.services import rounds, scenarios
from investplan.services.work import Work
from tests import prepared_plans
from tests.factories import MNKR
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def scenario_id(site: Site, writing: Opening) -> int:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        return prepared_plans.scenario(work, found).id


def _fields(site: Site, **changes: str) -> dict[str, str]:
    un = site.organisation_ids["UN"]
    return {
        "key": "k1",
        "name": "Lågt tak",
        "note": "Prövar 40 mnkr",
        "value_basis": "points",
        "weight-behov": "62,5",
        "weight-risk": "37,5",
        "ceiling-2027": "40",
        "ceiling-2028": "0",
        "ceiling-2029": "",
        "ceiling-carry": "y",
        f"limit{un}-2027": "1 234,567",
        "shares-0-code": "",
        "shares-0-bound": "min_share",
        "shares-0-where": "category=reinvestment",
        "shares-0-percent": "12,5",
        "previous_run_id": "",
        **changes,
    }


def test_an_empty_round_says_what_a_scenario_is(finance: FlaskClient) -> None:
    page = finance.get("/scenarios").text
    assert "Inga scenarier än" in page
    assert "Nytt scenario" in page


def test_a_scenario_is_written_as_typed(finance: FlaskClient, site: Site, looking: Opening) -> None:
    answer = finance.post("/scenarios", data=_fields(site))
    assert answer.status_code == 303
    with looking() as work:
        (made,) = scenarios.of_round(work, site.round_id)
        facts = scenarios.facts_of(made)
    assert facts.weights == {"behov": 625, "risk": 375}
    by_code = {limit.code: limit for limit in facts.limits}
    # Empty is no limit, nought is nothing at all.
    assert by_code["ceiling"].max_ore_by_year == {2027: 40 * MNKR, 2028: 0}
    assert by_code["ceiling"].carry_over
    assert by_code["frame UN"].row == "frame:UN"
    assert by_code["frame UN"].max_ore_by_year == {2027: 1234_567_000_00}
    assert by_code["share 1"].extra == {"where": {"category": "reinvestment"}, "min_share": "0.125"}
    shown = finance.get(answer.headers["Location"]).text
    assert "Lågt tak" in shown
    assert "minst 12,5" in shown


def test_the_same_form_twice_is_one_scenario(finance: FlaskClient, site: Site, looking: Opening) -> None:
    first = finance.post("/scenarios", data=_fields(site))
    again = finance.post("/scenarios", data=_fields(site))
    assert first.headers["Location"] == again.headers["Location"]
    with looking() as work:
        assert len(scenarios.of_round(work, site.round_id)) == 1


def test_faults_stand_at_their_fields_and_what_was_typed_is_kept(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    wrong = {"weight-behov": "63", "ceiling-2027": "1.500", "name": "", "shares-0-percent": "130"}
    answer = finance.post("/scenarios", data=_fields(site, **wrong))
    assert answer.status_code == 422
    for name in ("ceiling-2027", "shares-0-percent"):
        assert f'href="#{name}"' in answer.text
        assert f'id="{name}-error"' in answer.text
    assert 'value="1.500"' in answer.text
    assert "Prövar 40 mnkr" in answer.text
    answer = finance.post("/scenarios", data=_fields(site, **{"weight-behov": "63", "name": ""}))
    assert answer.status_code == 422
    assert "Vikterna ska tillsammans vara 100 procent. Nu är de 100,5." in answer.text
    assert 'href="#name"' in answer.text
    with looking() as work:
        assert scenarios.of_round(work, site.round_id) == []


def test_a_share_row_can_be_added_without_scripts(finance: FlaskClient, site: Site, looking: Opening) -> None:
    answer = finance.post("/scenarios", data=_fields(site, add_row="shares"))
    assert answer.status_code == 200
    assert 'name="shares-1-percent"' in answer.text
    answer = finance.post("/scenarios", data=_fields(site, remove_row="shares-0"))
    assert 'name="shares-0-percent" value="12,5"' not in answer.text
    with looking() as work:
        assert scenarios.of_round(work, site.round_id) == []


def test_saving_changes_nothing_that_the_form_does_not_show(
    finance: FlaskClient, site: Site, scenario_id: int, looking: Opening, writing: Opening
) -> None:
    odd = scenarios.LimitFacts("whole", "Allt", "investment", {}, extra={"max_total_ore": 5 * MNKR})
    with writing() as work:
        facts = scenarios.facts_of(scenarios.find(work, scenario_id))
        rule = scenarios.RuleFacts("r1", "forbid", {"proposal": "KS 2026/0105"})
        changed = scenarios.ScenarioFacts(name=facts.name, limits=(*facts.limits, odd), rules=(rule,))
        version = scenarios.save(work, scenario_id, changed, seen_version=1).version
        before = scenarios.to_json(scenarios.find(work, scenario_id))
    page = finance.get(f"/scenarios/{scenario_id}/edit").text
    data = _inputs(page)
    assert data["version"] == str(version)
    assert finance.post(f"/scenarios/{scenario_id}/edit", data=data).status_code == 303
    with looking() as work:
        after = scenarios.to_json(scenarios.find(work, scenario_id))
    key = lambda limit: limit["code"]  # noqa: E731 - a sort key used twice
    assert sorted(after.pop("limits"), key=key) == sorted(before.pop("limits"), key=key)
    assert after.pop("weights") == {"behov": 600, "risk": 400}  # the round's own, now written out
    for name in ("version", "weights"):
        before.pop(name)
        after.pop(name, None)
    assert after == before


def _inputs(page: str) -> dict[str, str]:
    """Names and values of the page's main form, as a browser would send them."""
    form = page[page.index('class="form form--wide"') :]
    form = form[: form.index("<template")] + form[form.index("</template>") :]
    data: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form[: form.index("</form>")]):
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and (kind is None or kind[1] not in ("radio", "checkbox") or " checked" in tag):
            data[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        data[name] = chosen[1] if chosen else ""
    note = re.search(r'name="note"[^>]*>\n(.*?)</textarea>', form, re.DOTALL)
    return {**data, "note": note[1] if note else ""}


def test_two_who_save_at_once_see_both_versions(
    finance: FlaskClient, site: Site, scenario_id: int, looking: Opening, writing: Opening
) -> None:
    data = _inputs(finance.get(f"/scenarios/{scenario_id}/edit").text)
    with writing() as work:
        facts = scenarios.facts_of(scenarios.find(work, scenario_id))
        theirs = scenarios.ScenarioFacts(name="Deras namn", note="Deras", limits=facts.limits)
        scenarios.save(work, scenario_id, theirs, seen_version=1)
    answer = finance.post(
        f"/scenarios/{scenario_id}/edit",
        data={**data, "name": "Mitt namn", "note": "Min", "ceiling-2027": "99"},
    )
    assert answer.status_code == 409
    assert "Deras namn" in answer.text
    assert "Mitt namn" in answer.text
    chosen = {"keep-name": "mine", "keep-note": "theirs", "keep-limit ceiling": "mine", "version": "2"}
    answer = finance.post(
        f"/scenarios/{scenario_id}/edit",
        data={**data, "name": "Mitt namn", "note": "Min", "ceiling-2027": "99", **chosen},
    )
    assert answer.status_code == 303
    with looking() as work:
        found = scenarios.find(work, scenario_id)
        assert (found.name, found.note, found.version) == ("Mitt namn", "Deras", 3)
        assert scenarios.facts_of(found).limits[0].max_ore_by_year[2027] == 99 * MNKR


def test_the_page_shows_what_is_asked_for_and_what_cannot_compete(
    finance: FlaskClient, scenario_id: int
) -> None:
    page = finance.get(f"/scenarios/{scenario_id}").text
    assert "Äskat mot utrymmet" in page
    assert "Tanken" in page
    assert "Skedet Behovsanalys kan starta tidigast 2029" in page
    assert "över taket" in page


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (
            "requires",
            {"proposal": "KS 2026/0101", "needs": "KS 2026/0102", "lag_years": "1"},
            "startar minst 1 år efter",
        ),
        (
            "at_most",
            {"members-0-proposal": "KS 2026/0101", "members-1-proposal": "KS 2026/0102", "count": "1"},
            "Högst 1 av",
        ),
        (
            "all_or_none",
            {"members-0-proposal": "KS 2026/0101", "members-1-proposal": "KS 2026/0102"},
            "Alla eller inget av",
        ),
        (
            "coordinate",
            {
                "members-0-proposal": "KS 2026/0101",
                "members-1-proposal": "KS 2026/0102",
                "saving": "1,5",
                "points": "3",
            },
            "Samordnas om de startar samma år",
        ),
        ("fix", {"choice": "KS 2026/0101|", "start": "2028"}, "ska vara med och starta 2028"),
        ("forbid", {"choice": "KS 2026/0101|build", "start": ""}, "får inte vara med som alternativ build"),
    ],
)
def test_each_kind_of_rule_is_added_and_holds(
    finance: FlaskClient, scenario_id: int, writing: Opening, kind: str, fields: dict[str, str], words: str
) -> None:
    assert finance.get(f"/scenarios/{scenario_id}/rules/new?kind={kind}").status_code == 200
    answer = finance.post(f"/scenarios/{scenario_id}/rules", data={"kind": kind, "version": "1", **fields})
    assert answer.status_code == 303
    assert words in finance.get(f"/scenarios/{scenario_id}").text
    with writing() as work:  # the optimiser takes it
        assert prepared_plans.plan_of(work, scenarios.find(work, scenario_id)).status == "optimal"
    gone = finance.post(f"/scenarios/{scenario_id}/rules/remove", data={"code": "r1", "version": "2"})
    assert gone.status_code == 303
    assert words not in finance.get(f"/scenarios/{scenario_id}").text


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("requires", {"proposal": "KS 2026/0101", "needs": "KS 2026/0101"}, "needs"),
        ("requires", {"proposal": "nej", "needs": "KS 2026/0101", "lag_years": "x"}, "lag_years"),
        ("at_most", {"members-0-proposal": "KS 2026/0101", "members-1-proposal": "KS 2026/0101"}, "members"),
        (
            "coordinate",
            {"members-0-proposal": "KS 2026/0101", "members-1-proposal": "KS 2026/0102", "saving": "1.5"},
            "saving",
        ),
        ("fix", {"choice": "", "start": "1999"}, "start"),
    ],
)
def test_a_rule_with_faults_is_shown_again(
    finance: FlaskClient, scenario_id: int, kind: str, fields: dict[str, str], field: str
) -> None:
    answer = finance.post(f"/scenarios/{scenario_id}/rules", data={"kind": kind, "version": "1", **fields})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_rule_of_an_unknown_kind_is_not_found(finance: FlaskClient, scenario_id: int) -> None:
    assert finance.get(f"/scenarios/{scenario_id}/rules/new?kind=x").status_code == 404
    assert finance.post(f"/scenarios/{scenario_id}/rules", data={"kind": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["planner", "council_viewer"])
def test_others_look_but_do_not_write(
    sign_in_as: Callable[[str], FlaskClient], site: Site, scenario_id: int, who: str
) -> None:
    client = sign_in_as(who)
    page = client.get(f"/scenarios/{scenario_id}")
    assert page.status_code == 200
    assert "Ändra scenariot" not in page.text
    assert "Lägg till regel" not in page.text
    for path in (
        "/scenarios/new",
        f"/scenarios/{scenario_id}/edit",
        f"/scenarios/{scenario_id}/rules/new?kind=fix",
    ):
        assert client.get(path).status_code == 403
    for path in ("/scenarios", f"/scenarios/{scenario_id}/edit", f"/scenarios/{scenario_id}/rules", "/runs"):
        assert client.post(path, data=_fields(site)).status_code == 403
