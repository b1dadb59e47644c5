"""A whole installation as processes of its own: started, looked at through the services, and killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from investplan.config import PREFIX, Settings
from investplan.db.models import AuditEntry, Outbox, Run
from investplan.domain.proposals import Component, Outlay
from investplan.services import databases, runs, scenarios
from investplan.services.work import begin, look
from tests import factories
from tests.servers import group_members, kill_group, wait_until

READY_SECONDS = 30


class Installation:
    """Processes over one data folder and database.

    Attributes:
        settings: What the processes are started with.
        database: The same database, opened here.
    """

    def __init__(self, folder: Path, *, bytecode: Path, **changes: Any) -> None:
        self.settings = replace(Settings(data_dir=folder / "var", port=0), **changes)
        self.database = databases.open_database(self.settings)
        databases.migrate(self.database)
        self._folder = folder
        # Compiled once for all processes of the suite: most of a start is otherwise compiling.
        self._bytecode = bytecode
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, ready: str) -> subprocess.Popen[bytes]:
        """Start `investplan <command>` and return when it has printed its ready line."""
        ours = (PREFIX, "PYTHONDONTWRITEBYTECODE")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        environment |= {"PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(self._bytecode)}
        log = self._folder / f"{command[0]}-{len(self._processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "investplan", *command],
                env={**environment, **self.settings.as_environment()},
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)

        def is_ready() -> bool:
            assert process.poll() is None, log.read_text()
            return ready in log.read_text()

        wait_until(is_ready, READY_SECONDS, f"{command} is ready")
        return process

    def serve(self) -> subprocess.Popen[bytes]:
        return self.start("serve", ready="Serving on http://127.0.0.1:")

    def work(self) -> subprocess.Popen[bytes]:
        return self.start("worker", ready="Worker started")

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    def worker_group(self) -> int:
        """Process group of the worker that is at work now."""
        return int(json.loads((self.settings.data_dir / "worker.json").read_text())["pid"])

    def kill_worker(self) -> None:
        """SIGKILL to the worker and its pool child at one blow."""
        os.killpg(self.worker_group(), signal.SIGKILL)

    def kill_everything(self) -> None:
        """SIGKILL to every process of the installation."""
        group = self.worker_group()
        for process in self._processes:
            kill_group(process)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        wait_until(lambda: not group_members(group), 10, "the worker is gone")

    def close(self) -> None:
        try:
            self.kill_everything()
        except FileNotFoundError:
            for process in self._processes:
                kill_group(process)
        self.database.close()

    def hard_scenario(self) -> int:
        """A scenario of many almost equal proposals under tight limits: found at once, proven only after long."""
        dice = random.Random(1)
        with begin(self.database) as work:
            factories.committee(work)
            factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
            planning_round = factories.planning_round(work)
            for number in range(60):
                outlay_ore = dice.randrange(8_000, 12_000) * factories.TKR
                alternative = factories.alternative(
                    outlay_ore=outlay_ore,
                    starts=planning_round.years,
                    outlays=(Outlay(0, outlay_ore // 3), Outlay(1, outlay_ore - outlay_ore // 3)),
                    components=(Component("Stomme", outlay_ore, dice.choice((240, 360, 480))),),
                )
                factories.submitted_proposal(
                    work,
                    planning_round.id,
                    f"KS 2026/{number:04}",
                    alternatives=(alternative,),
                    scores={"behov": dice.randrange(2, 6), "risk": dice.randrange(2, 6)},
                )
            years = planning_round.years
            limits = [
                scenarios.LimitFacts(row, row, row, {year: share * (n + 1) for n, year in enumerate(years)})
                for row, share in (("operating", 211 * factories.TKR), ("frame:UN", 317 * factories.TKR))
            ]
            ceiling = scenarios.LimitFacts(
                "ceiling", "Tak", "investment", dict.fromkeys(years, 3_333 * 10 * factories.TKR)
            )
            found: int = factories.scenario(work, planning_round, limits=(ceiling, *limits)).id
        return found

    def request(self, scenario_id: int, *, max_seconds: int) -> int:
        with begin(self.database) as work:
            return runs.request(work, scenario_id, max_seconds=max_seconds, gap="0").id

    def cancel(self, run_id: int) -> None:
        with begin(self.database) as work:
            runs.cancel(work, run_id)

    def run(self, run_id: int) -> Run:
        with look(self.database) as work:
            run = runs.find(work, run_id)
            work.session.expunge(run)
            return run

    def wait_for(self, run_id: int, condition: Callable[[Run], bool], seconds: float, what: str) -> float:
        """Seconds until the run met the condition."""

        def holds() -> bool:
            return condition(self.run(run_id))

        return wait_until(holds, seconds, f"{what}; {self.run(run_id).state}\n{self.log()[-4000:]}")

    def wait_until_solving(self, run_id: int, *, attempt: int = 1, seconds: float = 60) -> float:
        """Until the solver has shown progress in that attempt: from here on a kill hits it mid-solve."""

        def is_solving(run: Run) -> bool:
            return run.state == "running" and run.attempt == attempt and run.progress.get("seconds", 0) > 0

        return self.wait_for(run_id, is_solving, seconds, f"attempt {attempt} solves")

    def wait_until_over(self, run_id: int, seconds: float) -> Run:
        self.wait_for(run_id, lambda run: run.state not in ("queued", "running"), seconds, "the run is over")
        return self.run(run_id)

    def times_stored(self, run_id: int) -> int:
        """How many results were taken for the run, by the audit log."""
        query = select(func.count()).where(
            AuditEntry.action == "store run", AuditEntry.noun == "run", AuditEntry.key == str(run_id)
        )
        with self.database.read() as session:
            return session.scalar(query) or 0

    def waiting_messages(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(Outbox)) or 0

    def deliver_again(self, run_id: int, times: int) -> None:
        with begin(self.database) as work:
            for _ in range(times):
                runs.queue.after_commit(work.session, runs.queue.CARRY_OUT_RUN, run_id, now=work.now())
