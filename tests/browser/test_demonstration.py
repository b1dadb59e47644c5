"""What a newcomer does: `investplan demo`, then the main job in a browser, with the real worker of `serve`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, assert_accessible, keep_picture
from tests.servers import answers, free_port, kill_group, wait_until

pytestmark = pytest.mark.browser
MAIN_SCENARIO = re.compile("Majoritetens förslag")


@dataclass(frozen=True)
class Demo:
    url: str
    folder: Path
    passwords: dict[str, str]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "investplan", *arguments],
            cwd=ROOT, env=_environment(self.folder), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INVESTPLAN_")}
    return {**kept, "INVESTPLAN_DATA_DIR": str(folder)}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """`investplan demo` as a process of its own, with its worker."""
    port, log = free_port(), tmp_path / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "investplan", "demo", "--port", str(port)],
            cwd=ROOT, env=_environment(tmp_path / "data"), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port), 60, f"the demo answers: {log.read_text()[-500:]}", 0.2)
        passwords = dict(re.findall(r"^\s+(\S+)\s+(demo-\S+)\s", log.read_text(), re.MULTILINE))
        yield Demo(f"http://127.0.0.1:{port}", tmp_path / "data", passwords)
        process.terminate()
        process.wait(20)
    finally:
        kill_group(process)


def _sign_in(browser: Browser, demo: Demo, username: str) -> Page:
    page = browser.new_context(
        base_url=demo.url, locale="sv-SE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    ).new_page()
    page.goto("/")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(demo.passwords[username])
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Budget 2027")
    return page


def _frame_of_2030(page: Page) -> str:
    page.goto("/frames/UN?year=2030")
    return str(page.locator(".key-figures").inner_text())


def test_the_demo_runs_to_a_proven_plan_is_adopted_and_changes_the_frames(
    browser: Browser, demo: Demo
) -> None:
    page = _sign_in(browser, demo, "ekonomi")
    before = _frame_of_2030(page)
    page.goto("/scenarios")
    page.get_by_role("main").get_by_role("link", name=MAIN_SCENARIO).first.click()
    page.get_by_role("button", name="Kör", exact=True).click()
    began = time.monotonic()
    expect(page.get_by_role("main")).to_contain_text("kvar)", timeout=30_000)
    keep_picture(page, "demo-run")
    expect(page.get_by_role("link", name="Visa planen")).to_be_visible(timeout=70_000)
    assert time.monotonic() - began < 75
    page.get_by_role("link", name="Visa planen").click()
    expect(page.get_by_role("main")).to_contain_text("Klar, inom målet")
    run_id = re.search(r"/runs/(\d+)/plan", page.url)
    assert run_id is not None
    plan = page.request.get(f"/runs/{run_id[1]}/plan.json").json()
    assert (plan["status"], plan["checked"]) == ("optimal", True)
    assert plan["gap"] <= 0.01
    assert_accessible(page)
    page.get_by_role("link", name="Registrera beslut").click()
    page.get_by_label("Beslutsdatum").fill("2026-11-23")
    page.get_by_label("Paragraf").fill("301")
    page.get_by_label("Vad beslutet gäller").fill("Verksamhetsplan med budget 2027")
    page.get_by_role("button", name="Registrera beslutet").click()
    page.locator("dialog[open]").get_by_role("button", name="Registrera beslutet").click()
    expect(page.get_by_role("main")).to_contain_text("Beslutad och låst", timeout=30_000)
    assert_accessible(page)
    assert _frame_of_2030(page) != before
    keep_picture(page, "demo-frame")
    _anyone_can_check(demo, page, run_id[1])


def _anyone_can_check(demo: Demo, page: Page, run_id: str) -> None:
    for name in ("case.json", "plan.json"):
        (demo.folder / name).write_bytes(page.request.get(f"/runs/{run_id}/{name}").body())
    verified = demo.command("verify", str(demo.folder / "case.json"), str(demo.folder / "plan.json"))
    assert (verified.returncode, verified.stdout.strip()) == (0, "accepted")
    checked = demo.command("check")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("clean")
