"""The child process that reads a file: limits first, then the reader, then one JSON answer on standard output.

Started by `sandbox.read_table`, never by people. What it may use is set here, in its own process, before anything
but the standard library is imported.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from investplan.errors import Note
from investplan.exchange import sie_reading, statistics
from investplan.exchange.tables import Reading, Table, UnreadableError, note_to_json, read_csv, table_to_json

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
RESOURCES = {
    "memory_bytes": resource.RLIMIT_AS,
    "cpu_seconds": resource.RLIMIT_CPU,
    "file_bytes": resource.RLIMIT_FSIZE,
    "open_files": resource.RLIMIT_NOFILE,
    "core_bytes": resource.RLIMIT_CORE,
}


def leave_network() -> bool:
    """Move to an empty network namespace; False where the system does not permit it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        return False
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET) == 0:
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    # Without a mapping the process would be nobody, and could not even write its temporary files.
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            Path(f"/proc/self/{name}").write_text(text)
        except OSError:
            break
    return True


def apply_limits(limits: dict[str, int]) -> None:
    """Lower this process's limits; never raises one above what the system allows."""
    for name, kind in RESOURCES.items():
        if name in limits:
            _, hard = resource.getrlimit(kind)
            wanted = limits[name] if hard == resource.RLIM_INFINITY else min(limits[name], hard)
            resource.setrlimit(kind, (wanted, wanted))


def read(reading: Reading) -> Table:
    """The table, by the reader of its format."""
    content = Path(reading.path).read_bytes()
    if reading.format == "csv":
        return read_csv(
            content,
            encoding=reading.encoding,
            delimiter=reading.delimiter,
            header_row=reading.header_row,
        )
    if reading.format == "jsonstat":
        return statistics.to_table(statistics.read_dataset(content))
    if reading.format == "sie":
        return sie_reading.read_sie_table(content)
    from investplan.exchange import workbooks

    if reading.format == "xlsx":
        return workbooks.read_workbook(content, sheet=reading.sheet, header_row=reading.header_row)
    _do_without_what_is_not_needed()
    from investplan.exchange import geodata

    if reading.format == "shapefile":
        geodata.check_shapefile(workbooks.check_archive(content))
    return geodata.read_geodata(reading.path, file_format=reading.format, layer=reading.layer)


def _do_without_what_is_not_needed() -> None:
    """GDAL's wrapper imports these where they are found: a second of start, half of the memory, and nothing used."""
    for name in ("geopandas", "pandas", "pyarrow", "pyproj", "shapely"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def answer(reading: Reading) -> dict[str, Any]:
    try:
        return table_to_json(read(reading))
    except UnreadableError as error:
        return {"refused": [note_to_json(note) for note in error.notes]}
    except (MemoryError, RecursionError):
        return {"refused": [note_to_json(Note("Filen kräver för mycket minne för att läsas."))]}


def main() -> int:
    reading = Reading(**json.load(sys.stdin))
    offline = leave_network()
    apply_limits(reading.limits)
    found = answer(reading)
    json.dump({**found, "offline": offline}, sys.stdout, ensure_ascii=True)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
