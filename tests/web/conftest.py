"""The app over a small municipality, and one signed-in client per role. Shared by every page's tests.

The municipality is made once and its database file copied for each test, so that a test may change whatever it likes.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from investplan.config import Settings
from investplan.db.session import Database
from investplan.domain.organisations import OrganisationKind, Role
from investplan.services import organisations, proposals, rounds, users
from investplan.services.work import Actor, Work, begin, look
from tests import factories, prepared_plans
from web.app import create_app, limiter

PASSWORD = "korrekt häst batteri"
SECRET, MUNICIPALITY = "for tests only", "Provköpings kommun"
ROLES = {
    "planner": (Role.PLANNER, "UN"),
    "other_planner": (Role.PLANNER, "KFN"),
    "manager": (Role.COMMITTEE_MANAGER, "UN"),
    "executive_board": (Role.EXECUTIVE_BOARD, None),
    "finance": (Role.FINANCE, None),
    "council_viewer": (Role.COUNCIL_VIEWER, None),
    "administrator": (Role.ADMINISTRATOR, None),
}
"""Username → role and organisation of the users that every test has."""


@dataclass(frozen=True)
class Site:
    """The small municipality.

    Attributes:
        round_id: Its only planning round, Budget 2027 with ten years, criteria `behov` and `risk`.
        draft_id, submitted_id, other_id: Proposals of UN (draft; submitted) and of KFN (submitted).
        other_draft_id: A draft of KFN that UN's planner may not see.
        actors, tokens: By username, see `ROLES`; a token opens that user's session.
    """

    path: Path
    round_id: int
    draft_id: int
    submitted_id: int
    other_id: int
    other_draft_id: int
    organisation_ids: dict[str, int]
    actors: dict[str, Actor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def make_site(path: Path) -> Site:
    """Fill the migrated database at `path` with the small municipality."""
    database = Database(f"sqlite:///{path}")
    try:
        with begin(database) as work:
            site = _fill(work, path)
    finally:
        # The last connection to close writes the log into the file, which can then be copied alone.
        database.close()
    return site


def _fill(work: Work, path: Path) -> Site:
    made = {
        "UN": factories.committee(work),
        "KFN": factories.committee(work, "KFN", "Kultur- och fritidsnämnden"),
        "SEN": factories.committee(work, "SEN", "Servicenämnden", is_landlord=True),
        "KVAB": organisations.add(
            work,
            code="KVAB",
            name="Vatten AB",
            kind=OrganisationKind.COMPANY,
            valid_from=factories.START_OF_TIME,
        ),
    }
    organisations.add_district(work, code="N", name="Norra staden", valid_from=date(2020, 1, 1))
    planning_round = factories.planning_round(work)
    kfn = factories.alternative(
        operating=(), place_wkt="LINESTRING (581000 6281000, 582500 6282000)", starts=(2028, 2029)
    )
    bare = factories.alternative(place_wkt=None, components=(), operating=None, grants=None, disposals=None)
    draft = proposals.create(
        work,
        planning_round.id,
        factories.facts("KS 2026/0001", title="Förskolan Sörgården", alternatives=(bare,)),
    )
    submitted = factories.submitted_proposal(
        work, planning_round.id, "KS 2026/0002", title="Norrskolan, ny matsal"
    )
    other = factories.submitted_proposal(
        work,
        planning_round.id,
        "KS 2026/0003",
        title="Konstgräs Fjölebro",
        committee="KFN",
        alternatives=(kfn,),
    )
    other_draft = proposals.create(
        work, planning_round.id, factories.facts("KS 2026/0004", title="Bibliotek Smedby", committee="KFN")
    )
    actors, tokens = {}, {}
    for username, (role, code) in ROLES.items():
        actors[username] = factories.user(work, username, role, made[code] if code else None)
        token = users.sign_in(work, username, PASSWORD)
        assert token is not None
        tokens[username] = token
    return Site(
        path,
        planning_round.id,
        draft.id,
        submitted.id,
        other.id,
        other_draft.id,
        {code: organisation.id for code, organisation in made.items()},
        actors,
        tokens,
    )


@pytest.fixture(scope="session")
def site(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The municipality as every test finds it."""
    path = tmp_path_factory.mktemp("site") / "site.db"
    shutil.copyfile(migrated_template, path)
    return make_site(path)


@pytest.fixture
def site_database(site: Site, tmp_path: Path) -> Iterator[Database]:
    """The municipality's database, the test's own copy."""
    path = tmp_path / "site.db"
    shutil.copyfile(site.path, path)
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_app(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, made once: compiling its templates is what takes time."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("app"), secret_key=SECRET, municipality=MUNICIPALITY)
    unused = Database(f"sqlite:///{site.path}")
    made = create_app(settings, unused)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    yield made
    unused.close()


@pytest.fixture
def app(shared_app: Flask, site_database: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application on the test's own municipality; forms need no CSRF token here. Its config is put back."""
    kept = dict(shared_app.config)
    settings = Settings(data_dir=tmp_path, secret_key=SECRET, municipality=MUNICIPALITY)
    shared_app.extensions.update(investplan_database=site_database, investplan_settings=settings)
    limiter.reset()
    yield shared_app
    shared_app.config.clear()
    shared_app.config.update(kept)


@pytest.fixture
def sign_in_as(app: Flask, site: Site) -> Callable[[str], FlaskClient]:
    """A client signed in as a user of `ROLES`, in Swedish."""

    def make(username: str) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["token"], session["seen"] = site.tokens[username], int(time.time())
        return client

    return make


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Nobody signed in."""
    return app.test_client()


@pytest.fixture
def planner(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    """The planner of UN."""
    return sign_in_as("planner")


@pytest.fixture
def other_planner(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    """The planner of KFN."""
    return sign_in_as("other_planner")


@pytest.fixture
def manager(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    """The manager of UN."""
    return sign_in_as("manager")


@pytest.fixture
def executive_board(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in_as("executive_board")


@pytest.fixture
def finance(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in_as("finance")


@pytest.fixture
def council_viewer(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in_as("council_viewer")


@pytest.fixture
def administrator(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in_as("administrator")


@pytest.fixture
def looking(site_database: Database) -> Callable[[], AbstractContextManager[Work]]:
    """`with looking() as work:` to see what is stored, as the system."""
    return lambda: look(site_database)


@pytest.fixture
def writing(site_database: Database) -> Callable[[], AbstractContextManager[Work]]:
    """`with writing() as work:` to arrange, as the system; committed at the end of the block."""
    return lambda: begin(site_database)


@pytest.fixture
def run_id(site: Site, writing: Callable[[], AbstractContextManager[Work]]) -> int:
    """A finished run among `prepared_plans`' proposals: its plan leaves out one that could be in and one that never can."""
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        return prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id
