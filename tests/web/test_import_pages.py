from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient
from sqlalchemy import func, select

from investplan.db.models import Proposal
from investplan.services.work import Work

Looking = Callable[[], AbstractContextManager[Work]]

MAPPING = """
[file]
format = "csv"

[amounts]
unit = "tkr"
years = "y{year}"

[project]
case_number = ["nr"]
title = ["namn"]

[committee]
column = "namnd"
[committee.names]
"Skola" = "UN"

[category]
default = "expansion"

[result]
price_level_year = 2027
"""
ROWS = "nr;namn;namnd;y2027;y2028\nKS 1;Ny skola;Skola;1 000,5;2000\nKS 2;Ny matsal;Skola;500;{amount}\n"


def _send(client: FlaskClient, content: str, mapping: str = MAPPING) -> str:
    form = {"file": (io.BytesIO(content.encode()), "förslag.csv"), "mapping": mapping}
    answer = client.post("/imports/", data=form, content_type="multipart/form-data")
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text.split("<form")[2])[:600]
    return answer.headers["Location"]


def _count(looking: Looking) -> int:
    with looking() as work:
        return work.session.scalar(select(func.count()).select_from(Proposal)) or 0


def test_a_file_is_looked_at_before_anything_is_written_and_then_taken(
    finance: FlaskClient, looking: Looking
) -> None:
    before = _count(looking)
    address = _send(finance, ROWS.format(amount="0"))
    review = finance.get(address)
    assert review.status_code == 200
    assert "Ännu är ingenting skrivet." in review.text
    assert _count(looking) == before
    taken = finance.post(address)
    assert taken.status_code == 302
    assert _count(looking) == before + 2
    assert "3\u00a0500,50" in finance.get(taken.headers["Location"]).text.replace("\u202f", "\u00a0") or (
        "3\u00a0500\u00a0500,00" in finance.get(taken.headers["Location"]).text
    )


def test_text_in_a_number_column_is_reported_with_its_row_and_nothing_is_written(
    finance: FlaskClient, looking: Looking
) -> None:
    before = _count(looking)
    address = _send(finance, ROWS.format(amount="ungefär tusen"))
    assert "ungefär tusen" in finance.get(address).text
    refused = finance.post(address)
    assert refused.status_code == 422
    assert _count(looking) == before
    assert finance.post(address, data={"skip_refused": "y"}).status_code == 302
    assert _count(looking) == before + 1


def test_another_users_upload_cannot_be_read(finance: FlaskClient, administrator: FlaskClient) -> None:
    address = _send(finance, ROWS.format(amount="0"))
    assert administrator.get(address).status_code == 404
    assert finance.get("/imports/review/..%2F..%2Fsecret").status_code == 404


def test_a_bad_mapping_is_told_place_by_place(finance: FlaskClient) -> None:
    form = {"file": (io.BytesIO(b"a;b\n1;2\n"), "x.csv"), "mapping": "[file]\nformat = 'telegram'\n"}
    answer = finance.post("/imports/", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "file.format" in answer.text


def test_no_file_is_told(finance: FlaskClient) -> None:
    answer = finance.post("/imports/", data={"mapping": MAPPING}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Välj en fil." in answer.text
