"""A proposal is sent out, the asked party replies with its own costs, and the asker answers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from investplan.services import proposals
from investplan.services.work import begin
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


def look_at(page: Page, name: str, width: int) -> None:
    assert_accessible(page)
    keep_picture(page, f"consultations-{name}-{width}")


def ask(page: Page, proposal_id: int, width: int) -> None:
    page.goto(f"/proposals/{proposal_id}")
    expect(page.get_by_text("Förslaget har inte varit på remiss.")).to_be_visible()
    page.get_by_role("link", name="Skicka på remiss").click()
    expect(page.get_by_text("äger lokalerna").first).to_be_visible()
    page.get_by_text("Andra nämnder och bolag").first.click()
    page.get_by_role("checkbox", name="Fråga Kultur- och fritidsnämnden").check()
    page.get_by_role("checkbox", name="Berörd Kultur- och fritidsnämnden").check()
    page.get_by_label("Följebrev").fill("Matsalen kan också användas av föreningar på kvällar.")
    page.get_by_label("Färdiga frågor").select_option("general")
    page.get_by_role("button", name="Hämta frågorna").click()
    page.get_by_label("Svar senast").fill("2020-01-01")
    page.locator("form").get_by_role("button", name="Skicka på remiss").last.click()
    expect(page.get_by_role("heading", name="Något behöver rättas")).to_be_visible()
    look_at(page, "ask-error", width)
    page.get_by_label("Svar senast").fill("2099-05-29")
    look_at(page, "ask", width)
    page.locator("form").get_by_role("button", name="Skicka på remiss").last.click()
    expect(page.get_by_text("Remissen är skickad till 2 parter.")).to_be_visible()
    look_at(page, "asked", width)


def reply(page: Page, width: int) -> None:
    page.goto("/")
    page.goto("/consultations")
    look_at(page, "list", width)
    page.get_by_role("link", name=re.compile("Svara.*Norrskolan")).click()
    look_at(page, "reply-empty", width)
    page.get_by_label("Tillstyrker med ändring").check()
    page.get_by_label("Yttrande").fill("Vi vill ha tillträde kvällstid och tar då städningen.")
    page.get_by_role("button", name="Lägg till kostnad eller besparing").click()
    page.locator("#costs-0-amount").fill("85 000")
    page.locator("#costs-0-note").fill("Kvällsstädning")
    page.locator("#costs-0-kind").select_option("cleaning")
    page.get_by_role("button", name="Spara utkast").last.click()
    expect(page.get_by_text("Utkastet är sparat")).to_be_visible()
    page.get_by_role("button", name="Lämna svaret").click()
    expect(page.get_by_text("Ange när svaret beslutades.").first).to_be_visible()
    look_at(page, "reply-error", width)
    page.get_by_label("Beslutsdatum").fill("2026-05-20")
    page.get_by_role("button", name="Lämna svaret").click()
    expect(page.get_by_text("era kostnader ingår nu i förslaget")).to_be_visible()
    look_at(page, "replied", width)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_proposal_is_sent_out_replied_to_with_costs_and_answered(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    with begin(live.database) as work:
        proposal = proposals.find(work, live.site.submitted_id)
        proposal.alternatives[0].landlord_id = live.site.organisation_ids["SEN"]
        proposal.alternatives[0].area_m2 = 900
    asker = browsing.open("planner", width=width)
    asker.goto("/consultations")
    look_at(asker, "list-empty", width)
    ask(asker, live.site.submitted_id, width)
    replier = browsing.open("other_planner", width=width)
    reply(replier, width)
    asker.reload()
    asker.get_by_role("link", name=re.compile("Besvara.*Kultur- och fritidsnämnden")).click()
    asker.get_by_label("Tas inte in").check()
    asker.get_by_label("Ta bort deras kostnader ur förslaget").check()
    asker.get_by_role("button", name="Spara svaret").click()
    expect(asker.get_by_text("Skriv skälet").first).to_be_visible()
    look_at(asker, "answer-error", width)
    asker.get_by_label("Kommentar eller skäl").fill("Städningen ryms i lokalhyran.")
    asker.get_by_role("button", name="Spara svaret").click()
    expect(asker.get_by_text("Kostnaderna är borttagna ur förslaget.").first).to_be_visible()
    look_at(asker, "answered", width)
    asker.goto(f"/proposals/{live.site.submitted_id}#consultations")
    expect(asker.get_by_role("heading", name="Samråd")).to_be_visible()
    look_at(asker, "on-proposal", width)


def test_finance_keeps_the_questions_at_both_widths(browsing: Browsing) -> None:
    for width in WIDTHS:
        page = browsing.open("finance", width=width)
        page.goto("/consultations/questions")
        look_at(page, "questions", width)
        page.get_by_role("link", name="Lokaler").click()
        look_at(page, "questions-edit", width)
