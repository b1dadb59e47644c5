"""Forms as the pages give them, spoiled at random and sent: a clear answer each time, and nothing changed by a refusal.

The forms are found by walking the pages as each role, so that a new page is tried as soon as a link leads to it. As many
are sent as BAD_SUBMISSIONS says (`make prove-pages`: 10,000).
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from investplan.config import Settings
from investplan.db.base import Base
from investplan.db.session import Database
from investplan.services import checks
from investplan.services.work import look
from tests.web.conftest import MUNICIPALITY, SECRET, Site
from tests.web.walking import Form, forms_of, walk
from web.app import create_app, limiter

COUNT = int(os.environ.get("BAD_SUBMISSIONS", "200"))
LONGEST_SECONDS = 5.0
ROLES = ("planner", "finance", "administrator")
HOSTILE = [
    "", " ", "-1", "0", "1", "01", "1,5", "1.5", "1e9", "NaN", "Infinity", "-0", "9" * 19, "9" * 40, "99999999999999999999",
    "2147483648", "-2147483649", "1 200 000", "1\u00a0200,50", "\u0661\u0662", "½", "\x00", "a\x00b", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "’; DROP TABLE proposal; --", "<script>alert(1)</script>", "{{ 7*7 }}", "%(x)s", "%s%n", "../../etc/passwd", "x" * 5000,
    "å" * 20001, "2026-02-30", "0000-00-00", "2026-13-01", "9999-12-31", "10000-01-01", "true", "null", "[]", "{}", "\u202e", "\r\n\r\n",
    "=1+1", "POINT (1 2)", "POLYGON ((0 0, 1 1, 0 1, 0 0", "NaN NaN", "1e400", "\u2028", "UN", "admin", "y", "on", "need",
]  # fmt: skip
FILES = [
    ("a.csv", b""), ("a.csv", b"\xff\xfe\x00\x00" * 50), ("a.csv", b"a;b\n" + b"1;2\n" * 2000), ("a.csv", "år;;;\n\"öppet".encode()),
    ("a.xlsx", b"PK\x03\x04" + bytes(200)), ("a.xlsx", b"not a workbook"), ("a.geojson", b'{"type":"FeatureCollection","features":[{}]}'),
    ("a.geojson", b'{"type":"FeatureCollection","features":' + b"[" * 500), ("a.gpkg", b"SQLite format 3\x00" + bytes(100)), ("a.zip", b"PK\x05\x06" + bytes(18)),
    ("../../a.pdf", b"%PDF-"), ("a\x00.pdf", b"%PDF-"), ("a.se", b"#FLAGGA 0\n#PROGRAM"), ("x" * 300 + ".txt", b"x"),
]  # fmt: skip


@dataclass
class Tried:
    """The site that is tried, put back to its beginning now and then."""

    app: Flask
    site: Site
    path: Path
    database: Database
    forms: list[Form] = field(default_factory=list)
    sent: int = 0
    refused: int = 0

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["token"], session["seen"] = self.site.tokens[role], int(time.time())
        return client

    def put_back(self) -> None:
        self.database.close()
        shutil.copyfile(self.site.path, self.path)
        for more in ("-wal", "-shm"):
            self.path.with_name(self.path.name + more).unlink(missing_ok=True)
        self.database = Database(f"sqlite:///{self.path}")
        self.app.extensions["investplan_database"] = self.database
        limiter.reset()

    def content(self) -> str:
        """Hash of everything stored but when sessions were last seen."""
        told = hashlib.sha256()
        with self.database.read() as session:
            for table in Base.metadata.sorted_tables:
                if table.name != "user_session":
                    rows = session.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1, 2'))
                    told.update(repr((table.name, rows.all())).encode("utf-8", "surrogatepass"))
        return told.hexdigest()


@pytest.fixture(scope="module")
def tried(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    folder = tmp_path_factory.mktemp("bad")
    path = folder / "site.db"
    shutil.copyfile(site.path, path)
    database = Database(f"sqlite:///{path}")
    app = create_app(Settings(data_dir=folder, secret_key=SECRET, municipality=MUNICIPALITY), database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    found = Tried(app, site, path, database)
    for role in ROLES:
        found.forms += forms_of(walk(found.client(role), role))
    yield found
    found.database.close()


def test_the_walk_finds_the_forms_of_every_part_of_the_site(tried: Tried) -> None:
    parts = {form.action.split("/")[1].split("?")[0] for form in tried.forms}
    assert {"proposals", "scenarios", "frames", "finances", "administration", "rankings", "imports"} <= parts
    assert len(tried.forms) > 40


@pytest.mark.parametrize(
    "place", ["POLYGON ((0 0, 1 1, 0 1, 0 0", "POINT (", "POINT (1e400 NaN)", "x" * 5000]
)
def test_two_versions_are_shown_though_one_has_a_place_that_cannot_be_read(
    planner: FlaskClient, site: Site, place: str
) -> None:
    """Found by sending ten thousand: telling such a place apart from the stored one failed."""
    address = f"/proposals/{site.submitted_id}/edit/place"
    form = walk(planner, "planner", begin=[address], most=1)[0].forms
    fields = next(dict(one.fields) for one in form if "wkt" in dict(one.fields))
    answer = planner.post(address, data=fields | {"n": "", "e": "", "wkt": place, "version": "1"})
    assert answer.status_code == 409
    assert f"{place[:20]}" in answer.text


hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.integers().map(str))
changes = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(["set", "set", "set", "drop", "twice"]), hostile),
    min_size=1,
    max_size=6,
)


# What failed is printed whole, however long the text was that made it fail.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=COUNT,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 10**6), changes, st.sampled_from(FILES), st.booleans())
def test_a_spoiled_form_gets_a_clear_answer_and_a_refusal_changes_nothing(
    tried: Tried, number: int, spoiled: list[tuple[int, str, str]], file: tuple[str, bytes], with_file: bool
) -> None:
    form = tried.forms[number % len(tried.forms)]
    if tried.sent % 40 == 0:
        tried.put_back()
    tried.sent += 1
    sent = _spoil(form, spoiled)
    data: dict[str, Any] = {name: [value for other, value in sent if other == name] for name, _ in sent}
    if form.files and with_file:
        data[form.files[0]] = (io.BytesIO(file[1]), file[0])
    before, began = tried.content(), time.monotonic()
    kind = "multipart/form-data" if form.files else "application/x-www-form-urlencoded"
    answer = tried.client(form.role).post(form.action, data=data, content_type=kind)
    told = f"{form.role} POST {form.action} {data!r:.2000}: {answer.status_code}"
    assert answer.status_code < 500, told
    assert time.monotonic() - began < LONGEST_SECONDS * (1 + os.getloadavg()[0] / 2), told
    if answer.status_code >= 400:
        tried.refused += 1
        assert tried.content() == before, told
        assert len(answer.text) > 200, told


def _spoil(form: Form, spoiled: list[tuple[int, str, str]]) -> list[tuple[str, str]]:
    sent = [(name, value) for name, value in form.fields]
    for place, how, value in spoiled:
        if not sent:
            return [("unheard-of", value)]
        at = place % len(sent)
        if how == "set":
            sent[at] = (sent[at][0], value)
        elif how == "drop":
            sent.pop(at)
        else:
            sent.append((sent[at][0], value))
    return sent


def test_after_all_of_it_the_log_and_every_rule_of_the_record_still_hold(tried: Tried) -> None:
    assert tried.sent >= COUNT
    assert tried.refused > tried.sent // 4
    with look(tried.database) as work:
        assert checks.run(work, tried.database) == []
