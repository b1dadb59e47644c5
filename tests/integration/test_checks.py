"""`investplan check` over a whole journey: clean as it is, and each breach named by its code once it is spoiled.

The triggers are dropped first, as someone with the database file in hand would do; the check must find that too.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from investplan.db.session import Database
from investplan.domain.frames import AdjustmentKind
from investplan.services import checks, decisions, frames
from investplan.services.work import begin, look
from tests import factories, prepared_plans

FROZEN = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@pytest.fixture(scope="module")
def decided(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round with proposals, a decision by hand, a run, and its plan adopted; its triggers gone."""
    path = tmp_path_factory.mktemp("decided") / "decided.db"
    path.write_bytes(migrated_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with begin(database) as work:
        found = prepared_plans.filled_round(work)
        by_hand = decisions.record(
            work, found.id, decided_on=factories.START_OF_TIME, paragraph="1", title="Ramar"
        )
        frames.add_decided(work, by_hand, "UN", 2027, AdjustmentKind.WAGES, 123_45, source="Löner")
        run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
        decisions.adopt(work, run.id, decided_on=work.today, paragraph="2", title="Plan")
    with look(database) as work:
        assert checks.run(work, database) == []
    database.close()
    raw = sqlite3.connect(path)
    for (name,) in raw.execute(FROZEN).fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.commit()
    raw.close()
    return path


@pytest.fixture
def copy(decided: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "copy.db"
    path.write_bytes(decided.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def _codes_after(database: Database, *statements: str) -> set[str]:
    raw = sqlite3.connect(database.url.removeprefix("sqlite:///"))
    raw.execute("PRAGMA foreign_keys=OFF")
    for statement in statements:
        assert raw.execute(statement).rowcount > 0, f"spoils nothing: {statement}"
    raw.commit()
    raw.close()
    with look(database) as work:
        return {breach.code for breach in checks.run(work, database)}


SUBMITTED = "(SELECT id FROM proposal WHERE status = 'submitted' LIMIT 1)"
ADOPTED = "(SELECT id FROM decision WHERE run_id IS NOT NULL)"


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("DBS2", "UPDATE score SET criterion_id = 999 WHERE rowid = (SELECT min(rowid) FROM score)"),
        ("DBS3", "UPDATE alembic_version SET version_num = '0001'"),
        ("PRO1", f"UPDATE proposal SET outlay_ore = outlay_ore + 1 WHERE id = {SUBMITTED}"),
        ("PRO2", f"UPDATE proposal SET max_e = max_e + 10 WHERE id = {SUBMITTED}"),
        ("PRO3", f"UPDATE alternative SET operating_stated = 0 WHERE proposal_id = {SUBMITTED}"),
        ("PRO4", f"UPDATE alternative SET starts = '[1999]' WHERE proposal_id = {SUBMITTED}"),
        ("RUN1", "UPDATE run SET case_sha256 = 'other'"),
        ("RUN5", "UPDATE run SET finished_at = NULL"),
        ("RUN6", "INSERT INTO outbox (task, record_id, created_at) VALUES ('x', 999, '2026-01-01 00:00:00')"),
        ("DEC1", "UPDATE decided_investment SET snapshot_sha256 = 'other'"),
        ("DEC2", "UPDATE proposal SET status = 'submitted' WHERE status = 'decided'"),
        ("DEC3", "DELETE FROM decided_investment WHERE id = (SELECT min(id) FROM decided_investment)"),
        ("FRM3", f"UPDATE frame_adjustment SET amount_ore = amount_ore + 1 WHERE decision_id = {ADOPTED}"),
        ("FRM3", f"DELETE FROM frame_adjustment WHERE decision_id = {ADOPTED}"),
        ("FRM5", f"UPDATE frame_adjustment SET amount_ore = amount_ore + 1 WHERE decision_id = {ADOPTED}"),
        ("FRM6", "UPDATE frame_adjustment SET group_name = 'flytt' WHERE kind = 'wages'"),
        ("FRM4", "UPDATE frame_adjustment SET year = 1999 WHERE kind = 'wages'"),
    ],
)
def test_a_spoiled_row_is_named_by_its_code(copy: Database, code: str, statement: str) -> None:
    assert code in _codes_after(copy, statement)


def _spoiled_plan(database: Database, change: dict[str, object]) -> str:
    raw = sqlite3.connect(database.url.removeprefix("sqlite:///"))
    plan = json.loads(raw.execute("SELECT plan FROM run").fetchone()[0])
    raw.close()
    return "UPDATE run SET plan = '" + json.dumps({**plan, **change}).replace("'", "''") + "'"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("RUN2", {"chosen": [{"proposal": "nobody", "alternative": "build", "start": 2027}]}),
        ("RUN3", {"case_sha256": "another"}),
        ("RUN4", {"checked": False}),
        ("RUN7", {"value": 1.0}),
    ],
)
def test_a_spoiled_plan_is_named_by_its_code(copy: Database, code: str, change: dict[str, object]) -> None:
    assert code in _codes_after(copy, _spoiled_plan(copy, change))


def test_a_frame_that_is_not_its_rows_is_named(copy: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = frames.of_round

    def one_ore_more(*args: Any, **more: Any) -> list[frames.CommitteeFrames]:
        return [
            replace(one, years=tuple(replace(year, frame_ore=year.frame_ore + 1) for year in one.years))
            for one in real(*args, **more)
        ]

    monkeypatch.setattr(frames, "of_round", one_ore_more)
    with look(copy) as work:
        assert {"FRM1", "FRM2"} <= {breach.code for breach in checks.run(work, copy)}


def test_a_check_that_cannot_be_carried_out_is_a_breach_and_the_others_go_on(copy: Database) -> None:
    codes = _codes_after(
        copy,
        "UPDATE decided_investment SET snapshot = '{}'",
        f"UPDATE proposal SET outlay_ore = outlay_ore + 1 WHERE id = {SUBMITTED}",
    )
    assert {"CHK1", "DEC1", "PRO1"} <= codes


def test_every_trigger_that_is_gone_is_named(copy: Database) -> None:
    with look(copy) as work:
        breaches = [breach for breach in checks.run(work, copy) if breach.code == "DBS4"]
    assert len(breaches) == 18
