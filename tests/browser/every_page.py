"""Looks at pages with axe at both widths, counts what it has looked at, and finds the addresses of every rule."""

from __future__ import annotations

import itertools
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.browser.conftest import AXE, EXPECTED, WATCH_POLICY, WIDTHS, keep_picture
from tests.browser.full_site import LookedAt

WHOLE = bool(os.environ.get("EVERY_PAGE"))
"""Every page as every role; else one page of each rule."""
RUN_AXE = """() => axe.run(document, { resultTypes: ["violations"], preload: false, rules: { "target-size": { enabled: true } } })
  .then((found) => found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`)))"""
TOO_WIDE = "() => document.scrollingElement.scrollWidth - window.innerWidth"
CUT_OFF = """() => [...document.querySelectorAll(".table-frame__scroll:has(.table--stack)")]
  .filter((one) => one.scrollWidth > one.clientWidth && getComputedStyle(one.querySelector(".table--stack")).display === "block")
  .map((one) => `${one.scrollWidth - one.clientWidth} px cut off: ${one.innerText.slice(0, 60)}`)"""
"""Rows set as cards are there to be read without moving them sideways."""
NOT_A_PAGE = re.compile(r"\.(json|csv|xlsx|pdf|zip|se|ics)$|^/static/|^/healthz$|/progress$")
"""Files, answers to machines, and the panel of progress that stands in another page."""
UNFOLD = "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
SHOWN = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("[type=hidden]").forEach((one) => one.remove());
  return main.innerHTML;
}"""
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map((one) => one.href)"
# A field may be called "action", so that `form.action` is that field.
FORMS = """() => [...document.forms].flatMap((form, place) => form.getAttribute("method") !== "post" ? [] : [{
  place, action: new URL(form.getAttribute("action") ?? "", location.href).href, versioned: Boolean(form.querySelector("[name=version], [name=seen_version]")),
  names: [...new Set([...form.elements].map((one) => (one.name ?? "").replace(/[0-9]+/g, "1")).filter(Boolean))].sort().join(),
}])"""
SPOIL = """([place, how]) => {
  const form = document.forms[place];
  if (!form) throw new Error(`no form ${place} at ${location.href}: ${document.title}`);
  const fields = [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "file");
  const button = [...form.elements].find((one) => one.type === "submit");
  for (const field of fields.filter((one) => how !== "stale" && "value" in one && one.type !== "submit")) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = field.checked && how !== "empty";
    else if (field.tagName === "SELECT") field.selectedIndex = how === "empty" ? -1 : field.selectedIndex;
    else {
      if (field.tagName === "INPUT") field.type = field.type === "password" ? "password" : "text";
      field.value = how === "rubbish" ? "x" : "";
    }
  }
  for (const version of form.querySelectorAll("[name=version], [name=seen_version]"))
    if (how === "stale") version.value = "999";
  if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
  HTMLFormElement.prototype.submit.call(form);
}"""


@dataclass(frozen=True)
class Form:
    """A form that is posted: whose page it stands in, as which of its forms, and the endpoint that takes it."""

    username: str
    address: str
    place: int
    endpoint: str
    versioned: bool


@dataclass
class Looker:
    """Opens the pages of one site in one state (`full`, `empty`, …), a browser context for each who is signed in.

    Attributes:
        findings: What axe, the width and the console have against the pages.
        seen: Endpoints whose page has been looked at.
        shown: What stood in the pages, by address.
        counts, statuses: Pages looked at by width, and by what they answered.
        forms, links: Those of the pages; forms by where they are sent and what they are made of.
    """

    browser: Browser
    site: LookedAt
    state: str
    findings: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    counts: Counter[int] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    shown: set[tuple[str, str, str]] = field(default_factory=set)
    pages: dict[str, Page] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    def page(self, username: str) -> Page:
        """The page of the one who is signed in as `username`; "" is nobody."""
        if username not in self.pages:
            context = self.browser.new_context(
                locale="sv-SE", base_url=self.site.url, reduced_motion="reduce", viewport=_size(WIDTHS[-1])
            )
            if username:
                cookie = {"name": "session", "value": self.site.cookie(username), "url": self.site.url}
                context.add_cookies([cookie])  # type: ignore[list-item]
            context.add_init_script(WATCH_POLICY)
            context.add_init_script(path=AXE)
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("console", self._note_console)
            page.on("pageerror", lambda error: self.findings.append(f"script: {page.url} {error}"))
            page.on("dialog", lambda dialog: dialog.accept())
            self.pages[username] = page
        return self.pages[username]

    def _note_console(self, message: ConsoleMessage) -> None:
        # What somebody typed stands there again; a browser shows no such text in a field for a date.
        if "does not conform to the required format" in message.text:
            return
        told_twice = self.state == "errors" and message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not told_twice and not EXPECTED.match(message.text):
            self.findings.append(f"{message.type}: {message.location.get('url')} {message.text}")

    def open(self, username: str, address: str) -> Response | None:
        """The answer, where it is a page."""
        answer = self.page(username).goto(address)
        assert answer is not None, address
        return answer if "text/html" in answer.headers.get("content-type", "") else None

    def look(self, username: str, told: str, endpoint: str, status: int) -> None:
        """Axe and width on what stands there now, where no other reader had the very same page."""
        page = self.page(username)
        self.seen.add(endpoint)
        shown = (told, username if told == "/" else "", re.sub(r"[0-9]+", "", page.evaluate(SHOWN)))
        if shown in self.shown:
            return
        self.shown.add(shown)
        self.statuses[status] += 1
        page.evaluate(UNFOLD)
        for width in WIDTHS:
            page.set_viewport_size(_size(width))
            where = f"{self.state} {status} {username} {told} ({page.url}) at {width} px:"
            self.findings += [f"{where} {one}" for one in page.evaluate(RUN_AXE)]
            self.findings += [f"{where} {one}" for one in page.evaluate(CUT_OFF)]
            wide = page.evaluate(TOO_WIDE)
            if wide > 0:
                self.findings.append(f"{where} {wide} px too wide")
            self.counts[width] += 1
            keep_picture(page, re.sub(r"[^\w-]+", "-", f"{self.state} {told} {username} {width}")[:150])

    def note_forms(self, username: str) -> None:
        """Remember the forms of the page that stands there."""
        page = self.page(username)
        for one in page.evaluate(FORMS):
            endpoint = endpoint_of(self.site, one["action"], "POST")
            form = Form(username, page.url, one["place"], endpoint, one["versioned"])
            self.forms.setdefault(f"{endpoint} {one['names']}", form)

        self.links += [(username, link) for link in page.evaluate(LINKS)]

    def send(self, form: Form, how: str) -> int:
        """Send the form as the browser does: `rubbish` in every field, `empty`, or `stale`: of a version that is not there.

        Returns:
            The status of the answer, which then is the page that stands there.
        """
        page = self.page(form.username)
        page.goto(form.address)
        with page.expect_navigation() as going:
            page.evaluate(SPOIL, [form.place, how])
        answer = going.value
        return answer.status if answer.request.redirected_from is None else 303

    def rest(self) -> None:
        """Leave every page, so that none asks for more."""
        for page in self.pages.values():
            page.goto("about:blank")

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()

    def told(self) -> str:
        """The count, for whoever runs with `-s`."""
        widths = ", ".join(f"{self.counts[width]} at {width} px" for width in WIDTHS)
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.state}: {sum(self.statuses.values())} pages ({widths}; {answers}), {len(self.findings)} findings"


def _size(width: int) -> Any:
    return {"width": width, "height": 900}


def chance(told: str, of: int) -> int:
    """A number below `of` that the text decides, the same every time."""
    return zlib.crc32(told.encode()) % of


def get_rules(site: LookedAt) -> list[Rule]:
    """The rules that may be pages."""
    rules = [one for one in site.app.url_map.iter_rules() if "GET" in (one.methods or ())]
    return sorted((one for one in rules if not NOT_A_PAGE.search(one.rule)), key=lambda one: one.rule)


def addresses(site: LookedAt, rule: Rule) -> Iterator[str]:
    """The rule's addresses with everything that is known of the site; none where a part of it is not known."""
    blueprint = rule.endpoint.partition(".")[0]
    parts = [
        next(
            (
                site.known[key]
                for key in (f"{rule.endpoint}.{name}", f"{blueprint}.{name}", name)
                if key in site.known
            ),
            [],
        )
        for name in sorted(rule.arguments)
    ]
    for values in itertools.product(*parts):
        address = rule.rule
        for name, value in zip(sorted(rule.arguments), values, strict=True):
            address = re.sub(rf"<([^<>]*:)?{name}>", quote(str(value)), address)
        yield address


def endpoint_of(site: LookedAt, url: str, method: str = "GET") -> str:
    """Which rule answers there."""
    try:
        endpoint, _parts = site.app.url_map.bind("").match(urlsplit(url).path, method=method)
    except HTTPException:
        return ""
    return str(endpoint)
