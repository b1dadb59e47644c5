"""The database as a whole: opened for the edges, migrated, backed up and put back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

from investplan.config import Settings
from investplan.db import migrating
from investplan.db.session import Database
from investplan.errors import Note, StateError

__all__ = ["Database", "back_up", "is_current", "migrate", "open_current", "open_database", "restore"]


def open_database(settings: Settings) -> Database:
    """The database of an installation; the folder of an embedded one is made when missing."""
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Database(settings.effective_database_url)


def open_current(settings: Settings) -> Database:
    """The database of an installation at the newest revision: an empty one is made so.

    Raises:
        StateError: it holds data at another revision; moving that is a step of its own, after a backup.
    """
    database = open_database(settings)
    at = migrating.current(database)
    if at is None:
        migrating.migrate(database)
    elif at != migrating.head():
        database.close()
        raise StateError(
            Note(
                "Databasen är av revision %(at)s, programmet av %(head)s. Säkerhetskopiera och kör investplan migrate.",
                {"at": at, "head": migrating.head()},
            )
        )
    return database


def migrate(database: Database, revision: str = "head") -> str | None:
    """Bring the database to a revision; returns the one it was at before."""
    before = migrating.current(database)
    migrating.migrate(database, revision)
    return before


def is_current(database: Database) -> bool:
    """True when the database is at the newest revision this code knows."""
    return migrating.current(database) == migrating.head()


def back_up(settings: Settings, target: Path) -> None:
    """A copy of one consistent instant, also while others write.

    Raises:
        StateError: the target exists; a backup never overwrites.
    """
    if target.exists():
        raise StateError(
            Note("%(path)s finns redan; en säkerhetskopia skriver aldrig över.", {"path": str(target)})
        )
    url = settings.effective_database_url
    partial = target.with_name(target.name + ".partial")
    if url.startswith("sqlite"):
        source = sqlite3.connect(url.removeprefix("sqlite:///"))
        copy = sqlite3.connect(partial)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
    else:
        _postgres("pg_dump", "--format=custom", f"--file={partial}", f"--dbname={_libpq(url)}")
    partial.chmod(0o600)
    partial.rename(target)


def restore(settings: Settings, source: Path) -> None:
    """Put a backup in the place of the database; an SQLite database that stood there is kept beside it.

    Raises:
        StateError: the backup is not whole, or there is none.
    """
    if not source.exists():
        raise StateError(Note("%(path)s finns inte.", {"path": str(source)}))
    url = settings.effective_database_url
    if not url.startswith("sqlite"):
        _postgres(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--single-transaction",
            f"--dbname={_libpq(url)}",
            str(source),
        )
        return
    _refuse_damaged(source)
    target = Path(url.removeprefix("sqlite:///"))
    fresh = target.with_name(target.name + ".restoring")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    for name in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
        if name.exists():
            name.rename(name.with_name(name.name + ".before-restore"))
    fresh.rename(target)


def _refuse_damaged(source: Path) -> None:
    try:
        connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        try:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise StateError(Note("Säkerhetskopian är skadad: %(answer)s", {"answer": answer}))


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _postgres(*command: str) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise StateError(Note("%(program)s saknas på den här maskinen.", {"program": command[0]}))
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StateError(
            Note("%(program)s: %(error)s", {"program": command[0], "error": done.stderr.strip()[-500:]})
        )
