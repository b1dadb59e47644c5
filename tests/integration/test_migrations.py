"""Every revision up and down with data, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from investplan.db import migrating
from investplan.db.base import Base
from investplan.db.session import Database
from investplan.services.work import begin
from tests import factories


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.close()


def _rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))]
            for table in Base.metadata.sorted_tables
        }


def _climb(database: Database) -> None:
    migrating.migrate(database)
    assert migrating.differences(database) == []
    with begin(database) as work:
        factories.committee(work)
        found = factories.planning_round(work)
        factories.submitted_proposal(work, found.id)
    filled = _rows(database)
    assert filled["proposal"]
    assert filled["audit_entry"]
    # Down and up again over every revision that keeps the tables; the first one is what makes them.
    for revision in migrating.revisions()[:-1][::-1]:
        migrating.migrate(database, revision)
        assert migrating.current(database) == revision
    migrating.migrate(database)
    assert _rows(database) == filled
    migrating.migrate(database, "base")
    assert migrating.current(database) is None
    migrating.migrate(database)
    assert all(rows == [] for rows in _rows(database).values())


def test_migrations_run_up_and_down_with_data_on_sqlite(empty_sqlite: Database) -> None:
    _climb(empty_sqlite)


@pytest.mark.postgres
def test_migrations_run_up_and_down_with_data_on_postgresql(empty_postgres: Database) -> None:
    _climb(empty_postgres)


def test_there_is_one_head() -> None:
    assert migrating.revisions()[-1] == migrating.head()


def test_a_migration_that_fails_midway_leaves_the_database_as_it_was(
    empty_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrating.migrate(empty_sqlite, "0001")
    from alembic import op

    real, calls = op.execute, []

    def fail_at_the_third(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError("power cut")
        real(*args)

    monkeypatch.setattr(op, "execute", fail_at_the_third)
    with pytest.raises(RuntimeError, match="power cut"):
        migrating.migrate(empty_sqlite)
    assert migrating.current(empty_sqlite) == "0001"
    with empty_sqlite.engine.connect() as connection:
        assert (
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type='trigger'").scalar()
            == 0
        )
