"""Every macro of web/templates/parts, empty, full and at fault, in a real browser under the service's strict policy."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask_babel
import pytest
from flask import Flask, Response, jsonify, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields import SelectChoice

from investplan.errors import Note
from web import formatting

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "web" / "static" / "vendor"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WIDTHS = [360, 1280]
PAGES = [
    "page",
    "form",
    "form?errors=1",
    "wtform",
    "wtform?errors=1",
    "list",
    "list?q=nothing",
    "run",
    "map",
    "empty",
]
ERRORS = [403, 404, 409, 413, 422, 429, 500, 503]
FIELD_ERRORS = {
    "title": "Skriv en benämning.",
    "need": "Beskriv behovet.",
    "committee": "Välj en nämnd.",
    "kind": "Välj hur det ska göras.",
    "goals": "Välj minst ett mål.",
    "start": "Byggstart kan inte ligga före 2027.",
    "area": "Skriv ytan i hela kvadratmeter.",
    "cost": Note("”%(text)s” har en punkt. Skriv decimaler med komma.", {"text": "1.500"}),
}


class ExampleForm(Form):
    title = StringField("Benämning", [validators.DataRequired("Skriv en benämning.")])
    need = TextAreaField("Behov", [validators.Optional()])
    cost = StringField("Utgift", [validators.DataRequired("Skriv ett belopp.")], description="Utan moms.")
    pupils = IntegerField("Platser", [validators.InputRequired("Skriv antalet platser.")])
    rate = DecimalField("Ränta", [validators.Optional()])
    committee = SelectField("Nämnd", choices=[SelectChoice("a", "Kultur"), SelectChoice("b", "Omsorg")])
    kind = RadioField("Slag", choices=[SelectChoice("x", "Bygga"), SelectChoice("y", "Hyra")])
    goals = SelectMultipleField("Mål", choices=[SelectChoice("1", "Ett"), SelectChoice("2", "Två")])
    start = DateField("Start", [validators.Optional()])
    legal = BooleanField("Lagkrav")
    sheet = FileField("Kalkyl")


def example_rows() -> list[list[Any]]:
    names = [
        ("Förskolan Vitsippan", "Barn- och ungdomsnämnden", "submitted", "Inlämnat", 184_350, 2_100),
        ("Gruppbostad Eklunden", "Omsorgsnämnden", "decided", "Beslutat", 31_900, -450),
        (
            "Gång- och cykelväg längs kusten, etapp 2",
            "Samhällsbyggnadsnämnden",
            "dormant",
            "Vilande",
            18_200,
            0,
        ),
        ("Simhall med undervisningsbassäng", "Kultur- och fritidsnämnden", "draft", "Utkast", 227_700, 3_600),
    ]
    return [
        [
            Markup('<a href="/c/page">{}</a>').format(title),
            committee,
            Markup('<span class="status status--{}">{}</span>').format(code, label),
            "2027",
            formatting.amount(tkr * 100_000, "tkr"),
            formatting.amount(change * 100_000, "tkr", signed=True),
        ]
        for title, committee, code, label, tkr, change in names
    ]


def example_context() -> dict[str, Any]:
    plan = [
        {"year": year, "series": series, "amount_ore": base * (3 + (year * 7) % 4) * 1_000_000_000}
        for year in range(2027, 2033)
        for series, base in [("Samhällsbyggnad", 4), ("Barn och ungdom", 3), ("Omsorg", 1)]
    ]
    return {
        "errors": FIELD_ERRORS if request.args.get("errors") else {},
        "q": request.args.get("q", ""),
        "rows": [],
        "plan": plan,
        "plan_table": [[str(p["year"]), p["series"], formatting.amount(p["amount_ore"], "mnkr")] for p in plan],
        "limits": [{"year": year, "amount_ore": 42_000_000_000} for year in range(2027, 2033)],
        "debt": [
            {"year": year, "series": series, "value": base + (year - 2027) * step}
            for year in range(2027, 2033)
            for series, base, step in [("Bas", 61, 2.4), ("Lägre tak", 61, 0.9)]
        ],
        "moment": datetime(2026, 11, 23, 13, 32, tzinfo=UTC),
        "run": {"state": "running", "state_label": "Räknar", "best": "1 571 poäng", "gap_share": 0.02, "elapsed_seconds": 21, "max_seconds": 60, "note": None},
        "places": [[feature["properties"]["title"], feature["properties"]["status_label"], "Tätort"] for feature in example_features()],
        "page_url": lambda page: f"/c/list?page={page}",
    }  # fmt: skip


def example_features() -> list[dict[str, Any]]:
    kinds = [
        ("draft", "Utkast"), ("submitted", "Inlämnat"), ("decided", "Beslutat"),
        ("dormant", "Vilande"), ("rejected", "Avslaget"), ("cancelled", "Avbrutet"),
    ]  # fmt: skip
    points: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "id": i,
            "geometry": {"type": "Point", "coordinates": [578_000 + 3_000 * i, 6_280_000 + 2_500 * (i % 3)]},
            "properties": {
                "title": f"<b>Plats {i}</b>",
                "status": code,
                "status_label": label,
                "url": "/c/page",
            },
        }
        for i, (code, label) in enumerate(kinds)
    ]
    line = {
        "type": "LineString",
        "coordinates": [[576_000, 6_276_000], [584_000, 6_273_000], [590_000, 6_276_000]],
    }
    properties = {"title": "Cykelväg", "status": "submitted", "status_label": "Inlämnat"}
    return [*points, {"type": "Feature", "id": 99, "geometry": line, "properties": properties}]


def example_outline() -> dict[str, Any]:
    def ring(east: float, north: float, radius: float) -> list[list[float]]:
        turns = [2 * math.pi * i / 36 for i in range(37)]
        return [
            [east + radius * math.cos(a) * (1 + 0.12 * math.sin(5 * a)), north + radius * math.sin(a)]
            for a in turns
        ]

    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring(585_000, 6_280_000, 16_000)]}, "properties": {"kind": "municipality", "name": "Exempel"}},
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring(583_000, 6_281_000, 7_000)]}, "properties": {"kind": "district", "name": "Staden"}},
        ],
    }  # fmt: skip


def make_app() -> Flask:
    app = Flask("components", static_folder=str(ROOT / "web" / "static"))
    app.secret_key = "only for this test"
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent / "components"), FileSystemLoader(ROOT / "web" / "templates")])  # fmt: skip
    flask_babel.Babel(app, default_locale="sv", locale_selector=lambda: request.args.get("lang", "sv"))
    formatting.register(app)
    app.jinja_env.globals.update(asset=lambda name: f"/static/vendor/{name}", csrf_token=lambda: "token")
    app.context_processor(lambda: page_context())
    polled = {"times": 0}

    @app.after_request
    def add_policy(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    @app.get("/c/<name>")
    def show(name: str) -> str:
        context = example_context()
        if name == "list" and not context["q"]:
            context["rows"] = example_rows()
        if name == "form":
            error = "Skriv ett belopp. Är det noll, skriv 0." if context["errors"] else None
            context["rows"] = [
                {"year": "2027", "part": "property", "amount": "12 500", "error": None},
                {"year": "2028", "part": "user", "amount": "" if error else "1 250,5", "error": error},
            ]
        if name == "wtform":
            sent = MultiDict({"pupils": "många"}) if request.args.get("errors") else None
            context["form"] = ExampleForm(sent)
            if sent:
                context["form"].validate()
        polled["times"] = 0
        return render_template(f"{name}.html", **context)

    @app.get("/error/<int:code>")
    def show_error(code: int) -> str:
        return render_template(f"errors/{code}.html", request_id="3f1c9a", max_size=10_000_000, errors={"Utgift": ["Skriv ett belopp."]})  # fmt: skip

    @app.get("/progress")
    def progress() -> str:
        polled["times"] += 1
        active = polled["times"] < 2
        run = {**example_context()["run"], "elapsed_seconds": 22 + polled["times"]}
        run |= {} if active else {"state": "done", "state_label": "Klar", "gap_share": 0.0}
        app.config["POLLED"] = polled["times"]
        return app.jinja_env.from_string(
            '{% from "parts/progress.html" import progress_panel %}'
            '{{ progress_panel("run", "Beräkning", "/progress", run, active, cancel_url="/post", done_url="/c/page") }}'
        ).render(run=run, active=active)

    @app.get("/map/features.json")
    def features() -> Response:
        return jsonify(type="FeatureCollection", features=example_features())

    @app.get("/map/outline.json")
    def outline() -> Response:
        return jsonify(example_outline())

    @app.post("/post")
    def post() -> Response:
        return jsonify(dict(request.form.lists()))

    return app


def page_context() -> dict[str, Any]:
    names = [
        "Översikt",
        "Förslag",
        "Scenarier",
        "Ramar",
        "Karta",
        "Uppföljning",
        "Parametrar",
        "Behörigheter",
    ]
    here = "/c/list"
    return {
        "site": SimpleNamespace(name="Exempelköpings kommun", fictional=True, version="0.1.0"),
        "navigation": [(here if i == 1 else f"/c/page?{i}", name, i == 1) for i, name in enumerate(names)],
        "current_user": SimpleNamespace(
            name="Anna Bergström", role_label="Ekonomi", organisation_name="Kommunstyrelsen"
        ),
        "locale": request.args.get("lang", "sv"),
    }


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    assert (VENDOR / "app.css").exists(), "the bundles are not built: make front"
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def wait_until(page: Page, expression: str, seconds: float = 5) -> None:
    """Wait for a condition. Playwright's own `wait_for_function` evaluates text in the page, which the policy forbids."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not within {seconds} s: {expression}")


class WatchedPage:
    """A page that keeps everything the browser complained about, policy breaches among it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url}"))
        page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self.complaints.append(f"went out: {r.url}"))  # fmt: skip

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        for box in self.page.query_selector_all("[data-map], [data-map-draw]"):
            box.scroll_into_view_if_needed()
        if self.page.query_selector("[data-map]"):
            wait_until(self.page, "document.querySelectorAll('.map[data-ready]').length === document.querySelectorAll('.map').length")  # fmt: skip
        if self.page.query_selector("[data-chart]"):
            wait_until(self.page, "document.querySelectorAll('[data-chart] svg').length === document.querySelectorAll('[data-chart]').length")  # fmt: skip
        return self.page


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests, so that the bundles are fetched and compiled once."""
    made = browser.new_context(locale="sv-SE", reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext, address: str) -> Iterator[WatchedPage]:
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    yield WatchedPage(page, address)
    page.evaluate("localStorage.clear()")
    page.close(run_before_unload=False)


def axe_faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ' ' + n.target.join(' ') + ': ' + n.failureSummary)))"
    )
    return list(found)


@pytest.mark.parametrize("name", [f"/c/{page}" for page in PAGES])
def test_every_component_is_accessible_under_the_policy(watched: WatchedPage, width: int, name: str) -> None:
    watched.page.set_viewport_size({"width": width, "height": 900})
    page = watched.open(name)
    assert axe_faults(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "the page scrolls sideways"
    assert watched.complaints == []


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_page_says_what_happened_and_what_to_do(watched: WatchedPage, code: int) -> None:
    watched.page.set_viewport_size({"width": 360, "height": 800})
    page = watched.open(f"/error/{code}")
    assert axe_faults(page) == []
    assert page.locator("h1").text_content()
    assert page.locator("main p").count() >= 3
    assert watched.complaints == []


def test_every_macro_is_drawn_by_some_example() -> None:
    parts = ROOT / "web" / "templates" / "parts"
    sources = [*(Path(__file__).parent / "components").glob("*.html"), ROOT / "web" / "templates" / "base.html", *parts.glob("*.html")]  # fmt: skip
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    macros = {name for file in parts.glob("*.html") for name in re.findall(r"{% macro (\w+)\(", file.read_text(encoding="utf-8"))}  # fmt: skip
    assert [name for name in sorted(macros) if not re.search(rf"(?<!macro )\b{name}\(", text)] == []


def test_templates_carry_no_inline_style_or_script() -> None:
    templates = list((ROOT / "web" / "templates").rglob("*.html"))
    bad = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*(?:src=|application/json))")
    assert templates
    assert [file.name for file in templates if bad.search(file.read_text(encoding="utf-8"))] == []


def test_licences_list_what_the_bundles_hold() -> None:
    listed = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    for package in ["htmx.org", "ol", "proj4", "vega", "vega-lite", "vega-interpreter"]:
        assert re.search(rf"^{re.escape(package)} [0-9.]+: \S+", listed, re.MULTILINE), package


def map_pixel(page: Page, selector: str, east: float, north: float) -> tuple[float, float]:
    box = page.locator(f"{selector} .map__canvas").bounding_box()
    assert box
    x, y = page.evaluate(
        "([s, e, n]) => document.querySelector(s).investplanMap.getPixelFromCoordinate([e, n])",
        [selector, east, north],
    )
    return box["x"] + x, box["y"] + y


def test_a_drawn_point_ends_up_in_the_fields_and_typing_moves_it(watched: WatchedPage) -> None:
    page = watched.open("/c/map")
    page.locator("#place-map").scroll_into_view_if_needed()
    page.mouse.click(*map_pixel(page, "#place-map", 583_900, 6_277_500))
    wait_until(page, "document.getElementById('wkt').value !== ''")
    north, east = float(page.input_value("#n")), float(page.input_value("#e"))
    assert abs(north - 6_277_500) < 100
    assert abs(east - 583_900) < 100
    drawn = re.fullmatch(r"POINT\(([0-9.]+) ([0-9.]+)\)", page.input_value("#wkt"))
    assert drawn, page.input_value("#wkt")
    assert (round(float(drawn[1])), round(float(drawn[2]))) == (round(east), round(north))
    page.fill("#n", "6 280 000")
    page.fill("#e", "585000")
    page.keyboard.press("Tab")
    assert page.input_value("#wkt") == "POINT(585000 6280000)"
    assert page.input_value("#n") == "6 280 000"
    assert watched.complaints == []


def test_a_drawn_line_and_area_become_wkt(watched: WatchedPage) -> None:
    page = watched.open("/c/map")
    page.locator("#place-map").scroll_into_view_if_needed()
    corners = [(580_000, 6_276_000), (588_000, 6_276_000), (588_000, 6_282_000)]
    for button, start in [("Linje", "LINESTRING("), ("Yta", "POLYGON((")]:
        page.locator("#place-map").get_by_role("button", name=button).click()
        for east, north in corners:
            page.mouse.click(*map_pixel(page, "#place-map", east, north))
            page.wait_for_timeout(300)
        page.mouse.dblclick(*map_pixel(page, "#place-map", *corners[-1]))
        wait_until(page, f"document.getElementById('wkt').value.startsWith('{start}')")
        assert page.input_value("#n") == ""
        page.wait_for_timeout(400)
    page.locator("#place-map").get_by_role("button", name="Ta bort").click()
    assert page.input_value("#wkt") == ""


def test_a_place_on_the_map_tells_its_name_as_text(watched: WatchedPage) -> None:
    page = watched.open("/c/map")
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.click(*map_pixel(page, "#map", 581_000, 6_282_500))
    popup = page.locator("#map .map__popup")
    popup.wait_for(state="visible")
    assert popup.locator("strong").text_content() == "<b>Plats 1</b>"
    assert popup.get_by_role("link").get_attribute("href") == "/c/page"
    assert axe_faults(page) == []
    assert page.locator("#map .map__legend li").all_text_contents() == ["Utkast", "Inlämnat", "Beslutat", "Vilande", "Avslaget", "Avbrutet"]  # fmt: skip


def test_the_map_moves_by_keyboard(watched: WatchedPage) -> None:
    page = watched.open("/c/map")
    centre = "document.querySelector('#map').investplanMap.getView().getCenter()"
    before = page.evaluate(centre)
    page.get_by_role("button", name="Flytta uppåt").first.focus()
    page.keyboard.press("Enter")
    wait_until(page, f"{centre}[1] > {before[1]}")
    box = page.get_by_role("button", name="Zooma in").first.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24


def test_rows_are_added_removed_and_summed_without_reload(watched: WatchedPage) -> None:
    page = watched.open("/c/form")
    total = page.locator("output[data-sum]")
    assert total.text_content() == "13\u00a0750,5"
    page.get_by_role("button", name="Lägg till år").click()
    assert page.evaluate("document.activeElement.name") == "outlays-2-year"
    page.fill("[name=outlays-2-amount]", "0,25")
    assert total.text_content() == "13\u00a0750,75"
    page.get_by_role("button", name="Ta bort rad 1").click()
    assert total.text_content() == "1\u00a0250,75"
    page.get_by_role("button", name="Ta bort rad 1").click()
    assert page.get_by_role("button", name="Ta bort rad 1").is_disabled(), "the last row stays"
    assert page.locator(".unsaved").is_visible()
    assert watched.complaints == []


def test_enter_in_a_row_saves_and_takes_no_row_away(watched: WatchedPage) -> None:
    page = watched.open("/c/form")
    page.press("[name=outlays-0-amount]", "Enter")
    page.locator("pre").wait_for()
    sent = page.locator("pre").text_content() or ""
    assert "remove_row" not in sent
    assert "add_row" not in sent
    assert '"outlays-0-amount"' in sent


def test_rows_paste_from_a_spreadsheet(watched: WatchedPage) -> None:
    page = watched.open("/c/form")
    page.focus("[name=outlays-0-year]")
    page.evaluate(
        "text => { const data = new DataTransfer(); data.setData('text/plain', text); document.activeElement"
        ".dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }",
        "2027\tuser\t100\n2028\tuser\t200\n2029\tproperty\t300\n",
    )
    assert [page.input_value(f"[name=outlays-{i}-amount]") for i in range(3)] == ["100", "200", "300"]
    assert page.locator("output[data-sum]").text_content() == "600"


def test_rows_work_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/c/form")
    page.get_by_role("button", name="Lägg till år").click()
    assert '"add_row":["outlays"]' in (page.locator("pre").text_content() or "")
    page.goto(address + "/c/form")
    page.get_by_role("button", name="Ta bort rad 2").click()
    assert '"remove_row":["outlays-1"]' in (page.locator("pre").text_content() or "")
    context.close()


def test_errors_take_the_focus_and_lead_to_their_field(watched: WatchedPage) -> None:
    page = watched.open("/c/form?errors=1")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.get_by_role("link", name="Välj minst ett mål.").click()
    assert page.evaluate("document.activeElement.id") == "goals"


def test_a_filter_sends_itself_and_keeps_the_focus(watched: WatchedPage) -> None:
    page = watched.open("/c/list")
    page.focus("#q")
    page.keyboard.type("nothing")
    wait_until(page, "document.querySelector('#results .empty') !== null")
    assert page.evaluate("document.activeElement.id") == "q"
    assert "q=nothing" in page.url
    assert watched.complaints == []


def test_progress_is_polled_until_the_last_fragment(watched: WatchedPage) -> None:
    asked: list[str] = []
    watched.page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/progress") else None)
    page = watched.open("/c/run")
    page.evaluate("window.saidBy = document.querySelector('#run [role=status]'); 0")
    # The first fragment may have come already on a busy machine.
    assert re.match(r"(35|38) % – ", page.title())
    page.locator("#run.progress-panel--done").wait_for(timeout=5000)
    page.wait_for_timeout(1500)
    assert len(asked) == 2, "the last fragment has no trigger"
    assert page.evaluate("document.querySelector('#run [role=status]') === window.saidBy"), (
        "the live region stays the same element"
    )
    assert "%" not in page.title()
    assert watched.complaints == []


def test_a_failed_request_is_told_and_leaves_the_page(watched: WatchedPage) -> None:
    page = watched.open("/c/list")
    page.route("**/c/list?*", lambda route: route.fulfill(status=503, body="<h1>away</h1>"))
    page.get_by_role("button", name="Visa").click()
    wait_until(page, "document.getElementById('flashes').textContent.includes('503')")
    assert page.locator("#results table").count() == 1


def test_a_step_that_cannot_be_taken_back_asks_first(watched: WatchedPage) -> None:
    page = watched.open("/c/page")
    page.get_by_role("button", name="Ta bort").first.click()
    dialog = page.get_by_role("dialog")
    assert "Förslaget tas bort för alla." in (dialog.text_content() or "")
    assert axe_faults(page) == []
    page.keyboard.press("Escape")
    assert page.url.endswith("/c/page")
    page.get_by_role("button", name="Ta bort").first.click()
    dialog.get_by_role("button", name="Ta bort").click()
    page.wait_for_url("**/post")
    assert '"version":["3"]' in (page.locator("pre").text_content() or "")


def test_shortcuts_work_and_can_be_turned_off(watched: WatchedPage) -> None:
    page = watched.open("/c/list")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Förskolan Vitsippan"
    page.keyboard.press("?")
    page.locator("#shortcuts-on").uncheck()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"


def test_the_menu_opens_on_a_phone(watched: WatchedPage) -> None:
    watched.page.set_viewport_size({"width": 360, "height": 800})
    page = watched.open("/c/list")
    menu = page.get_by_role("navigation", name="Huvudmeny")
    assert not menu.is_visible()
    page.get_by_role("button", name="Meny").click()
    assert menu.is_visible()
    assert axe_faults(page) == []


def test_charts_speak_swedish_and_carry_patterns(watched: WatchedPage) -> None:
    page = watched.open("/c/run")
    drawn = page.locator("#frame svg")
    assert (drawn.get_attribute("aria-label") or "").startswith("Ramen växer")
    assert "−17,5" in (drawn.text_content() or "")
    assert page.locator("#plan svg [fill^='url(#pattern-']").count() >= 12


def test_print_leaves_out_what_cannot_be_pressed_on_paper(watched: WatchedPage) -> None:
    page = watched.open("/c/list")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Huvudmeny").is_visible()
    assert not page.locator(".filters").is_visible()
    assert page.get_by_role("table").first.is_visible()
    assert page.locator(".print-only").is_visible()
