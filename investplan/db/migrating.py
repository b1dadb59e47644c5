"""Bring a database to a revision: one transaction, so a crash in the middle leaves it as it was."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from investplan.db import models  # noqa: F401 - registers the tables
from investplan.db.base import Base
from investplan.db.session import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("investplan.db") / "migrations"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this code knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database, revision: str = "head") -> None:
    """Up or down to `revision`, in one transaction."""
    direction: Any = command.upgrade
    if revision != "head":
        known = revisions()
        at = current(database)
        if revision == "base" or (at in known and known.index(revision) < known.index(at)):
            direction = command.downgrade
    if database.is_sqlite:
        _migrate_sqlite(database, direction, revision)
        return
    with database.engine.begin() as connection:
        direction(_config(connection), revision)


def _migrate_sqlite(database: Database, direction: Any, revision: str) -> None:
    """SQLite rebuilds tables to alter them: foreign keys must rest, and can only be put to rest outside a transaction."""
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                direction(_config(connection), revision)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"migration to {revision} breaks foreign keys: {broken[:5]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def differences(database: Database) -> list[Any]:
    """What autogenerate would still change: empty when models and migrations agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))
