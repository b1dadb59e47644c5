"""The ground: nothing is lost, half written, or changed once decided."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, StatementError

from investplan.config import Settings
from investplan.db.models import AuditEntry, BaseFrame, IdempotencyKey, Organisation, ParameterSet
from investplan.db.session import Database
from investplan.domain.parameters import DEFAULTS
from investplan.errors import InvalidInputError, StateError
from investplan.services import checks, databases, rounds
from investplan.services.work import SYSTEM, Actor, Work, begin, look, once
from tests import factories

WRITERS, CHANGES = 8, 100


def _change_many(url: str, writer: int) -> None:
    database = Database(url)
    for _ in range(CHANGES):
        with begin(database, Actor(writer, f"skrivare {writer}", SYSTEM.role)) as work:
            organisation = work.session.scalars(select(Organisation)).one()
            before = organisation.version
            organisation.version = before + 1
            work.record("change", "organisation", organisation.code, before={"version": before},
                        after={"version": before + 1})  # fmt: skip
    database.close()


def _write_with_processes(database: Database) -> None:
    with begin(database) as work:
        factories.committee(work)
    url = database.engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_change_many, args=(url, number)) for number in range(1, WRITERS + 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * WRITERS
    with look(database) as work:
        assert work.session.scalars(select(Organisation)).one().version == 1 + WRITERS * CHANGES
        assert len(work.session.scalars(select(AuditEntry.seq)).all()) == 1 + WRITERS * CHANGES
        assert checks.run(work, database) == []


def test_eight_processes_writing_800_changes_to_sqlite_lose_none(database: Database) -> None:
    _write_with_processes(database)


@pytest.mark.postgres
def test_eight_processes_writing_800_changes_to_postgresql_lose_none(postgres_database: Database) -> None:
    _write_with_processes(postgres_database)


def test_a_failed_unit_of_work_leaves_nothing_not_even_its_audit_row(database: Database) -> None:
    with pytest.raises(RuntimeError), begin(database) as work:
        factories.committee(work)
        raise RuntimeError("midway")
    with look(database) as work:
        assert work.session.scalars(select(Organisation)).all() == []
        assert work.session.scalars(select(AuditEntry)).all() == []


def test_a_read_transaction_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(text("INSERT INTO alembic_version VALUES ('x')"))


@pytest.mark.postgres
def test_a_read_transaction_cannot_write_on_postgresql(postgres_database: Database) -> None:
    with postgres_database.read() as session, pytest.raises(DatabaseError, match="read-only"):
        session.execute(text("INSERT INTO alembic_version VALUES ('x')"))


def test_every_connection_has_the_pragmas_that_the_rules_need(database: Database) -> None:
    with database.engine.connect() as connection:
        for name, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1),
                            ("recursive_triggers", 1), ("trusted_schema", 0), ("busy_timeout", 10000)):  # fmt: skip
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


FROZEN_STATEMENTS = (
    "UPDATE audit_entry SET reason = 'x'",
    "DELETE FROM audit_entry",
    "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry LIMIT 1",
    "UPDATE parameter_set SET source = 'x'",
    "DELETE FROM parameter_set",
)


@pytest.mark.parametrize("statement", FROZEN_STATEMENTS)
def test_raw_sql_cannot_change_what_is_frozen(database: Database, statement: str) -> None:
    with begin(database) as work:
        rounds.add_parameters(work, DEFAULTS, name="Grund", valid_from=factories.START_OF_TIME)
    with database.engine.connect() as connection, pytest.raises(IntegrityError, match="frozen"):
        connection.exec_driver_sql(statement)
    with look(database) as work:
        assert work.session.scalars(select(ParameterSet)).one().source == ""


@pytest.mark.postgres
@pytest.mark.parametrize("statement", [s for s in FROZEN_STATEMENTS if "REPLACE" not in s])
def test_raw_sql_cannot_change_what_is_frozen_on_postgresql(
    postgres_database: Database, statement: str
) -> None:
    with begin(postgres_database) as work:
        rounds.add_parameters(work, DEFAULTS, name="Grund", valid_from=factories.START_OF_TIME)
    with postgres_database.engine.connect() as connection, pytest.raises(IntegrityError, match="frozen"):
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("value", ["1.5", "'abc'", "100000000000001"])
def test_the_database_itself_refuses_money_that_is_not_whole_ore_in_range(
    database: Database, value: str
) -> None:
    with begin(database) as work:
        factories.committee(work)
        factories.planning_round(work)
    with database.engine.connect() as connection, pytest.raises(IntegrityError, match="whole"):
        connection.exec_driver_sql(
            f"INSERT INTO base_frame (round_id, organisation_id, amount_ore, source) VALUES (1, 1, {value}, '')"
        )


def test_money_that_is_not_an_int_never_reaches_the_database(work: Work) -> None:
    owner = factories.committee(work)
    found = factories.planning_round(work)
    work.session.add(BaseFrame(round_id=found.id, organisation=owner, amount_ore=1.5, source=""))
    with pytest.raises(StatementError, match="whole öre"):
        work.session.flush()


def test_one_key_makes_one_record_however_many_send_it_at_once(database: Database) -> None:
    results: list[int] = []

    def send() -> None:
        with begin(database) as work:
            results.append(
                once(
                    work, "add", "same-key", {"code": "UN"}, lambda: factories.committee(work).id or _id(work)
                )
            )

    def _id(work: Work) -> int:
        work.session.flush()
        return work.session.scalars(select(Organisation.id)).one()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20
    assert len(set(results)) == 1
    with look(database) as work:
        assert len(work.session.scalars(select(Organisation)).all()) == 1
        assert len(work.session.scalars(select(IdempotencyKey)).all()) == 1


def test_the_same_key_with_another_body_is_refused(work: Work) -> None:
    once(work, "add", "k", {"a": 1}, lambda: 1)
    with pytest.raises(InvalidInputError):
        once(work, "add", "k", {"a": 2}, lambda: 2)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("reason", "'hittat på'", "AUD3"),
        ("actor_name", "'någon annan'", "AUD3"),
        ("previous_hash", "'0'", "AUD2"),
    ],
)
def test_one_changed_cell_of_the_audit_is_found(
    database: Database, column: str, value: str, code: str
) -> None:
    with begin(database) as work:
        for number in range(3):
            factories.committee(work, f"N{number}")
    path = database.url.removeprefix("sqlite:///")
    raw = sqlite3.connect(path)
    raw.execute("DROP TRIGGER frozen_audit_entry_update")
    raw.execute(f"UPDATE audit_entry SET {column} = {value} WHERE seq = 2")
    raw.commit()
    raw.close()
    with look(database) as work:
        codes = {breach.code for breach in checks.run(work, database)}
    assert {code, "DBS4"} <= codes


def test_a_removed_audit_row_is_found(database: Database) -> None:
    with begin(database) as work:
        for number in range(3):
            factories.committee(work, f"N{number}")
    raw = sqlite3.connect(database.url.removeprefix("sqlite:///"))
    raw.execute("DROP TRIGGER frozen_audit_entry_delete")
    raw.execute("DELETE FROM audit_entry WHERE seq = 2")
    raw.commit()
    raw.close()
    with look(database) as work:
        assert {"AUD1", "AUD2"} <= {breach.code for breach in checks.run(work, database)}


def test_a_backup_taken_while_others_write_is_whole_and_restores(tmp_path: Path, database: Database) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database.url)
    with begin(database) as work:
        factories.committee(work)
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with begin(database) as work:
                work.record("tick", "clock", number)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for number in range(5):
            databases.back_up(settings, tmp_path / f"copy-{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        copy = Database(f"sqlite:///{tmp_path / f'copy-{number}.db'}")
        with look(copy) as work:
            assert checks.run(work, copy) == []
        copy.close()
    with pytest.raises(StateError, match="skriver aldrig över"):
        databases.back_up(settings, tmp_path / "copy-0.db")
    database.close()
    databases.restore(settings, tmp_path / "copy-4.db")
    restored = Database(database.url)
    with look(restored) as work:
        assert checks.run(work, restored) == []
        assert work.session.scalars(select(Organisation.code)).all() == ["UN"]
    restored.close()


def test_a_damaged_backup_is_refused_and_the_database_stays(tmp_path: Path, database: Database) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database.url)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\x00" + b"\x00" * 4000)
    before = Path(database.url.removeprefix("sqlite:///")).stat().st_ino
    with pytest.raises(StateError, match="skadad"):
        databases.restore(settings, damaged)
    assert Path(database.url.removeprefix("sqlite:///")).stat().st_ino == before
