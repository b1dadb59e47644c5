"""Files made to do harm: each is refused with a note, within seconds, and nothing outside the child is touched."""

from __future__ import annotations

import http.server
import io
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import shapely

from geo.writing import write_geopackage
from investplan.exchange import sandbox
from investplan.exchange.geodata import ALLOWED_DRIVERS, skipped_drivers
from investplan.exchange.mappings import FileFormat
from investplan.exchange.sandbox import Limits, child_environment, read_table
from investplan.exchange.tables import UnreadableError, Wanted

CANARY = "canary-6f1c"


class Listener(http.server.BaseHTTPRequestHandler):
    hits: list[str] = []  # noqa: RUF012 - one list for the whole class is the point

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    Listener.hits = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Listener.hits
    server.shutdown()
    server.server_close()


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text(f"name,x,y\n{CANARY},1,2\n")
    return path


def vrt(source: str) -> bytes:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def workbook(rows: list[list[object]], **extra: bytes) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(io.BytesIO(buffer.getvalue())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(members | extra)


def refusal(content: bytes, name: str, file_format: str, **options: object) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_table(content, name, Wanted(file_format, **options))  # type: ignore[arg-type]
    return str(caught.value)


def test_the_child_has_exactly_the_four_drivers() -> None:
    code = "import pyogrio, json; print(json.dumps(sorted(pyogrio.list_drivers())))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=child_environment("/tmp", geodata=True),
        capture_output=True,
        check=True,
    )
    assert json.loads(found.stdout) == sorted(ALLOWED_DRIVERS)
    assert "OGR_VRT" in skipped_drivers().split(",")


def test_gdal_itself_reads_the_canary_through_a_vrt_unless_drivers_are_cut(
    canary: Path, tmp_path: Path
) -> None:
    """The attack is real (so the test can fail), and the driver list alone stops it, whatever the first bytes say."""
    disguised = tmp_path / "places.geojson"
    disguised.write_bytes(vrt(str(canary)))
    code = f"import pyogrio; print(pyogrio.raw.read({str(disguised)!r})[3])"
    with_all = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    cut = subprocess.run(
        [sys.executable, "-c", code],
        env=child_environment("/tmp", geodata=True),
        capture_output=True,
        text=True,
    )
    assert CANARY in with_all.stdout
    assert cut.returncode != 0
    assert CANARY not in cut.stdout + cut.stderr


@pytest.mark.parametrize(
    ("name", "file_format"),
    [("x.geojson", "geojson"), ("x.gpkg", "gpkg"), ("x.zip", "shapefile"), ("x.csv", "csv")],
)
def test_a_vrt_reads_no_file_and_no_address(
    canary: Path, listener: tuple[str, list[str]], name: str, file_format: str
) -> None:
    address, hits = listener
    for source in (str(canary), f"/vsicurl/{address}/x.csv"):
        for content in (
            vrt(source),
            b"\xef\xbb\xbf\n " + vrt(source),
            zipped({"x.shp": vrt(source), "x.vrt": vrt(source)}),
        ):
            try:
                table = read_table(content, name, FileFormat(format=file_format))
            except UnreadableError as error:
                assert CANARY not in str(error)
            else:
                assert CANARY not in repr(table.rows)
    assert hits == []


def test_a_shapefile_zip_whose_parts_are_vrts_reads_nothing(canary: Path) -> None:
    parts = {f"x{ending}": vrt(str(canary)) for ending in (".shp", ".shx", ".dbf", ".prj")}
    assert CANARY not in refusal(zipped(parts), "x.zip", "shapefile")


def test_a_geojson_that_names_a_service_makes_no_request(listener: tuple[str, list[str]]) -> None:
    address, hits = listener
    for content in (
        json.dumps({"links": [{"href": f"{address}/collections", "rel": "data"}]}).encode(),
        json.dumps({"type": "Topology", "objects": {}, "url": address}).encode(),
    ):
        refusal(content, "x.geojson", "geojson")
    assert hits == []


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = workbook([["a"]], **{"xl/worksheets/sheet2.xml": b"0" * 140_000_000})
    assert len(bomb) < 1_000_000
    started = time.monotonic()
    assert "packad" in refusal(bomb, "x.xlsx", "xlsx")
    assert time.monotonic() - started < 5


def test_a_bomb_that_lies_about_its_size_is_counted_while_it_is_read() -> None:
    data = zipped({"[Content_Types].xml": b"<a/>", "xl/worksheets/sheet1.xml": b"0" * 50_000_000})
    real, lie = (50_000_000).to_bytes(4, "little"), (900).to_bytes(4, "little")
    assert data.count(real) == 2
    assert "skadad" in refusal(data.replace(real, lie), "x.xlsx", "xlsx")


def test_many_members_and_wandering_names_are_refused() -> None:
    many = zipped({f"xl/{i}.xml": b"" for i in range(2_100)})
    assert "många delar" in refusal(many, "x.xlsx", "xlsx")
    for name in ("../../evil.xml", "/etc/evil.xml", "xl\\..\\evil.xml", "C:evil.xml"):
        assert "sökväg" in refusal(zipped({name: b"<a/>"}), "x.xlsx", "xlsx")
    assert not Path("/etc/evil.xml").exists()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_billion_laughs_are_refused(part: str) -> None:
    assert "DOCTYPE" in refusal(workbook([["a"]], **{part: LAUGHS}), "x.xlsx", "xlsx")


def test_xml_in_another_encoding_cannot_hide_a_doctype() -> None:
    for hidden in (LAUGHS.decode().encode("utf-16"), b'<?xml version="1.0" encoding="UTF-7"?><a/>'):
        assert "teckenkodning" in refusal(workbook([["a"]], **{"xl/styles.xml": hidden}), "x.xlsx", "xlsx")


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/a.bin"]
)
def test_macros_external_links_and_embeddings_are_refused(part: str) -> None:
    assert "Makron" in refusal(workbook([["a"]], **{part: b"<a/>"}), "x.xlsx", "xlsx")


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    book = workbook([["a", "b"], [1, 2]])
    assert "avkortad" in refusal(book[: len(book) // 2], "x.xlsx", "xlsx")
    assert "Rad 2" in refusal(b'a,b\n"1,2\n3,4\n', "x.csv", "csv")
    package = tmp_path / "x.gpkg"
    write_geopackage(
        package, [(shapely.Point(583460 + i, 6280546), {"n": i}) for i in range(2000)], layer="p"
    )
    refusal(package.read_bytes()[:6000], "x.gpkg", "gpkg")
    refusal(b'{"type":"FeatureCollection","features":[{"type":"Fea', "x.geojson", "geojson")


@pytest.mark.parametrize("file_format", list(sandbox.ENDINGS))
def test_every_content_under_every_other_name_is_refused(file_format: str, tmp_path: Path) -> None:
    package = tmp_path / "x.gpkg"
    write_geopackage(package, [(shapely.Point(583460, 6280546), {"n": 1})], layer="p")
    contents = {
        "xlsx": workbook([["a"], [1]]),
        "gpkg": package.read_bytes(),
        "csv": b"a,b\n1,2\n",
        "geojson": b'{"type":"FeatureCollection","features":[]}',
    }
    for kind, content in contents.items():
        # A zip is a zip until it is opened, and JSON is text; those are refused by their readers or give no rows.
        if kind != file_format and (kind, file_format) != ("geojson", "csv"):
            refusal(content, f"x{sandbox.ENDINGS[file_format][0]}", file_format)
        for endings in sandbox.ENDINGS.values():
            if endings[0] not in sandbox.ENDINGS[kind]:
                refusal(content, f"x{endings[0]}", kind)


@pytest.mark.parametrize("file_format", list(sandbox.ENDINGS))
def test_an_empty_file_is_refused(file_format: str) -> None:
    for content in (b"", b" \n"):
        assert "tom" in refusal(content, f"x{sandbox.ENDINGS[file_format][0]}", file_format)


def test_a_million_character_cell_is_refused_with_its_place() -> None:
    assert "Rad 2" in refusal(b"a,b\n1," + b"x" * 10**6 + b"\n", "x.csv", "csv")
    feature = {"type": "Feature", "properties": {"a": "x" * 10**6}, "geometry": None}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert "Rad 1, kolumn 1" in refusal(content, "x.geojson", "geojson")


def test_deep_json_is_refused() -> None:
    refusal(b'{"type":"FeatureCollection","features":' + b"[" * 100_000, "x.geojson", "geojson")


def test_a_view_that_never_ends_in_a_geopackage_is_stopped(tmp_path: Path) -> None:
    package = tmp_path / "x.gpkg"
    write_geopackage(package, [(shapely.Point(583460, 6280546), {"n": 1})], layer="p")
    with sqlite3.connect(package) as connection:
        connection.execute(
            "CREATE VIEW v AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"
        )
        connection.execute(
            "INSERT INTO gpkg_contents(table_name, data_type, identifier) VALUES('v','attributes','v')"
        )
    connection.close()
    started = time.monotonic()
    with pytest.raises(UnreadableError, match=r"tid|minne|läsa"):
        read_table(
            package.read_bytes(),
            "x.gpkg",
            FileFormat(format="gpkg", layer="v"),
            limits=Limits(cpu_seconds=2, wall_seconds=10),
        )
    assert time.monotonic() - started < 10


def test_a_child_that_takes_too_long_is_killed() -> None:
    rows = b"a,b\n" + b"1,2\n" * 150_000
    with pytest.raises(UnreadableError, match="tid"):
        read_table(rows, "x.csv", FileFormat(format="csv"), limits=Limits(wall_seconds=0))


def test_a_child_that_needs_too_much_memory_says_so() -> None:
    rows = b"a,b\n" + b"1,2\n" * 190_000
    with pytest.raises(UnreadableError, match=r"minne|avbröts"):
        read_table(rows, "x.csv", FileFormat(format="csv"), limits=Limits(memory_bytes=60_000_000))


def test_an_answer_that_grows_too_large_is_refused() -> None:
    rows = b"a,b\n" + b"1,2\n" * 10_000
    with pytest.raises(UnreadableError, match=r"för stort|avbröts"):
        read_table(rows, "x.csv", FileFormat(format="csv"), limits=Limits(file_bytes=10_000))


def test_a_file_above_the_limit_is_not_read_at_all() -> None:
    with pytest.raises(UnreadableError, match="för stor"):
        read_table(b"a" * 11, "x.csv", FileFormat(format="csv"), limits=Limits(content_bytes=10))


def test_the_child_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVESTPLAN_SECRET_KEY", CANARY)
    monkeypatch.setenv("OGR_SKIP", "")
    environment = child_environment("/tmp/x", geodata=True)
    assert CANARY not in environment.values()
    assert "INVESTPLAN_SECRET_KEY" not in environment
    assert environment["OGR_SKIP"] == skipped_drivers()


def test_the_child_leaves_the_network_where_the_system_permits_it(listener: tuple[str, list[str]]) -> None:
    address, hits = listener
    code = (
        "import sys, urllib.request\nfrom investplan.exchange.sandbox_child import leave_network\n"
        "if not leave_network(): sys.exit(3)\n"
        f"urllib.request.urlopen({address!r}, timeout=3)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env=child_environment("/tmp", geodata=False), capture_output=True
    )
    if child.returncode == 3:
        pytest.skip("this system permits no network namespaces")
    assert child.returncode == 1
    assert hits == []


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_table(b"a,b\n1,2\n", "../../x.csv", FileFormat(format="csv"))
    refusal(b"\x00", "x.csv", "csv")
    assert list(tmp_path.iterdir()) == []


def test_two_threads_may_read_at_once() -> None:
    found: list[int] = []

    def read() -> None:
        found.append(len(read_table(b"a,b\n1,2\n", "x.csv", FileFormat(format="csv")).rows))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1]


def test_messages_hold_no_path_of_the_server(tmp_path: Path) -> None:
    text = refusal(b'{"type":"FeatureCollection","features":[{]}', "x.geojson", "geojson")
    assert not re.search(r"/tmp|investplan-import|" + re.escape(str(Path.cwd())), text)
