"""Pages of layers: sent, looked at, mended with a yes, stored, replaced and taken out of use."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from investplan.services import layers, proposals
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
E, N = 583_460.0, 6_280_546.0
TM = "urn:ogc:def:crs:EPSG::3006"
AROUND = [[E - 50, N - 50], [E + 50, N - 50], [E + 50, N + 50], [E - 50, N + 50], [E - 50, N - 50]]
BOWTIE = [[E, N], [E + 200, N + 200], [E + 200, N], [E, N + 200], [E, N]]


def geojson(*rings: Any, crs: str | None = TM) -> bytes:
    features = [
        {"type": "Feature", "properties": {"namn": f"Reservat {number}"},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for number, ring in enumerate(rings, 1)
    ]  # fmt: skip
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **named, "features": features}).encode()


def send(client: FlaskClient, content: bytes, file_name: str = "x.geojson", **form: str) -> TestResponse:
    data = {"name": "Naturreservat", "kind": "protected", "source_date": "2026-03-01", "source": "Länsstyrelsen",
            "file": (io.BytesIO(content), file_name), **form}  # fmt: skip
    return client.post("/map/layers", data=data, content_type="multipart/form-data")


def take(client: FlaskClient, review: str, **form: str) -> TestResponse:
    return client.post(review, data={"crs": "EPSG:3006", "layer": "content", "label_column": "namn", **form})


def count(looking: Opening) -> int:
    with looking() as work:
        return len(layers.everything(work))


def test_without_layers_the_page_says_what_they_would_give(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/map/layers").text
    assert "Inga lager ännu" in page
    assert "Ladda upp ett lager" not in page


def test_a_good_file_is_looked_at_and_then_stored(finance: FlaskClient, looking: Opening) -> None:
    answer = send(finance, geojson(AROUND))
    assert answer.status_code == 303
    review = answer.headers["Location"]
    page = finance.get(review).text
    assert "Ännu är ingenting sparat" in page
    assert "Jag godkänner" not in page
    assert count(looking) == 0
    preview = finance.get(f"{review}/features.json?crs=EPSG:3006&label_column=namn").get_json(force=True)
    assert preview["features"][0]["properties"]["name"] == "Reservat 1"
    stored = take(finance, review)
    assert stored.status_code == 303
    shown = finance.get(stored.headers["Location"]).text
    for words in ("Naturreservat", "2026-03-01", "Länsstyrelsen", "Reservat 1", "SWEREF 99 TM"):
        assert words in shown, words
    listed = finance.get("/map/layers").text
    assert "Inget lager i bruk för" in listed
    assert "översvämning" in listed
    # The same form again leads to the same layer; the file itself is forgotten.
    assert take(finance, review).status_code == 404
    assert count(looking) == 1


def test_a_broken_file_is_stored_only_with_a_yes(finance: FlaskClient, looking: Opening) -> None:
    review = send(finance, geojson(AROUND, BOWTIE)).headers["Location"]
    page = finance.get(review).text
    assert "Gränsen korsar sig själv." in page
    assert "0 m² blir 20\xa0000 m²" in page
    refused = take(finance, review)
    assert refused.status_code == 422
    assert "Godkänn ändringarna" in refused.text
    assert count(looking) == 0
    stored = take(finance, review, accepted="y")
    assert stored.status_code == 303
    assert "Vad som ändrades när filen lästes in" in finance.get(stored.headers["Location"]).text


def test_a_file_in_the_wrong_system_is_offered_the_one_that_fits(finance: FlaskClient) -> None:
    review = send(finance, geojson(AROUND, crs=None)).headers["Location"]
    page = finance.get(review).text
    assert "Objekten ligger inte i kommunen" in page
    assert "Läs som SWEREF 99 TM (EPSG 3006) i stället" in page
    better = finance.get(f"{review}?crs=EPSG:3006").text
    assert "Objekten ligger inte i kommunen" not in better
    assert "Jag godkänner" in better


def test_swapped_axes_are_offered_the_other_way_round(finance: FlaskClient) -> None:
    review = send(finance, geojson([[n, e] for e, n in AROUND])).headers["Location"]
    assert "norr före öst i stället" in finance.get(review).text
    assert take(finance, review, crs="EPSG:3006 NE", accepted="y").status_code == 303


def test_a_file_that_is_no_layer_is_refused_with_everything_typed_still_there(
    finance: FlaskClient, looking: Opening
) -> None:
    for content, name, words in (
        (b"", "x.geojson", "Filen är tom."),
        (geojson(), "x.geojson", "Lagret är tomt"),
        (b"%PDF", "x.pdf", "Filen ska vara GeoPackage"),
        (b"PK\x03\x04rubbish", "x.zip", "arkivet går inte att öppna"),
    ):
        answer = send(finance, content, name, name="Sumpskogar")
        assert answer.status_code == 422, words
        assert words in answer.text
        assert "Sumpskogar" in answer.text
    answer = send(finance, geojson(AROUND), kind="x", name="", source_date="i går")
    assert answer.status_code == 422
    for words in ("Ge lagret ett namn", "Välj vad lagret visar", "ÅÅÅÅ-MM-DD"):
        assert words in answer.text
    assert count(looking) == 0


def test_a_new_version_replaces_the_old_which_can_still_be_seen(finance: FlaskClient) -> None:
    first = take(finance, send(finance, geojson(AROUND)).headers["Location"]).headers["Location"]
    layer_id = first.rsplit("/", 1)[1]
    review = send(finance, geojson(AROUND, AROUND), layer_id=layer_id, name="").headers["Location"]
    assert "blir version 2 av lagret Naturreservat" in finance.get(review).text
    assert take(finance, review).headers["Location"] == first
    assert "Det här är version 1" in finance.get(f"{first}?version=1").text
    assert finance.get(f"{first}?version=9").status_code == 404
    assert len(finance.get(f"{first}/features.json?version=1").get_json(force=True)["features"]) == 1


def test_a_layer_is_taken_out_of_use_and_stays_in_the_list(finance: FlaskClient) -> None:
    address = take(finance, send(finance, geojson(AROUND)).headers["Location"]).headers["Location"]
    assert finance.post(f"{address}/retire", data={"version": "1", "reason": "Gammalt"}).status_code == 303
    assert "Ur bruk" in finance.get("/map/layers").text
    assert finance.post(f"{address}/retire", data={"version": "1"}).status_code == 409


def test_what_someone_else_sent_is_not_seen(finance: FlaskClient, administrator: FlaskClient) -> None:
    review = send(finance, geojson(AROUND)).headers["Location"]
    assert administrator.get(review).status_code == 404
    assert finance.get("/map/layers/review/../../etc").status_code == 404


def test_the_map_offers_the_layers(finance: FlaskClient) -> None:
    take(finance, send(finance, geojson(AROUND)).headers["Location"])
    page = finance.get("/map").text
    assert "data-layers" in page
    assert "Naturreservat" in page


def test_alternatives_in_different_places_stand_side_by_side(
    finance: FlaskClient, writing: Opening, site: Site
) -> None:
    with writing() as work:
        here = factories.alternative(code="a", title="Vid skolan")
        there = factories.alternative(code="b", title="På ängen", place_wkt="POINT (575000 6270000)")
        made = proposals.create(
            work, site.round_id, factories.facts("KS 2026/0077", alternatives=(here, there))
        )
        address = f"/proposals/{made.id}"
    take(finance, send(finance, geojson(AROUND)).headers["Location"])
    page = finance.get(address).text
    assert "Platserna jämförda" in page
    assert "Till områdets mitt" in page
    assert "Platserna jämförda" not in finance.get(f"/proposals/{site.submitted_id}").text


def test_a_proposals_page_says_what_the_layers_say_of_its_place(finance: FlaskClient, site: Site) -> None:
    address = f"/proposals/{site.submitted_id}"
    page = finance.get(address).text
    assert "Platsfakta" in page
    assert "Inget lager av slaget översvämning är uppladdat" in page
    take(finance, send(finance, geojson(AROUND)).headers["Location"])
    page = finance.get(address).text
    for words in ("Krock", "Reservat 1", "Ligger i området", "Naturreservat, <span"):
        assert words in page, words
    assert "Inget lager av slaget skyddad natur är uppladdat" not in page
    assert "Reservat 1" in finance.get(f"{address}/edit/place").text
