"""Sites to look at every page of: the demonstration with something of everything, and two with nothing in them."""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server

from investplan import tasks
from investplan.config import Settings
from investplan.db.models import (
    CalendarEntry,
    Comment,
    Consultation,
    ConsultationParty,
    DecidedInvestment,
    Decision,
    FinancialTarget,
    InvestigationRequest,
    MapLayer,
    ParameterSet,
    PopulationForecast,
    Proposal,
    Reply,
    Run,
    Scenario,
    Study,
    StudyChunk,
    User,
)
from investplan.db.session import Database
from investplan.domain.attachments import DocumentKind
from investplan.domain.finances import Phase
from investplan.domain.gates import MoveKind
from investplan.domain.organisations import Role
from investplan.services import (
    attachments,
    committee_rankings,
    decisions,
    delays,
    demonstration,
    form_drafts,
    parameter_sets,
    plans,
    proposals,
    ranking_views,
    rounds,
    runs,
    scenarios,
    stage_moves,
    studies,
    users,
    ways_out,
)
from investplan.services.form_drafts import Place
from investplan.services.stage_moves import StatedMove
from investplan.services.work import Work, begin
from optimizer.answers import Progress
from optimizer.solving import solve
from tests import factories
from tests.web import test_import_pages, test_layers
from tests.web.conftest import MUNICIPALITY, PASSWORD, SECRET
from web.app import create_app, limiter
from web.proposals.steps import Step
from web.studies import telling

DAY = date(2026, 11, 24)
PLANNER, OTHER_PLANNER, MANAGER, FINANCE = "planerare.un", "planerare.sbn", "chef.un", "ekonomi"
STUDIED = {"low": "100", "high": "110", "steps": "2", "gap": "0.5", "member_seconds": "1", "seed": "1"}
KEPT_STEP, DRAFT_KEY, CLOSED_KEY = "need", "f" * 32, "c" * 32
"""Two texts that are not saved: the latter's proposal is cancelled meanwhile."""


@dataclass
class LookedAt:
    """A site on a thread; `known` is what the parts of its addresses may be, by name or by endpoint and name."""

    app: Flask
    url: str
    path: Path
    database: Database
    tokens: dict[str, str]
    known: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def client(self, username: str) -> FlaskClient:
        """One signed in without a browser."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["token"], session["seen"] = self.tokens[username], 2**33
        return client

    def cookie(self, username: str) -> str:
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"token": self.tokens[username], "seen": 2**33}))

    def put_back(self) -> None:
        """As it was when it was filled, in a file of its own: a page that still asks may have the one before open."""
        self.database.close()
        for path, content in self.files.items():
            path.write_bytes(content)
        self.path = self.path.with_name(f"site-{next(self.numbers)}.db")
        self.path.write_bytes(self.path.with_name("filled.db").read_bytes())
        self.database = Database(f"sqlite:///{self.path}")
        self.app.extensions["investplan_database"] = self.database
        limiter.reset()


@contextmanager
def served(template: Path, folder: Path, fill: Callable[[LookedAt], None]) -> Iterator[LookedAt]:
    """A copy of the migrated `template`, filled, on a free port."""
    path = folder / "site.db"
    path.write_bytes(template.read_bytes())
    database = Database(f"sqlite:///{path}")
    app = create_app(Settings(data_dir=folder, secret_key=SECRET, municipality=MUNICIPALITY), database)
    # Pages are filled by forms sent without a token; what the browsers send has to have one.
    app.config["WTF_CSRF_ENABLED"] = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    site = LookedAt(app, f"http://127.0.0.1:{server.server_port}", path, database, {})
    fill(site)
    app.config["WTF_CSRF_ENABLED"] = True
    site.database.close()
    path.with_name("filled.db").write_bytes(path.read_bytes())
    # What was sent and waits to be taken in.
    site.files = {
        one: one.read_bytes() for one in folder.rglob("*") if one.is_file() and ".db" not in one.name
    }
    site.put_back()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    thread.join(5)
    server.server_close()
    site.database.close()


def fill_nothing(site: LookedAt) -> None:
    """Somebody to sign in as, and that is all."""
    with begin(site.database) as work:
        for username, role in (("admin", Role.ADMINISTRATOR), (FINANCE, Role.FINANCE)):
            factories.user(work, username, role)
            site.tokens[username] = users.sign_in(work, username, PASSWORD) or ""


def fill_round_without_proposals(site: LookedAt) -> None:
    """A committee and a round that nobody has proposed anything in."""
    fill_nothing(site)
    with begin(site.database) as work:
        committee = factories.committee(work)
        planning_round = factories.planning_round(work)
        factories.user(work, PLANNER, Role.PLANNER, committee)
        site.tokens[PLANNER] = users.sign_in(work, PLANNER, PASSWORD) or ""
        site.known = {
            "frames.code": ["UN"],
            "organisation_id": [committee.id],
            "set_id": [planning_round.parameter_set_id],
        }


def fill_everything(site: LookedAt) -> None:
    """The demonstration, planned, decided, delayed, studied, with files being read in and text that is not sent."""
    with begin(site.database) as work:
        demonstration.load(work)
        for one in demonstration.demonstration_users():
            site.tokens[one.username] = users.sign_in(work, one.username, one.password) or ""
        before = factories.planning_round(work, "Budget 2026", demonstration.BUDGET_YEAR - 1, fictional=True)
        factories.submitted_proposal(work, before.id, "UN 2025/0001", title="Förra årets skola")
        planning_round = rounds.find_by_name(work, demonstration.ROUND_NAME)
        by_case = {one.case_number: one for one in proposals.all_of(work, planning_round.id)}
        _happen(work, by_case)
        planned = _plan(work, scenarios.of_round(work, planning_round.id)[-1].id)
    _decide(site, planned)
    _study(site, planned[1])
    reviews = _send_files(site, by_case)
    with begin(site.database) as work:
        site.known = _known(work, by_case, planned) | reviews


ASKED, TALKED_OF, CANCELLED, RESTING = "UN 2026/0125", "UN 2026/0101", "UN 2026/0118", "UN 2026/0119"
"""Case numbers of the demonstration: a need before its gate, one that has been consulted on, two that leave the work."""


def _by(work: Work, username: str) -> Work:
    row = work.session.scalars(select(User).where(User.username == username)).one()
    return Work(work.session, users.actor_of(row), work.now, work.after_commit)


def _happen(work: Work, by_case: dict[str, Proposal]) -> None:
    """What people do with proposals and the demonstration has none of."""
    planner, finance = _by(work, PLANNER), _by(work, FINANCE)
    asked = by_case[ASKED]
    attachments.add(planner, asked.id, "Kalkyl 2026.pdf", b"%PDF-1.7\n%%EOF", kind=DocumentKind.CALCULATION)
    for key, row in ((DRAFT_KEY, asked), (CLOSED_KEY, by_case[CANCELLED])):
        form_drafts.keep(
            planner, key, Place(row.id, KEPT_STEP), [("title", "Längre än så")], seen_version=row.version
        )
    own = [one for one in by_case.values() if one.organisation_id == asked.organisation_id]
    submitted = [one.id for one in own if one.status == "submitted"][:6]
    committee_rankings.save(
        planner, asked.round_id, asked.organisation_id, submitted[::-1], motive="Barnen först", seen_version=0
    )
    gone = StatedMove(body="Nämnden", reason="Behovet finns inte kvar", sunk_ore=0)
    for case, code, stated in ((CANCELLED, "cancel", gone), (RESTING, "rest", StatedMove(reason="Väntar"))):
        row = by_case[case]
        stage_moves.move(planner, row.id, code, stated, seen_version=row.version)
    used = rounds.parameters_of(rounds.find(work, asked.round_id))
    parameter_sets.add(finance, used, name="Reserv", valid_from=DAY, source="Prövas")


def _plan(work: Work, scenario_id: int) -> tuple[int, int]:
    """Two finished runs with one and the same answer; and one that waits."""
    finished, near = [], threading.Event()

    def hear(told: Progress) -> None:
        if told.gap is not None and told.gap < 0.05:
            near.set()

    for number in range(2):
        run = runs.request(work, scenario_id, gap="0.5", seed=number)
        claim = runs.claim(work, run.id, lease_seconds=60)
        assert claim is not None
        if number == 0:
            answer = solve(
                claim.problem,
                max_seconds=20,
                gap=claim.gap,
                seed=claim.seed,
                break_ties=False,
                # A better plan would fill the pages with nothing more.
                should_stop=near.is_set,
                on_progress=hear,
            )
            assert answer.checked
            ways = ways_out.find(claim.problem, answer, max_seconds=1, seed=0, should_stop=lambda: False)
            ranking = ranking_views.find(claim.problem)
        assert runs.store(work, run.id, claim.attempt, answer, ways, ranking)
        finished.append(run.id)
    return finished[0], finished[1]


def _decide(site: LookedAt, planned: tuple[int, int]) -> None:
    with begin(site.database) as work:
        decisions.adopt(work, planned[0], decided_on=DAY, paragraph="214", title="Investeringsplan 2027")
        first = work.session.scalars(select(DecidedInvestment).order_by(DecidedInvestment.id)).first()
        assert first is not None
        delays.record(
            work, first.id, months=7, decided_on=DAY, paragraph="215", title="Senare", reason="Överklagat"
        )


def _study(site: LookedAt, run_id: int) -> None:
    """One study that is done and one that waits, both asked for as people ask."""
    finance = site.client(FINANCE)
    answer = finance.post(f"/studies/of-run/{run_id}/new/ceiling", data={**STUDIED, "key": "study"})
    assert answer.status_code == 303, answer.text[-3000:]
    study_id = int(answer.headers["Location"].rpartition("/")[2])
    with begin(site.database) as work:
        waiting = [one.id for one in studies.parts_of(work, study_id)]
    for chunk_id in waiting:
        tasks.carry_out_part(site.database, chunk_id, Settings())
    with begin(site.database) as work:
        left = work.session.scalars(select(StudyChunk.state).where(StudyChunk.study_id == study_id)).all()
        assert "queued" not in left, left
        scenario_id = runs.find(work, run_id).scenario_id
        runs.request(work, scenario_id)


def _send_files(site: LookedAt, by_case: dict[str, Proposal]) -> dict[str, list[Any]]:
    """Files that wait to be taken in, and one that has been; the tokens by endpoint."""
    finance = site.client(FINANCE)
    form = {
        "file": (io.BytesIO("Ansvar;Benämning;Budget 2026\n3100;Norr;1 000\n".encode()), "b.csv"),
        "unit": "tkr",
    }
    budget = finance.post("/budgets", data=form, content_type="multipart/form-data").headers["Location"]
    layer = test_layers.send(finance, test_layers.geojson(test_layers.AROUND)).headers["Location"]
    rows = test_import_pages.ROWS.format(amount="0")
    taken = finance.post(test_import_pages._send(finance, rows)).headers["Location"]
    waiting = test_import_pages._send(finance, rows.replace("KS ", "KS 9").format(amount="x"))
    return {
        "budgets.token": [_last(budget)],
        "layers.token": [_last(layer)],
        "imports.token": [_last(waiting)],
        "batch_id": [_last(taken)],
    }


def _last(address: str) -> str:
    return address.partition("?")[0].rstrip("/").rpartition("/")[2]


def _known(work: Work, by_case: dict[str, Proposal], planned: tuple[int, int]) -> dict[str, list[Any]]:
    """What may stand in the addresses: each of what there is little of, one of what there is much of."""
    asked, talked_of = by_case[ASKED], by_case[TALKED_OF]
    left = work.session.scalars(select(Run.id).where(Run.id.not_in(planned))).all()
    in_plan = plans.of_run(work, planned[1])
    targets = work.session.scalars(select(FinancialTarget.id)).all()
    return {
        "round_id": [asked.round_id],
        "proposal_id": [asked.id],
        "proposals.show.proposal_id": [asked.id, talked_of.id, by_case[CANCELLED].id, by_case[RESTING].id],
        "attachments.index.proposal_id": [asked.id, talked_of.id],
        "step": list(Step),
        "frames.code": ["UN"],
        "templates.code": ["forskola"],
        "object_templates.code": ["forskola"],
        "consultations.code": ["premises"],
        "gates.code": [*(kind for kind in MoveKind if kind != MoveKind.FORWARD), "needs_analysis"],
        "accounts.kind": ["capital_cost"],
        "studies.kind": list(telling.KINDS),
        "case_number": [in_plan.out[0].case_number],
        "run_id": [planned[1]],
        "runs.show.run_id": [planned[1], *left],
        "phase": [Phase.PLAN],
        "year": [demonstration.BUDGET_YEAR + 1],
        "target_id": [targets[0]],
        "organisation_id": [asked.organisation_id],
        "reply_id": _ids(work, Reply, 1),
        "party_id": [one.id for one in _unanswered(work)][:1],
        "scenario_id": _ids(work, Scenario, 1),
        "scenarios.show.scenario_id": _ids(work, Scenario),
        "forecast_id": _ids(work, PopulationForecast, 1),
        "entry_id": _ids(work, CalendarEntry, 1),
        "comment_id": _ids(work, Comment, 1),
        "consultation_id": _ids(work, Consultation),
        "decision_id": _ids(work, Decision),
        "investment_id": _ids(work, DecidedInvestment, 1),
        "request_id": _ids(work, InvestigationRequest),
        "layer_id": _ids(work, MapLayer, 2),
        "set_id": _ids(work, ParameterSet),
        "study_id": _ids(work, Study),
    }


def _ids(work: Work, model: Any, most: int = 5) -> list[int]:
    return list(work.session.scalars(select(model.id).order_by(model.id).limit(most)))


def _unanswered(work: Work) -> list[ConsultationParty]:
    return [one for one in work.session.scalars(select(ConsultationParty)) if not one.replies]
