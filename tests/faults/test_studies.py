from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from investplan.db.models import Study, StudyChunk, StudyMember
from investplan.services import studies
from investplan.services.work import begin, look
from tests.faults.installations import Installation
from tests.servers import RabbitServer, wait_until

MakeInstallation = Callable[..., Installation]


def planned(here: Installation) -> int:
    """A run with a plan that took a second; the workers must be running."""
    run_id = here.request(here.hard_scenario(), max_seconds=1)
    assert here.wait_until_over(run_id, 90).value is not None
    return run_id


def request(here: Installation, run_id: int, samples: int) -> int:
    """A study whose every member takes a second."""
    with begin(here.database) as work:
        parameters = {"samples": samples, "growth_low": "0", "growth_high": "0.02", "delay_share": "0"}
        return studies.request(work, run_id, "robustness", parameters, gap="0", member_seconds=1).id


def study(here: Installation, study_id: int) -> Study:
    with look(here.database) as work:
        found = studies.find(work, study_id)
        work.session.expunge(found)
        return found


def wait_for(here: Installation, study_id: int, condition: Callable[[Study], bool], seconds: float) -> Study:
    wait_until(lambda: condition(study(here, study_id)), seconds, f"the study; {here.log()[-4000:]}")
    return study(here, study_id)


def test_a_worker_killed_mid_study_loses_no_answer_and_its_part_goes_on_from_the_first_unanswered(
    installation: MakeInstallation,
) -> None:
    here = installation(lease_seconds=6)
    here.serve()
    study_id = request(here, planned(here), 6)
    wait_for(here, study_id, lambda s: s.answered_count >= 2, 60)
    here.kill_worker()
    with here.database.read() as session:
        before = {row.number: row.id for row in session.execute(select(StudyMember.number, StudyMember.id))}
    over = wait_for(here, study_id, lambda s: s.state not in ("queued", "running"), 90)
    assert (over.state, over.answered_count) == ("done", 6)
    with here.database.read() as session:
        after = {row.number: row.id for row in session.execute(select(StudyMember.number, StudyMember.id))}
        assert session.scalar(select(StudyChunk.attempt)) == 2
    assert sorted(after) == list(range(6))
    assert before.items() <= after.items()


@pytest.mark.rabbitmq
def test_two_workers_share_a_study_over_rabbitmq_and_a_run_goes_before_it(
    installation: MakeInstallation, rabbitmq: RabbitServer
) -> None:
    here = installation(broker_url=rabbitmq.url)
    here.start("worker", "--concurrency", "2", ready="Worker started")
    run_id = planned(here)
    scenario_id = here.run(run_id).scenario_id
    study_id = request(here, run_id, 40)
    wait_for(here, study_id, lambda s: s.answered_count >= 1, 60)
    second = here.request(scenario_id, max_seconds=1)
    assert here.wait_until_over(second, 60).state == "done"
    assert study(here, study_id).answered_count < 40
    over = wait_for(here, study_id, lambda s: s.state not in ("queued", "running"), 120)
    assert (over.state, over.answered_count) == ("done", 40)
    with here.database.read() as session:
        members = session.scalar(select(func.count()).select_from(StudyMember))
    assert members == 40
