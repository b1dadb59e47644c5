from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from investplan.domain.consultations import Decider, ReplyFacts, Stance
from investplan.domain.secrecy import SecretPart
from investplan.domain.statements import Impact, ImpactCheck, Risk, SteeringKind, SteeringLink
from investplan.services import (
    comments,
    consultations,
    investigation_requests,
    proposal_records,
    proposals,
    replies,
    secrecy_marks,
    stage_moves,
)
from investplan.services.consultations import Asked
from investplan.services.investigation_requests import AskedMoney
from investplan.services.stage_moves import StatedMove
from investplan.services.work import Work
from tests.web.conftest import Site


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_officers_report_says_what_is_asked_for_and_what_it_costs(
    planner: FlaskClient, site: Site
) -> None:
    answer = planner.get(f"/proposals/{site.submitted_id}/papers/report.pdf")
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=ks-2026-0002-tjansteskrivelse")
    told = text_of(answer.data)
    assert "Tjänsteskrivelse" in told
    assert "Norrskolan, ny matsal" in told
    assert "Utbildningsnämnden godkänner förslaget" in told
    assert "10,0 mnkr" in told
    assert "Summa Utbildningsnämnden" in told
    assert "Summa kommunen" in told
    assert "Räknat med parametrarna" in told


def test_the_sheet_and_the_page_tell_the_same_cost(planner: FlaskClient, site: Site) -> None:
    page = planner.get(f"/proposals/{site.submitted_id}").text.replace("\xa0", " ")
    own = page.split("Nämndens kostnad", 1)[1]
    figure = re.search(r">\s*([\d ]*\d)\s*<", own)
    assert figure is not None
    told = text_of(planner.get(f"/proposals/{site.submitted_id}/papers/sheet.pdf").data)
    assert f"{figure[1]} tkr" in told.replace("\xa0", " ")


def test_the_sheet_is_one_page_with_a_map_told_in_words(planner: FlaskClient, site: Site) -> None:
    answer = planner.get(f"/proposals/{site.submitted_id}/papers/sheet.pdf")
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 1
    assert "Rött: förslagets plats" in text_of(answer.data)


@pytest.mark.parametrize("paper", ["report.pdf", "sheet.pdf", "case.zip"])
def test_others_drafts_have_no_papers_for_a_planner(planner: FlaskClient, site: Site, paper: str) -> None:
    assert planner.get(f"/proposals/{site.other_draft_id}/papers/{paper}").status_code == 404


def test_a_draft_that_says_nearly_nothing_still_has_its_papers(planner: FlaskClient, site: Site) -> None:
    for paper in ("report.pdf", "sheet.pdf"):
        assert planner.get(f"/proposals/{site.draft_id}/papers/{paper}").status_code == 200


def test_the_case_holds_every_version_and_a_list_with_the_hash_of_each_file(
    planner: FlaskClient, site: Site
) -> None:
    answer = planner.get(f"/proposals/{site.submitted_id}/papers/case.zip")
    assert answer.status_code == 200
    assert answer.content_type == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    listed = json.loads(archive.read("innehall.json"))
    assert {one["name"] for one in listed["files"]} == set(archive.namelist()) - {"innehall.json"}
    for one in listed["files"]:
        assert hashlib.sha256(archive.read(one["name"])).hexdigest() == one["sha256"]
    record = json.loads(archive.read("forslag.json"))
    assert record["title"] == "Norrskolan, ny matsal"
    assert "versioner/0001.json" in archive.namelist()
    assert "papper/forslagsblad.pdf" in archive.namelist()
    log = archive.read("historik.csv").decode("utf-8-sig")
    assert "Lämnade in" in log
    assert log.splitlines()[0] == "Nr;När;Vem;Vad;Skäl"


def test_another_committee_reads_the_papers_of_what_is_submitted_but_not_its_case(
    other_planner: FlaskClient, site: Site
) -> None:
    address = f"/proposals/{site.submitted_id}/papers"
    assert other_planner.get(f"{address}/sheet.pdf").status_code == 200
    assert other_planner.get(f"{address}/case.zip").status_code == 403
    assert "case.zip" not in other_planner.get(f"/proposals/{site.submitted_id}").text


def test_a_reply_stands_in_the_report_and_in_the_case(
    planner: FlaskClient, site: Site, writing: Callable[[], AbstractContextManager[Work]]
) -> None:
    with writing() as work:
        asked = consultations.ask(
            work,
            site.submitted_id,
            Asked(date(2099, 1, 31), {site.organisation_ids["KFN"]: True}, "Hur berörs ni?"),
        )
        reply = ReplyFacts(Stance.SUPPORTS_CHANGED, "Vi behöver låna salen.", Decider.DELEGATION, work.today)
        replies.give(work, asked.parties[0].id, reply, on_behalf_note="Per telefon")
    address = f"/proposals/{site.submitted_id}/papers"
    told = text_of(planner.get(f"{address}/report.pdf").data)
    assert "Kultur- och fritidsnämnden" in told
    assert "Vi behöver låna salen." in told
    archive = zipfile.ZipFile(io.BytesIO(planner.get(f"{address}/case.zip").data))
    (name,) = [one for one in archive.namelist() if one.startswith("samrad/")]
    assert json.loads(archive.read(name))["parties"][0]["replies"][0]["text"] == "Vi behöver låna salen."


def test_the_case_holds_moves_between_stages_money_asked_for_and_comments(
    planner: FlaskClient, site: Site, writing: Callable[[], AbstractContextManager[Work]]
) -> None:
    with writing() as work:
        stated = StatedMove(reason="Väntar på detaljplanen")
        seen = proposals.find(work, site.submitted_id).version
        stage_moves.move(work, site.submitted_id, "rest", stated, seen_version=seen)
        investigation_requests.ask(work, site.draft_id, AskedMoney(2027, 500_000_50, "Geoteknik", "UN"))
        comments.write(
            Work(work.session, site.actors["planner"], work.now), site.draft_id, "Glöm inte bullret."
        )
    rested = planner.get(f"/proposals/{site.submitted_id}/papers/case.zip").data
    (move,) = json.loads(zipfile.ZipFile(io.BytesIO(rested)).read("beslut/grindar.json"))
    assert (move["kind"], move["reason"], move["to"][1]) == ("rest", "Väntar på detaljplanen", "dormant")
    archive = zipfile.ZipFile(io.BytesIO(planner.get(f"/proposals/{site.draft_id}/papers/case.zip").data))
    (asked,) = json.loads(archive.read("beslut/utredningsmedel.json"))
    assert (asked["amount"], asked["purpose"], asked["round"]) == (500_000.5, "Geoteknik", "Budget 2027")
    (comment,) = json.loads(archive.read("kommentarer.json"))
    assert comment["text"] == "Glöm inte bullret."


def test_the_report_tells_why_risks_and_impacts_and_what_is_not_looked_into(
    planner: FlaskClient,
    other_planner: FlaskClient,
    site: Site,
    writing: Callable[[], AbstractContextManager[Work]],
) -> None:
    with writing() as work:
        proposal = proposals.find(work, site.submitted_id)
        facts = replace(
            proposal_records.facts(proposal),
            without_action="Eleverna äter i klassrummen.",
            steering=(SteeringLink(SteeringKind.STEERING_GOAL, "En skola för alla", "KF 2025 § 12"),),
            risks=(
                Risk("Marken är förorenad", 2, 3, "Provta", "Projektledaren"),
                Risk("Överklagad plan", 4, 4),
            ),
            impacts=(
                ImpactCheck(Impact.CHILDREN, True, "Säkrare skolväg"),
                ImpactCheck(Impact.CLIMATE_EFFECT, True, "Betong", tonnes=1200),
            ),
        )
        saved = proposals.save(work, proposal.id, facts, seen_version=proposal.version)
        secrecy_marks.save(work, saved.id, {SecretPart.RISKS: "19 kap. 3 § OSL"}, seen={})
    address = f"/proposals/{site.submitted_id}/papers/report.pdf"
    told = text_of(planner.get(address).data).replace("\xa0", " ")
    assert "Eleverna äter i klassrummen." in told
    assert "En skola för alla (KF 2025 § 12)" in told
    assert told.index("Överklagad plan") < told.index("Marken är förorenad")
    assert "Provta, Projektledaren" in told
    assert "1 200 ton CO₂e, Betong" in told
    assert told.count("inte prövat") == 3
    other = text_of(other_planner.get(address).data)
    assert "Säkrare skolväg" in other
    assert "förorenad" not in other
    assert "inga risker att nämna" not in other
