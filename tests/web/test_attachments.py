from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from investplan.db.models import Attachment, AuditEntry
from investplan.domain.attachments import DocumentKind
from investplan.errors import InvalidInputError
from investplan.services import attachments
from investplan.services.work import Work
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]
PDF = b"%PDF-1.7 kalkyl"


def send(
    client: FlaskClient, proposal_id: int, name: str = "Kalkyl.pdf", content: bytes = PDF, **more: str
) -> object:
    sent = {"kind": "calculation", "file": (io.BytesIO(content), name)} | more
    return client.post(f"/proposals/{proposal_id}/files", data=sent, content_type="multipart/form-data")


def test_a_file_is_added_fetched_and_followed_by_a_version(planner: FlaskClient, site: Site) -> None:
    assert send(planner, site.submitted_id).status_code == 303  # type: ignore[attr-defined]
    second = send(planner, site.submitted_id, "Kalkyl 2.pdf", PDF + b"2", document="1")
    assert second.status_code == 303  # type: ignore[attr-defined]
    page = planner.get(f"/proposals/{site.submitted_id}/files").text
    assert "Kalkyl.pdf" in page
    assert "Kalkyl 2.pdf" in page
    shown = planner.get(f"/proposals/{site.submitted_id}").text
    assert "Kalkyl 2.pdf" in shown
    assert "Kalkyl.pdf" not in shown
    fetched = planner.get(f"/proposals/{site.submitted_id}/files/1")
    assert fetched.data == PDF
    assert fetched.headers["Content-Disposition"].startswith('attachment; filename="Kalkyl.pdf"')
    assert fetched.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("skript.html", b"<script>", "tas inte emot"),
        ("Kalkyl.pdf", b"<script>", "är inte en .pdf-fil"),
        ("Kalkyl.pdf", b"", "Filen är tom"),
        ("", b"", "Välj en fil"),
    ],
)
def test_a_file_that_is_not_taken_in_says_why_and_nothing_is_kept(
    planner: FlaskClient, site: Site, writing: Writing, name: str, content: bytes, told: str
) -> None:
    answer = send(planner, site.submitted_id, name, content)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert told in answer.text  # type: ignore[attr-defined]
    with writing() as work:
        assert work.session.scalars(select(Attachment)).all() == []


def test_a_form_sent_twice_adds_one_file(planner: FlaskClient, site: Site, writing: Writing) -> None:
    for _ in range(2):
        assert send(planner, site.submitted_id, key="k1").status_code == 303  # type: ignore[attr-defined]
    with writing() as work:
        assert len(work.session.scalars(select(Attachment)).all()) == 1


def test_a_secret_file_is_for_the_own_committee_and_finance_alone(
    planner: FlaskClient,
    other_planner: FlaskClient,
    council_viewer: FlaskClient,
    finance: FlaskClient,
    site: Site,
) -> None:
    send(planner, site.submitted_id, "Markpris.pdf", secret="y")
    for client in (other_planner, council_viewer):
        assert client.get(f"/proposals/{site.submitted_id}/files/1").status_code == 404
        assert "Markpris" not in client.get(f"/proposals/{site.submitted_id}/files").text
        assert "Markpris" not in client.get(f"/proposals/{site.submitted_id}").text
    for client in (planner, finance):
        assert client.get(f"/proposals/{site.submitted_id}/files/1").status_code == 200
    packed = council_viewer.get(f"/proposals/{site.submitted_id}/papers/case.zip")
    assert not any("Markpris" in name for name in zipfile.ZipFile(io.BytesIO(packed.data)).namelist())
    own = zipfile.ZipFile(io.BytesIO(planner.get(f"/proposals/{site.submitted_id}/papers/case.zip").data))
    assert own.read("bilagor/01-v01-Markpris.pdf") == PDF


def test_others_may_not_add_or_remove(planner: FlaskClient, other_planner: FlaskClient, site: Site) -> None:
    send(planner, site.submitted_id)
    assert send(other_planner, site.submitted_id).status_code == 403  # type: ignore[attr-defined]
    sent = other_planner.post(f"/proposals/{site.submitted_id}/files/remove/1", data={"reason": "x"})
    assert sent.status_code == 403
    assert send(planner, site.other_draft_id).status_code == 404  # type: ignore[attr-defined]
    assert planner.get(f"/proposals/{site.other_id}/files/1").status_code == 404


def test_a_removed_file_leaves_its_name_its_hash_and_the_reason(
    planner: FlaskClient, site: Site, writing: Writing
) -> None:
    send(planner, site.submitted_id)
    without = planner.post(f"/proposals/{site.submitted_id}/files/remove/1", data={"reason": " "})
    assert without.status_code == 422
    sent = planner.post(f"/proposals/{site.submitted_id}/files/remove/1", data={"reason": "Fel fil"})
    assert sent.status_code == 303
    assert planner.get(f"/proposals/{site.submitted_id}/files/1").status_code == 404
    assert "<s>Kalkyl.pdf</s>" in planner.get(f"/proposals/{site.submitted_id}/files").text
    with writing() as work:
        row = work.session.scalars(select(Attachment)).one()
        assert row.content is None
        assert len(row.sha256) == 64
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "remove attachment")).one()
        assert entry.reason == "Fel fil"
        assert json.dumps(entry.before).count(row.sha256) == 1
    assert send(planner, site.submitted_id, document="1").status_code == 404  # type: ignore[attr-defined]


def test_a_proposal_has_room_for_a_limited_sum(
    site: Site, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("investplan.domain.attachments.MOST_BYTES_TOGETHER", len(PDF) + 3)
    with writing() as work:
        attachments.add(work, site.submitted_id, "a.pdf", PDF, kind=DocumentKind.PERMIT)
        assert attachments.kinds_of(work, site.submitted_id) == {DocumentKind.PERMIT}
        with pytest.raises(InvalidInputError):
            attachments.add(work, site.submitted_id, "b.pdf", b"%PDF-", kind=DocumentKind.PERMIT)
        attachments.remove(work, site.submitted_id, 1, reason="fel")
        assert attachments.kinds_of(work, site.submitted_id) == frozenset()
