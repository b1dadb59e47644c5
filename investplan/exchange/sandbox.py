"""Reading someone else's file in a limited child process: the only way a file's content enters.

The child has little memory and time, no environment, its own folder, no network where the system permits it, and
four GDAL drivers. Whatever happens in it, the caller gets a table or notes.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from investplan.errors import Note
from investplan.exchange.geodata import skipped_drivers
from investplan.exchange.mappings import FileFormat
from investplan.exchange.tables import (
    Reading,
    Table,
    UnreadableError,
    Wanted,
    note_from_json,
    table_from_json,
)

ROOT = Path(__file__).resolve().parents[2]
GEODATA = ("geojson", "gpkg", "shapefile")
ENDINGS = {
    "csv": (".csv", ".txt", ".tsv"),
    "xlsx": (".xlsx",),
    "geojson": (".geojson", ".json", ".geojsonl", ".geojsons"),
    "gpkg": (".gpkg",),
    "shapefile": (".zip",),
    "jsonstat": (".json",),
    "sie": (".se", ".si", ".sie"),
}
SIGNATURES = {
    "xlsx": re.compile(rb"PK\x03\x04"),
    "shapefile": re.compile(rb"PK\x03\x04"),
    "gpkg": re.compile(rb"SQLite format 3\x00"),
    "geojson": re.compile(rb"(?:\xef\xbb\xbf)?[\s\x1e]*\{"),
    "jsonstat": re.compile(rb"(?:\xef\xbb\xbf)?\s*\{"),
    "sie": re.compile(rb"(?:\xef\xbb\xbf)?\s*#"),
}


@dataclass(frozen=True)
class Limits:
    """What the child may use. `wall_seconds` is kept by the parent, the rest by the kernel."""

    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 30
    file_bytes: int = 64 * 1024**2
    open_files: int = 64
    core_bytes: int = 0
    wall_seconds: int = 60
    content_bytes: int = 32 * 1024**2


LIMITS = Limits()


def child_environment(folder: str, *, geodata: bool) -> dict[str, str]:
    """All that the child sees of the environment: where Python is, its own folder, and GDAL's cut-down."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        "HOME": folder,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PROJ_NETWORK": "OFF",
    }
    if geodata:
        environment |= {"OGR_SKIP": skipped_drivers(), "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none"}
    return environment


def check_kind(content: bytes, file_name: str, file_format: str) -> None:
    """Refuses a file whose name or first bytes do not agree with the format that the mapping states.

    Raises:
        UnreadableError: one note per fault.
    """
    faults: list[Note] = []
    if not file_name.lower().endswith(ENDINGS[file_format]):
        faults.append(
            Note(
                "Filen heter %(name)s men mappningen säger %(format)s (%(endings)s).",
                {"name": file_name[:80], "format": file_format, "endings": ", ".join(ENDINGS[file_format])},
            )
        )
    if not content.strip():
        faults.append(Note("Filen är tom."))
    elif not _has_signature(content, file_format):
        faults.append(Note("Innehållet är inte %(format)s, vad filen än heter.", {"format": file_format}))
    if faults:
        raise UnreadableError(*faults)


def _has_signature(content: bytes, file_format: str) -> bool:
    if file_format in SIGNATURES:
        return SIGNATURES[file_format].match(content) is not None
    return not any(pattern.match(content) for pattern in (SIGNATURES["xlsx"], SIGNATURES["gpkg"]))


def read_capped(path: Path, *, limits: Limits = LIMITS) -> bytes:
    """At most one byte more of the file than is taken in: enough for the size check to refuse it."""
    with path.open("rb") as file:
        return file.read(limits.content_bytes + 1)


def read_table(
    content: bytes, file_name: str, wanted: FileFormat | Wanted, *, limits: Limits = LIMITS
) -> Table:
    """The table in the file, read by a child process.

    Raises:
        UnreadableError: why the file is not taken, one note per fault; also when the child was stopped.
    """
    if len(content) > limits.content_bytes:
        raise UnreadableError(
            Note("Filen är för stor. Högst %(max)d MB tas emot.", {"max": limits.content_bytes // 1024**2})
        )
    check_kind(content, file_name, wanted.format)
    with tempfile.TemporaryDirectory(prefix="investplan-import-") as folder:
        # The name is ours: what the sender calls the file never becomes a path.
        path = Path(folder) / f"content{ENDINGS[wanted.format][0]}"
        path.write_bytes(content)
        reading = Reading(
            str(path),
            wanted.format,
            wanted.encoding,
            wanted.delimiter,
            wanted.header_row,
            wanted.sheet,
            wanted.layer,
            asdict(limits),
        )
        found = run_child(
            "investplan.exchange.sandbox_child",
            asdict(reading),
            folder,
            limits,
            geodata=reading.format in GEODATA,
        )
    if "refused" in found:
        raise UnreadableError(*[note_from_json(note) for note in found["refused"]])
    table = table_from_json(found)
    return table if found["offline"] else replace(table, remarks=(*table.remarks, _not_offline()))


def _not_offline() -> Note:
    return Note("Läsningen kunde inte skiljas från nätet: systemet tillåter det inte.")


def run_child(
    module: str, request_json: dict[str, Any], folder: str, limits: Limits, *, geodata: bool
) -> dict[str, Any]:
    """The JSON answer of a module run as a limited child process with `request_json` on its standard input.

    Raises:
        UnreadableError: it was stopped, died, or said more than it may.
    """
    paths = {name: Path(folder) / name for name in ("request.json", "answer.json", "errors.txt")}
    paths["request.json"].write_text(json.dumps(request_json))
    # Files instead of pipes: no pipe can fill up, and the kernel's file size limit caps the answer.
    with (
        paths["request.json"].open("rb") as request,
        paths["answer.json"].open("wb") as answer,
        paths["errors.txt"].open("wb") as errors,
    ):
        child = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", module],
            stdin=request,
            stdout=answer,
            stderr=errors,
            cwd=folder,
            env=child_environment(folder, geodata=geodata),
            start_new_session=True,
            close_fds=True,
        )
        try:
            child.wait(timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise UnreadableError(
                Note("Filen tog för lång tid att läsa (mer än %(max)d s).", {"max": limits.wall_seconds})
            ) from None
    if child.returncode != 0:
        raise UnreadableError(_why_it_died(child.returncode, paths["errors.txt"]))
    try:
        return dict(json.loads(paths["answer.json"].read_bytes()))
    except ValueError:
        raise UnreadableError(Note("Filen gick inte att läsa: svaret blev för stort.")) from None


def _why_it_died(code: int, errors: Path) -> Note:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Note("Filen krävde för mycket tid eller minne för att läsas.")
    if b"MemoryError" in errors.read_bytes()[-4000:]:
        return Note("Filen kräver för mycket minne för att läsas.")
    if b"File too large" in errors.read_bytes()[-4000:]:
        return Note("Filen gick inte att läsa: svaret blev för stort.")
    return Note("Filen gick inte att läsa: läsningen avbröts.")
