"""Walks the site as a reader does, by its links, and keeps what every page answered and which forms it has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

MOST_PAGES = 220  # per role
LEAVES_THE_SITE = ("sign-out", "language", "sign-in")
# Starts work for the optimiser, which has tests of its own; here only pages are tried.
SLOW = re.compile(r"^/(runs|studies/of-run/.*)$")


@dataclass
class Form:
    """A form of a page: where it is sent, by whom, and what stands in it; `files` are its file fields."""

    action: str
    role: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, address: str, role: str) -> None:
        super().__init__()
        self.address, self.role = address, role
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(urljoin(self.address, told["href"]))
        if tag == "form" and told.get("method", "get").lower() == "post":
            self._form = Form(urljoin(self.address, told.get("action", "")), self.role)
            self.forms.append(self._form)
        if self._form is None or (not told.get("name") and tag != "option"):
            return
        if tag == "input" and told.get("type") == "file":
            self._form.files.append(told["name"])
        elif tag in ("input", "textarea", "button"):
            self._form.fields.append((told["name"], told.get("value", "")))
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and self._select and "selected" in told:
            self._form.fields.append((self._select, told.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            if (
                self._form is not None
                and self._select
                and all(n != self._select for n, _ in self._form.fields)
            ):
                self._form.fields.append((self._select, ""))
            self._select = None


@dataclass
class Walked:
    """One page: the address that led there, what it answered, and its forms."""

    address: str
    answer: TestResponse
    forms: list[Form]


def walk(
    client: FlaskClient, role: str, *, begin: Iterable[str] = ("/",), most: int = MOST_PAGES
) -> list[Walked]:
    """Every page that links from `begin` lead this role to, one per address of the same shape."""
    found: list[Walked] = []
    waiting, seen = list(begin), set()
    while waiting and len(found) < most:
        address = waiting.pop(0)
        shape = re.sub(r"\d+", "1", address)
        if shape in seen or any(word in address for word in LEAVES_THE_SITE):
            continue
        seen.add(shape)
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code < 500, f"{role} GET {address}: {answer.status_code}"
        page = Forms(answer.request.path, role)
        if (answer.content_type or "").startswith("text/html"):
            page.feed(answer.text)
        found.append(Walked(address, answer, page.forms))
        waiting += [link for link in page.links if link.startswith("/") and not urlsplit(link).netloc]
    return found


def forms_of(pages: Iterable[Walked]) -> list[Form]:
    """The forms that the pages have, one per address of the same shape and its fields."""
    forms: dict[tuple[str, tuple[str, ...]], Form] = {}
    for form in (form for page in pages for form in page.forms):
        names = tuple(sorted({re.sub(r"\d+", "1", name) for name, _value in form.fields}))
        if not any(word in form.action for word in LEAVES_THE_SITE) and not SLOW.match(form.action):
            forms.setdefault((re.sub(r"\d+", "1", form.action), names), form)
    return list(forms.values())
