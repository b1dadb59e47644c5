"""Studies: who holds a part, what is kept when things die, and that everything kept is accepted by the checker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select, text

from investplan import tasks
from investplan.config import Settings
from investplan.db.models import AuditEntry, Outbox, Study, StudyChunk, StudyMember
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import checks, runs, scenarios, studies, study_families, study_parts
from investplan.services.study_parts import Claim, Verdict
from investplan.services.work import Actor, Work, begin, look
from optimizer.answers import SolveStatus
from optimizer.families.members import Outcome
from optimizer.resolving import Resolver
from tests import factories, prepared_plans

LEASE = 10
SETTINGS = Settings(lease_seconds=LEASE)
ROBUSTNESS: dict[str, Any] = {"samples": 24, "growth_low": "0", "growth_high": "0.3"}


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(work: Work) -> Clock:
    work.now = Clock()
    return work.now


def make_run(work: Work) -> int:
    """A run with a plan, in a round with more proposals than room."""
    found = prepared_plans.filled_round(work)
    return prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id


@pytest.fixture
def run_id(work: Work) -> int:
    made = make_run(work)
    empty_outbox(work)
    return made


def empty_outbox(work: Work) -> None:
    for row in work.session.scalars(select(Outbox)):
        work.session.delete(row)
    work.session.flush()


def outbox(work: Work) -> list[int]:
    rows = work.session.scalars(select(Outbox).order_by(Outbox.id))
    return [row.record_id for row in rows if row.task == "investplan.carry_out_chunk"]


def parts(work: Work, study: Study) -> list[StudyChunk]:
    query = select(StudyChunk).where(StudyChunk.study_id == study.id).order_by(StudyChunk.first_number)
    return list(work.session.scalars(query.execution_options(populate_existing=True)))


def claimed(work: Work, chunk_id: int) -> Claim:
    claim = study_parts.claim(work, chunk_id, lease_seconds=LEASE)
    assert claim is not None
    return claim


def answer(work: Work, claim: Claim, number: int, **changes: Any) -> Verdict:
    outcome = Outcome(**{"status": SolveStatus.STOPPED, **changes})
    return study_parts.store(work, claim, number, {"sample": number}, outcome, lease_seconds=LEASE)


def again(work: Work, study: Study) -> Study:
    return work.session.get_one(Study, study.id, populate_existing=True)


def actions(work: Work) -> list[str]:
    return [row.action for row in work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]


def test_a_request_makes_neighbouring_parts_and_their_messages_together(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS, seed=5)
    made = parts(work, study)
    assert [(p.first_number, p.size) for p in made] == [(0, 8), (8, 8), (16, 8)]
    assert outbox(work) == [p.id for p in made]
    assert (study.state, study.member_count, study.answered_count, study.seed) == ("queued", 24, 0, 5)
    assert study.parameters["seed"] == 5
    assert study.software_version
    assert actions(work)[-1] == "request study"


def test_a_request_is_carried_out_once_per_key(work: Work, run_id: int) -> None:
    first = studies.request(work, run_id, "robustness", ROBUSTNESS, key="form-1")
    assert studies.request(work, run_id, "robustness", ROBUSTNESS, key="form-1").id == first.id
    assert len(outbox(work)) == 3


def test_a_second_active_study_of_a_plan_is_refused_also_by_the_database(
    work: Work, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.request(work, run_id, "robustness", ROBUSTNESS)
    with pytest.raises(StateError, match="redan en undersökning"):
        studies.request(work, run_id, "operating", {})
    monkeypatch.setattr(studies, "active", lambda *_: None)
    with pytest.raises(StateError, match="redan en undersökning"):
        studies.request(work, run_id, "operating", {})


@pytest.mark.parametrize(
    ("kind", "parameters", "more", "field"),
    [
        ("guessing", {}, {}, "kind"),
        ("operating", {"steps": 1}, {}, "steps"),
        ("ceiling", {"low": "1", "high": "0.5"}, {}, "high"),
        ("ceiling", {"limit": "frame XX"}, {}, "limit"),
        ("robustness", {"samples": 0}, {}, "samples"),
        ("robustness", {"growth_low": "0.3", "growth_high": "0.1"}, {}, "growth_high"),
        ("robustness", {"samples": 10}, {"gap": "1.5"}, "gap"),
        ("robustness", {"samples": 10}, {"member_seconds": 0}, "member_seconds"),
        ("robustness", {"samples": 10}, {"seed": -1}, "seed"),
        ("different", {"plans": 20}, {"member_seconds": 100}, "member_seconds"),
        ("stability", {"promises": []}, {}, "promises"),
    ],
)
def test_a_request_names_the_field_that_does_not_fit(
    work: Work, run_id: int, kind: str, parameters: dict[str, Any], more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        studies.request(work, run_id, kind, parameters, **more)
    assert list(refused.value.fields) == [field]


def test_a_run_without_a_plan_cannot_be_studied(work: Work) -> None:
    found = prepared_plans.filled_round(work)
    run = runs.request(work, prepared_plans.scenario(work, found).id)
    with pytest.raises(StateError, match="ingen plan"):
        studies.request(work, run.id, "operating", {})


def test_finance_starts_and_everyone_sees(work: Work, run_id: int) -> None:
    planner = Work(work.session, Actor(1, "Planerare", Role.PLANNER), work.now)
    with pytest.raises(NotAllowedError):
        studies.request(planner, run_id, "robustness", ROBUSTNESS)
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    assert studies.find(planner, study.id).id == study.id
    with pytest.raises(NotAllowedError):
        studies.cancel(planner, study.id)
    with pytest.raises(NotFoundError):
        studies.find(planner, 999)


def test_a_part_is_held_by_one_worker_at_a_time(work: Work, run_id: int, clock: Clock) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    first = parts(work, study)[0]
    claim = claimed(work, first.id)
    assert again(work, study).state == "running"
    assert study_parts.claim(work, first.id, lease_seconds=LEASE) is None  # delivered twice
    clock.pass_seconds(LEASE - 1)
    assert study_parts.beat(work, claim, lease_seconds=LEASE) is Verdict.GO_ON
    clock.pass_seconds(LEASE - 1)
    assert study_parts.claim(work, first.id, lease_seconds=LEASE) is None


def test_a_silent_workers_part_is_taken_from_its_first_unanswered_member(
    work: Work, run_id: int, clock: Clock
) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    first = parts(work, study)[0]
    lost = claimed(work, first.id)
    for number in (0, 1, 2):
        assert answer(work, lost, number) is Verdict.GO_ON
    clock.pass_seconds(LEASE + 1)
    new = claimed(work, first.id)
    assert (new.attempt, sorted(new.known)) == (2, [0, 1, 2])
    # What the sleeper brings is refused, whatever it brings.
    assert answer(work, lost, 3) is Verdict.STOP
    assert study_parts.beat(work, lost, lease_seconds=LEASE) is Verdict.STOP
    assert not study_parts.finish(work, lost)
    assert not study_parts.fail(work, lost, "late")
    assert not study_parts.give_back(work, lost)
    assert again(work, study).answered_count == 3
    assert answer(work, new, 3) is Verdict.GO_ON


def test_the_study_ends_with_its_last_part(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "robustness", {"samples": 12})
    for part in parts(work, study):
        claim = claimed(work, part.id)
        for number in claim.numbers:
            answer(work, claim, number)
        assert again(work, study).state == "running"
        assert study_parts.finish(work, claim)
    ended = again(work, study)
    assert (ended.state, ended.answered_count, ended.message) == ("done", 12, "")
    assert ended.finished_at is not None
    assert actions(work)[-2:] == ["store study part", "end study"]
    kept = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "store study part")).first()
    assert kept is not None
    assert kept.after is not None
    assert len(kept.after["answers_sha256"]) == 64


def test_parts_that_start_from_the_opening_wait_for_it(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "operating", {"steps": 14})
    opening, *others = parts(work, study)
    assert (opening.size, opening.opening) == (1, True)
    assert outbox(work) == [opening.id]
    assert {p.state for p in others} == {"waiting"}
    assert study_parts.claim(work, others[0].id, lease_seconds=LEASE) is None
    claim = claimed(work, opening.id)
    answer(work, claim, 0)
    empty_outbox(work)
    study_parts.finish(work, claim)
    assert outbox(work) == [p.id for p in others]
    assert sorted(claimed(work, others[1].id).known) == [0]


def test_without_an_opening_a_part_knows_nothing_of_its_neighbours(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    first, second, _third = parts(work, study)
    claim = claimed(work, first.id)
    answer(work, claim, 0)
    assert claimed(work, second.id).known == {}


def test_cancel_ends_a_study_at_once_and_keeps_its_answers(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    claim = claimed(work, parts(work, study)[0].id)
    answer(work, claim, 0)
    studies.cancel(work, study.id)
    ended = again(work, study)
    assert (ended.state, ended.answered_count) == ("cancelled", 1)
    assert {p.state for p in parts(work, study)} == {"cancelled"}
    assert answer(work, claim, 1) is Verdict.STOP
    assert study_parts.claim(work, parts(work, study)[1].id, lease_seconds=LEASE) is None
    assert studies.cancel(work, study.id).message == ended.message  # a second press changes nothing
    assert study_families.result_of(work, ended).unknown == 1
    assert actions(work)[-1] == "cancel study"


def test_a_waiting_run_goes_before_the_rest_of_a_part(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    claim = claimed(work, parts(work, study)[0].id)
    assert answer(work, claim, 0) is Verdict.GO_ON
    runs.request(work, runs.find(work, run_id).scenario_id)
    assert answer(work, claim, 1) is Verdict.MAKE_WAY
    empty_outbox(work)
    assert study_parts.give_back(work, claim)
    assert outbox(work) == [claim.chunk_id]
    new = claimed(work, claim.chunk_id)
    assert (new.attempt, sorted(new.known)) == (2, [0, 1])


def test_a_part_that_always_kills_its_worker_ends_and_the_others_go_on(
    work: Work, run_id: int, clock: Clock
) -> None:
    study = studies.request(work, run_id, "robustness", {"samples": 12})
    bad, good = parts(work, study)
    for _ in range(4):
        claimed(work, bad.id)
        clock.pass_seconds(LEASE + 1)
    assert study_parts.claim(work, bad.id, lease_seconds=LEASE) is None
    assert [p.state for p in parts(work, study)] == ["failed", "queued"]
    claim = claimed(work, good.id)
    for number in claim.numbers:
        answer(work, claim, number)
    study_parts.finish(work, claim)
    ended = again(work, study)
    assert (ended.state, ended.answered_count) == ("failed", 6)
    assert "6 av 12 svar finns" in ended.message


def test_an_answer_more_is_progress_and_forgives_the_losses_before(
    work: Work, run_id: int, clock: Clock
) -> None:
    study = studies.request(work, run_id, "robustness", {"samples": 8})
    (only,) = parts(work, study)
    for number in range(6):
        claim = claimed(work, only.id)
        answer(work, claim, number)
        clock.pass_seconds(LEASE + 1)
    assert claimed(work, only.id).attempt == 7


def test_when_the_opening_fails_nothing_waits_for_ever(work: Work, run_id: int) -> None:
    study = studies.request(work, run_id, "operating", {"steps": 14})
    claim = claimed(work, parts(work, study)[0].id)
    assert study_parts.fail(work, claim, "RuntimeError")
    assert [p.state for p in parts(work, study)] == ["failed", "cancelled", "cancelled"]
    assert again(work, study).state == "failed"


def test_sweep_sends_out_again_what_is_silent_and_what_was_lost(
    work: Work, clock: Clock, run_id: int
) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    silent, waiting, _third = parts(work, study)
    claimed(work, silent.id)
    assert study_parts.sweep(work) == []
    clock.pass_seconds(LEASE + 1)
    empty_outbox(work)
    assert study_parts.sweep(work) == [silent.id]  # the others may still be waiting for their turn
    assert study_parts.sweep(work) == []
    empty_outbox(work)
    clock.pass_seconds(61)
    claim = claimed(work, waiting.id)
    assert study_parts.sweep(work) == []  # a worker is busy, so the queue may just be long
    study_parts.fail(work, claim, "done with")
    assert len(study_parts.sweep(work)) == 2
    assert len(outbox(work)) == 2
    assert "requeue study part" in actions(work)


def test_an_embedded_queue_is_sent_anew_at_start(work: Work, run_id: int, clock: Clock) -> None:
    study = studies.request(work, run_id, "robustness", ROBUSTNESS)
    empty_outbox(work)
    assert study_parts.sweep(work, patience_seconds=0) == [p.id for p in parts(work, study)]


def test_criteria_and_scores_are_those_frozen_with_the_run(work: Work, run_id: int) -> None:
    run = runs.find(work, run_id)
    assert study_families.criteria_of(run) == {"behov": "Behov", "risk": "Risk"}
    scores, weights = study_families.scores_of(run)
    assert scores["KS 2026/0105"] == {"behov": 5, "risk": 5}
    assert weights == {"behov": 600, "risk": 400}
    study = studies.request(
        work,
        run_id,
        "robustness",
        {"samples": 5, "ranking": ["risk", "behov"], "scores": scores, "weights": weights},
    )
    member = study_families.family_of(run, "robustness", study.parameters).member(0, {})
    assert member is not None
    drawn = member.change["weights_permyriad"]
    assert drawn["risk"] >= drawn["behov"]


def test_earlier_plans_of_the_round_may_be_asked_about(work: Work, run_id: int) -> None:
    run = runs.find(work, run_id)
    lower = scenarios.ScenarioFacts(name="Lägre", limits=prepared_plans_limits(run))
    other = prepared_plans.plan_of(work, scenarios.create(work, run.scenario.round_id, lower))
    assert [one.id for one in study_families.earlier_plans(work, run)] == [other.id]
    promises = study_families.promises_of(other)
    study = studies.request(work, run_id, "stability", {"promises": promises, "prices": ["0", "100"]})
    assert study.member_count == 2


def prepared_plans_limits(run: Any) -> tuple[scenarios.LimitFacts, ...]:
    per_year = dict.fromkeys(run.scenario.round.years, 9 * factories.MNKR)
    return (scenarios.LimitFacts("ceiling", "Investeringstak", "investment", per_year),)


# ---- carried out as the worker does


@pytest.fixture
def committed(database: Database) -> int:
    with begin(database) as work:
        return make_run(work)


@pytest.fixture
def committed_on_postgres(postgres_database: Database) -> int:
    with begin(postgres_database) as work:
        return make_run(work)


def asked(database: Database, run_id: int, kind: str, parameters: dict[str, Any], **more: Any) -> int:
    with begin(database) as work:
        return studies.request(work, run_id, kind, parameters, **more).id


def chunk_ids(database: Database, study_id: int, *states: str) -> list[int]:
    with look(database) as work:
        query = select(StudyChunk).where(StudyChunk.study_id == study_id).order_by(StudyChunk.first_number)
        return [c.id for c in work.session.scalars(query) if not states or c.state in states]


def carry_out_all(database: Database, study_id: int) -> None:
    while found := chunk_ids(database, study_id, "queued"):
        for chunk_id in found:
            tasks.carry_out_part(database, chunk_id, SETTINGS)


def stored(database: Database, study_id: int) -> Study:
    with look(database) as work:
        study = studies.find(work, study_id)
        work.session.expunge(study)
        return study


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("answers", {}),
    ("operating", {"steps": 12}),
    ("ceiling", {"steps": 4}),
    ("different", {"plans": 3, "within": "0.5", "least_changed": 1}),
    ("stability", {}),
    ("robustness", {"samples": 12}),
]


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_every_kind_is_carried_out_to_its_end_and_its_answers_hold(
    database: Database, committed: int, kind: str, parameters: dict[str, Any]
) -> None:
    study_id = asked(database, committed, kind, parameters, gap="0")
    carry_out_all(database, study_id)
    study = stored(database, study_id)
    assert (study.state, study.answered_count) == ("done", study.member_count)
    with look(database) as work:
        result = study_families.result_of(work, studies.find(work, study_id))
        assert result.to_json()
        assert checks.run(work, database) == []


@pytest.mark.postgres
def test_a_study_is_carried_out_on_postgresql(
    postgres_database: Database, committed_on_postgres: int
) -> None:
    study_id = asked(postgres_database, committed_on_postgres, "operating", {"steps": 12})
    carry_out_all(postgres_database, study_id)
    study = stored(postgres_database, study_id)
    assert (study.state, study.answered_count) == ("done", study.member_count)
    with look(postgres_database) as work:
        assert [b for b in checks.run(work, postgres_database) if b.code.startswith(("STU", "AUD"))] == []


def test_two_workers_share_a_study_and_every_member_is_answered_once(
    database: Database, committed: int
) -> None:
    study_id = asked(database, committed, "robustness", {"samples": 40})
    found = chunk_ids(database, study_id)

    def work_through(ids: list[int]) -> None:
        for chunk_id in ids:
            tasks.carry_out_part(database, chunk_id, SETTINGS)

    # Each is handed every part, in opposite orders: what one holds or has done, the other leaves.
    workers = [threading.Thread(target=work_through, args=(ids,)) for ids in (found, found[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    study = stored(database, study_id)
    assert (study.state, study.answered_count) == ("done", 40)
    with look(database) as work:
        attempts = work.session.scalars(select(StudyChunk.attempt).where(StudyChunk.study_id == study_id))
        assert set(attempts) == {1}


class Slow(Resolver):
    """A resolver that tells when it has begun, and works until it is stopped."""

    begun = threading.Event()

    def solve(self, changed: Any, *, should_stop: Callable[[], bool], **options: Any) -> Any:
        type(self).begun.set()
        deadline = time.monotonic() + 20
        while not should_stop() and time.monotonic() < deadline:
            time.sleep(0.02)
        return super().solve(changed, should_stop=should_stop, **options)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    Slow.begun.clear()
    monkeypatch.setattr(tasks, "Resolver", Slow)
    return Slow


def test_a_cancel_stops_the_worker_within_a_second(
    database: Database, committed: int, slow: type[Slow]
) -> None:
    study_id = asked(database, committed, "robustness", {"samples": 10})
    (chunk_id,) = chunk_ids(database, study_id)
    worker = threading.Thread(target=tasks.carry_out_part, args=(database, chunk_id, SETTINGS))
    worker.start()
    assert slow.begun.wait(10)
    with begin(database) as work:
        studies.cancel(work, study_id)
    cancelled = time.monotonic()
    worker.join(10)
    assert time.monotonic() - cancelled < 1.0
    assert not worker.is_alive()
    study = stored(database, study_id)
    assert (study.state, study.answered_count) == ("cancelled", 0)


def test_a_solver_that_crashes_ends_its_part_with_its_words_in_the_log(
    database: Database, committed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> Any:
        raise RuntimeError("segmentation fault")

    monkeypatch.setattr(tasks.Resolver, "solve", crash)
    study_id = asked(database, committed, "robustness", {"samples": 5})
    carry_out_all(database, study_id)
    assert stored(database, study_id).state == "failed"
    with look(database) as work:
        (row,) = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "fail study part"))
        assert "segmentation fault" in row.reason


def test_partial_answers_are_readable_while_the_study_goes_on(database: Database, committed: int) -> None:
    study_id = asked(database, committed, "robustness", {"samples": 20})
    first, _second = chunk_ids(database, study_id)
    tasks.carry_out_part(database, first, SETTINGS)
    study = stored(database, study_id)
    assert (study.state, study.answered_count) == ("running", 10)
    with look(database) as work:
        result = study_families.result_of(work, studies.find(work, study_id))
    assert result.solved == 10
    assert all(p.of == 10 for p in result.proposals)
    assert {p.word for p in result.proposals} <= {"too few", "depends"}


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("STU1", "UPDATE study SET answered_count = answered_count + 1"),
        ("STU2", """UPDATE study_member SET answer = replace(answer, '"start": 20', '"start": 19')"""),
        ("STU3", """UPDATE study_member SET answer = json_set(answer, '$.value', '1/3')"""),
        (
            "STU4",
            "INSERT INTO outbox (task, record_id, created_at) "
            "VALUES ('investplan.carry_out_chunk', 999, '2026-01-01 00:00:00')",
        ),
    ],
)
def test_a_spoiled_study_is_named_by_its_code(
    database: Database, committed: int, code: str, statement: str
) -> None:
    study_id = asked(database, committed, "robustness", {"samples": 2})
    carry_out_all(database, study_id)
    with begin(database) as work:
        work.session.execute(text(statement))
    with look(database) as work:
        assert code in {breach.code for breach in checks.run(work, database)}


def test_a_stored_answer_is_exact(database: Database, committed: int) -> None:
    study_id = asked(database, committed, "robustness", {"samples": 3}, gap="0")
    carry_out_all(database, study_id)
    with look(database) as work:
        for member in work.session.scalars(select(StudyMember)):
            assert Fraction(member.answer["value"]) <= Fraction(member.answer["bound"])
            assert member.state == "optimal"
