"""Every revision up and down with data, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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


def _stages_and_leases(database: Database) -> None:
    """Rows from before the revision stay, those of its own go with it, and its triggers come with it."""
    migrating.migrate(database, "0003")
    with database.engine.begin() as connection:
        for statement in AN_OLD_PROPOSAL:
            connection.execute(text(statement))
        connection.execute(text(A_STAGE))
        connection.execute(text(A_LEASE))
    migrating.migrate(database, "0002")
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM component ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [
            (1, 1, 0, "Stomme", 100, 0, 480, "property"),
            (2, 1, 1, "Etapp", 100, 0, 480, "property"),
        ]
    migrating.migrate(database, "0003")
    with database.engine.begin() as connection:
        columns = text("SELECT commissioned_after_months, lease_months FROM component WHERE id = 1")
        assert tuple(connection.execute(columns).one()) == (None, None)
        assert connection.execute(text("SELECT count(*) FROM lease")).scalar() == 0
        connection.execute(text(A_LEASE))
        connection.execute(text("UPDATE proposal SET status = 'decided'"))
    for statement in ("UPDATE lease SET area_m2 = 2", "DELETE FROM lease", A_LEASE.replace("(1,", "(2,")):
        with pytest.raises(DBAPIError, match="frozen"), database.engine.begin() as connection:
            connection.execute(text(statement))


AN_OLD_PROPOSAL = (
    "INSERT INTO parameter_set (id, name, version, valid_from, source, \"values\") VALUES (1, 'P', 1, '2027-01-01', '', '{}')",
    "INSERT INTO planning_round (id, name, budget_year, horizon_years, currency, map_crs, fictional, parameter_set_id, version)"
    " VALUES (1, 'B', 2027, 10, 'SEK', 'EPSG:3006', FALSE, 1, 1)",
    "INSERT INTO organisation (id, code, name, kind, is_landlord, valid_from, version)"
    " VALUES (1, 'UN', 'UN', 'committee', FALSE, '2020-01-01', 1)",
    "INSERT INTO proposal (id, round_id, case_number, title, organisation_id, category, purpose, stage, status, required,"
    " place_note, source_ref, outlay_ore, version, changed_at)"
    " VALUES (1, 1, 'A', 'A', 1, 'legal', '', 'need', 'draft', FALSE, '', '', 0, 1, '2027-01-01')",
    "INSERT INTO alternative (id, proposal_id, position, code, title, kind, starts, price_level_year,"
    " commissioned_after_months, benefit_percent, grants_stated, operating_stated, disposals_stated)"
    " VALUES (1, 1, 0, 'a', '', 'build', '[]', 2027, 0, 100, FALSE, FALSE, FALSE)",
    "INSERT INTO component (id, alternative_id, position, name, amount_ore, residual_ore, life_months, part)"
    " VALUES (1, 1, 0, 'Stomme', 100, 0, 480, 'property')",
)
A_STAGE = (
    "INSERT INTO component (id, alternative_id, position, name, amount_ore, residual_ore, life_months, part,"
    " commissioned_after_months, lease_months) VALUES (2, 1, 1, 'Etapp', 100, 0, 480, 'property', 30, 120)"
)
A_LEASE = (
    "INSERT INTO lease (id, alternative_id, position, name, organisation_id, area_m2, ore_per_m2, index_permille,"
    " starts_after_months, lasts_months, ended, notice_months, restoration_ore)"
    " VALUES (1, 1, 0, 'Hus B', 1, 900, 185000, 800, 0, 240, FALSE, 0, 0)"
)


def test_stages_and_leases_come_and_go_without_harm_to_what_is_older_on_sqlite(
    empty_sqlite: Database,
) -> None:
    _stages_and_leases(empty_sqlite)


@pytest.mark.postgres
def test_stages_and_leases_come_and_go_without_harm_to_what_is_older_on_postgresql(
    empty_postgres: Database,
) -> None:
    _stages_and_leases(empty_postgres)


def _two_more_kinds(database: Database) -> None:
    """On the way down a new kind of alternative becomes new building; the triggers are there after both ways."""
    migrating.migrate(database, "0010")
    with database.engine.begin() as connection:
        for statement in AN_OLD_PROPOSAL:
            connection.execute(text(statement))
        connection.execute(text("UPDATE alternative SET kind = 'shared_use', rejected = true"))
    migrating.migrate(database, "0009")
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        assert connection.execute(text("SELECT kind FROM alternative")).scalar() == "build"
        connection.execute(text("UPDATE alternative SET kind = 'shared_use'"))
    migrating.migrate(database, "0010")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alternative SET kind = 'other_place'"))
        connection.execute(text("UPDATE proposal SET status = 'decided'"))
    with pytest.raises(DBAPIError, match="frozen"), database.engine.begin() as connection:
        connection.execute(text("UPDATE alternative SET rejected = true"))


def test_two_more_kinds_of_alternative_come_and_go_on_sqlite(empty_sqlite: Database) -> None:
    _two_more_kinds(empty_sqlite)


@pytest.mark.postgres
def test_two_more_kinds_of_alternative_come_and_go_on_postgresql(empty_postgres: Database) -> None:
    _two_more_kinds(empty_postgres)


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
