"""The municipality's map layers: which there are, a file looked at before it is taken in, and one layer on the map."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from geo.crs import LIKELY_SYSTEMS, name_of
from investplan.domain.layers import LAYER_KIND_LABELS, LayerKind
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import layer_maps, layers
from investplan.services.layers import Choices, LayerFacts
from web import access, sessions
from web.imports import uploads

pages = Blueprint("layers", __name__, template_folder="templates", url_prefix="/map/layers")
ONE = "/<int(max=2147483647):layer_id>"
GEOJSON = "application/geo+json"
FIELDS = ("layer_id", "name", "kind", "source", "source_date")
SHOWN_FEATURES = 100
SHOWN_FAULTS = 100


def kind_label(kind: str) -> str:
    """The name of a kind of layer in the reader's language."""
    return str(_(LAYER_KIND_LABELS[LayerKind(kind)]))


def _folder() -> Path:
    return sessions.settings().data_dir / "uploads" / "layers"


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every layer, on the map and in a table; below it the form for a new one."""
    return _index({"layer_id": request.args.get("layer", "")}, {})


def _index(typed: dict[str, str], errors: dict[str, Any]) -> str:
    found = layers.everything(sessions.current())
    used = [one for one in found if one.retired_at is None]
    return render_template(
        "layers/index.html",
        rows=found,
        drawn=[drawn(one) for one in used],
        kind_label=kind_label,
        missing=[
            kind
            for kind in LayerKind
            if kind is not LayerKind.OTHER and kind not in {one.kind for one in used}
        ],
        kinds=[(kind.value, kind_label(kind)) for kind in LayerKind],
        layer_choices=[("", _("Ett nytt lager")), *((one.id, one.name) for one in used)],
        typed=typed,
        errors=errors,
    )


def drawn(layer: Any, *, on: bool = True) -> dict[str, Any]:
    """A layer as the map's script takes it."""
    url = url_for("layers.features", layer_id=layer.id, version=layer.current.number)
    return {"url": url, "name": layer.name, "kind": layer.kind, "on": on}


@pages.post("")
@access.requires("edit places")
def send() -> ResponseReturnValue:
    """Take a file for review; nothing is stored of it as a layer yet."""
    typed = {name: request.form.get(name, "").replace("\x00", "").strip()[:200] for name in FIELDS}
    sent = request.files.get("file")
    errors = _typed_faults(typed)
    if sent is None or not sent.filename:
        errors["file"] = Note("Välj en fil.")
    if errors or sent is None:
        return _index(typed, errors), 422
    content, file_name = sent.read(), Path(sent.filename or "").name
    try:
        layers.stage(content, file_name, Choices(), municipality=sessions.settings().municipality_code)
    except InvalidInputError as error:
        return _index(typed, {**error.fields}), 422
    token = uploads.keep(
        _folder(), content, file_name=file_name, mapping_toml=json.dumps(typed), user_id=sessions.user().id
    )
    return redirect(url_for(".review", token=token), 303)


def _typed_faults(typed: dict[str, str]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if not typed["layer_id"]:
        if not typed["name"]:
            errors["name"] = Note("Ge lagret ett namn, högst 120 tecken.")
        if typed["kind"] not in list(LayerKind):
            errors["kind"] = Note("Välj vad lagret visar.")
    if _date_of(typed["source_date"]) is None:
        errors["source_date"] = Note("Skriv datumet som ÅÅÅÅ-MM-DD.")
    return errors


def _date_of(text: str) -> date | None:
    try:
        return (
            date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) else None
        )
    except ValueError:
        return None


@pages.get("/review/<token>")
@access.requires("edit places")
def review(token: str) -> ResponseReturnValue:
    """What the file holds and what would be stored of it, read the way that is chosen in the address."""
    upload = uploads.find(_folder(), token, user_id=sessions.user().id)
    return _review(upload, _choices(request.args), {})


def _choices(given: Any) -> Choices:
    crs = given.get("crs", "")
    # One choice holds both the system and the order of its axes.
    code, _space, order = crs.partition(" ")
    return Choices(
        layer=given.get("layer", "").replace("\x00", "")[:120],
        label_column=given.get("label_column", "").replace("\x00", "")[:120],
        crs=code if code in LIKELY_SYSTEMS else "",
        swapped=code in LIKELY_SYSTEMS and order == "NE",
    )


def _staged(upload: uploads.Upload, choices: Choices) -> layers.Staged:
    return layers.stage(
        upload.content, upload.file_name, choices, municipality=sessions.settings().municipality_code
    )


def _facts(upload: uploads.Upload) -> tuple[LayerFacts, Any]:
    """What was typed when the file was sent, and the layer it is a new version of."""
    typed = json.loads(upload.mapping_toml)
    day = _date_of(typed["source_date"])
    layer_id = typed["layer_id"]
    layer = None
    if layer_id:
        layer = layers.find(sessions.current(), int(layer_id) if re.fullmatch("[0-9]{1,9}", layer_id) else 0)
    if day is None:
        raise NotFoundError("upload", upload.token)
    name, kind = (layer.name, layer.kind) if layer is not None else (typed["name"], typed["kind"])
    return LayerFacts(name, LayerKind(kind), typed["source"], day), layer


def _review(upload: uploads.Upload, choices: Choices, errors: dict[str, Any]) -> str:
    facts, layer = _facts(upload)
    staged = _staged(upload, choices)
    reading = staged.reading
    faulty = [one for one in reading.features if one.outcome != "whole"]
    way = f"{reading.crs} NE" if reading.swapped else reading.crs
    return render_template(
        "layers/review.html",
        upload=upload,
        facts=facts,
        layer=layer,
        staged=staged,
        reading=reading,
        way=way,
        way_name=_way_name(reading.crs, reading.swapped) if reading.crs else "",
        stated_name=name_of(reading.stated_crs) if reading.stated_crs else "",
        ways=_way_choices(reading),
        better=_better(reading),
        layer_choices=[(one, one) for one in reading.layers],
        columns=[("", _("Ingen: objekten numreras")), *((one, one) for one in reading.columns)],
        faulty=faulty[:SHOWN_FAULTS],
        faulty_count=len(faulty),
        fault_text=lambda code: str(_(layers.FAULT_LABELS[code])) if code else "",
        preview_url=url_for(
            ".preview", token=upload.token, crs=way, layer=reading.layer, label_column=reading.label_column
        ),
        kind_label=kind_label,
        errors=errors,
    )


def _way_name(crs: str, swapped: bool) -> str:
    code, name = crs.removeprefix("EPSG:"), name_of(crs)
    text = name if name == crs else f"{name} (EPSG {code})"
    return _("%(system)s, norr före öst", system=text) if swapped else text


def _way_choices(reading: Any) -> list[tuple[str, str]]:
    suggested = [(one.crs, one.swapped) for one in reading.suggestions]
    ways = dict.fromkeys([*suggested, *((crs, False) for crs in LIKELY_SYSTEMS)])
    if reading.crs:
        ways = dict.fromkeys([(reading.crs, reading.swapped), *ways])
    chosen = [(f"{crs} NE" if swapped else crs, _way_name(crs, swapped)) for crs, swapped in ways]
    return chosen if reading.crs else [("", _("Välj koordinatsystem")), *chosen]


def _better(reading: Any) -> tuple[str, str] | None:
    """A way to read the file that puts more of it in the municipality than the one used; None where there is none."""
    for one in reading.suggestions:
        if one.share > reading.share + 0.1:
            return (f"{one.crs} NE" if one.swapped else one.crs), _way_name(one.crs, one.swapped)
    return None


@pages.get("/review/<token>/features.json")
@access.requires("edit places")
def preview(token: str) -> ResponseReturnValue:
    """What would be stored, as GeoJSON for the review page's map."""
    upload = uploads.find(_folder(), token, user_id=sessions.user().id)
    staged = _staged(upload, _choices(request.args))
    return Response(layer_maps.of_reading(staged.reading), content_type=GEOJSON)


@pages.post("/review/<token>")
@access.requires("edit places")
def take(token: str) -> ResponseReturnValue:
    """Store the layer as it was shown."""
    upload = uploads.find(_folder(), token, user_id=sessions.user().id)
    choices = _choices(request.form)
    facts, layer = _facts(upload)
    staged = _staged(upload, choices)
    try:
        version = layers.publish(
            sessions.current(), facts, staged, accepted="accepted" in request.form,
            layer_id=layer.id if layer is not None else None, key=token[:80],
        )  # fmt: skip
    except InvalidInputError as error:
        return _review(upload, choices, error.fields), 422
    sessions.current().after_commit.append(lambda: uploads.forget(_folder(), token))
    flash(
        _("Lagret %(name)s är sparat, version %(number)s.", name=version.layer.name, number=version.number),
        "success",
    )
    return redirect(url_for(".show", layer_id=version.layer_id), 303)


@pages.get(ONE)
@access.requires("see")
def show(layer_id: int) -> ResponseReturnValue:
    """One layer: where it comes from, its features on the map and in a table, and its versions."""
    work = sessions.current()
    layer = layers.find(work, layer_id)
    version = _version(layer)
    pages_count = max(1, -(-version.feature_count // SHOWN_FEATURES))
    asked = request.args.get("page", "")
    number = max(1, min(int(asked) if re.fullmatch("[0-9]{1,6}", asked, re.ASCII) else 1, pages_count))
    first = (number - 1) * SHOWN_FEATURES
    return render_template(
        "layers/show.html",
        layer=layer,
        version=version,
        drawn={**drawn(layer), "url": url_for(".features", layer_id=layer.id, version=version.number)},
        features=layers.features(work, version.id, first=first, most=SHOWN_FEATURES),
        page=number,
        pages=pages_count,
        page_url=lambda wanted: url_for(
            ".show", layer_id=layer.id, version=version.number, page=wanted, _anchor="features"
        ),
        read_as=_way_name(version.read_as.partition(" ")[0], " " in version.read_as),
        fault_text=lambda code: str(_(layers.FAULT_LABELS[code])) if code else "",
        kind_label=kind_label,
    )


def _version(layer: Any) -> Any:
    wanted = request.args.get("version", "")
    if not wanted:
        return layer.current
    for one in layer.versions:
        if str(one.number) == wanted:
            return one
    raise NotFoundError("map layer version", wanted[:20])


@pages.get(f"{ONE}/features.json")
@access.requires("see")
def features(layer_id: int) -> ResponseReturnValue:
    """A version's features as GeoJSON, E N in SWEREF 99 TM, simplified to what a map can show."""
    layer = layers.find(sessions.current(), layer_id)
    return Response(layer_maps.of_version(sessions.current(), _version(layer).id), content_type=GEOJSON)


@pages.post(f"{ONE}/retire")
@access.requires("edit places")
def retire(layer_id: int) -> ResponseReturnValue:
    """Take a layer out of use."""
    seen = request.form.get("version", "")
    done = layers.retire(
        sessions.current(), layer_id,
        seen_version=int(seen) if re.fullmatch("[0-9]{1,9}", seen, re.ASCII) else 0,
        reason=request.form.get("reason", "").replace("\x00", "").strip()[:500],
    )  # fmt: skip
    flash(_("Lagret %(name)s är taget ur bruk.", name=done.name), "success")
    return redirect(url_for(".index"), 303)
