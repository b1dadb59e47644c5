"""A live site on a thread, and browsers that refuse to hide anything: console errors, CSP violations, axe findings.

`browsing.open("planner", width=360)` gives a page signed in as that user; what its console says against the page
fails the test at the end. Pictures are kept only where the variable PICTURES_FOLDER names a folder.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from investplan.config import Settings
from investplan.db.session import Database
from investplan.services import checks
from investplan.services.work import look
from tests.web.conftest import Site, make_site
from web.app import create_app, limiter

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (360, 1280)
# The browser reports every answer of 400 and above to the console; a page that says what is wrong answers so on purpose.
# The map library warns while its frame has no size yet, a moment before the canvas is there; tests look at the canvas.
EXPECTED = re.compile(
    r"Failed to load resource: the server responded with a status of 4\d\d|No map visible because the map container's"
)
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@dataclass(frozen=True)
class LiveSite:
    """The small municipality of `tests/web/conftest.py`, answering at `url`."""

    app: Flask
    url: str
    site: Site
    database: Database


@dataclass
class Browsing:
    """Opens pages and remembers what went wrong in them."""

    browser: Browser
    live: LiveSite
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        username: str | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        zoom: int = 1,
        locale: str = "sv-SE",
    ) -> Page:
        """A page in a browser of its own, signed in as a user of the small municipality.

        Args:
            zoom: How many times the reader has enlarged everything: 2 is 200 %, with half the room in both directions.
        """
        context = self.browser.new_context(
            viewport={"width": width // zoom, "height": height // zoom},
            device_scale_factor=zoom,
            locale=locale,
            base_url=self.live.url,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        if username is not None:
            context.add_cookies([{"name": "session", "value": self._cookie(username), "url": self.live.url}])
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        return page

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.match(message.text):
            self.problems.append(f"{message.type}: {message.text}")

    def _cookie(self, username: str) -> str:
        serializer = self.live.app.session_interface.get_signing_serializer(self.live.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"token": self.live.site.tokens[username], "seen": int(time.time())}))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail("chromium is missing; as root: apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site_file(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The small municipality, made once."""
    path = tmp_path_factory.mktemp("browser-site") / "site.db"
    shutil.copyfile(migrated_template, path)
    return make_site(path)


@pytest.fixture
def live(site_file: Site, tmp_path: Path) -> Iterator[LiveSite]:
    """The site, its own copy for each test, on a free port."""
    path = tmp_path / "site.db"
    shutil.copyfile(site_file.path, path)
    database = Database(f"sqlite:///{path}")
    settings = Settings(data_dir=tmp_path, secret_key="for tests only", municipality="Provköpings kommun")
    app = create_app(settings, database)
    limiter.reset()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield LiveSite(app, f"http://127.0.0.1:{server.server_port}", site_file, database)
    server.shutdown()
    thread.join(5)
    server.server_close()
    with look(database) as work:
        breaches = checks.run(work, database)
    database.close()
    assert breaches == []


@pytest.fixture
def browsing(browser: Browser, live: LiveSite) -> Iterator[Browsing]:
    """Pages on the live site; fails the test when any of them had an error in its console."""
    opened = Browsing(browser, live)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.problems == []


def assert_accessible(page: Page) -> None:
    """Nothing for axe to find, and nothing that sticks out sideways."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("() => axe.run().then((found) => found.violations)")
    told = [
        f"{page.url} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in violations
        for node in one["nodes"]
    ]
    assert told == []
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def keep_picture(page: Page, name: str) -> None:
    """A picture of the whole page, where somebody asked for pictures."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
