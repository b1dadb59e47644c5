"""Databases for tests: an embedded SQLite each, and the suite's one real PostgreSQL where a test asks for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from investplan.db import migrating
from investplan.db.session import Database
from investplan.services import demonstration
from investplan.services.work import SYSTEM, Work, begin
from tests import servers

# How long an example takes says how busy the machine is, not whether it holds.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite database, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrating.migrate(database)
    database.close()  # the last connection to go writes the journal back into the file
    return path


@pytest.fixture(scope="session")
def demonstrated_template(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, loaded once and copied for each module that begins with it."""
    path = tmp_path_factory.mktemp("demonstrated") / "template.db"
    path.write_bytes(migrated_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with begin(database) as work:
        assert demonstration.load(work)
    database.close()
    return path


@pytest.fixture
def database(migrated_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "investplan.db"
    path.write_bytes(migrated_template.read_bytes())
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def work(database: Database) -> Iterator[Work]:
    """A unit of work by the system; committed by nobody."""
    with database.write() as session:
        yield Work(session, SYSTEM)
        session.rollback()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of open data beside the project; tests that use it skip with a reason where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of open data beside the project (../shared/data) is not here")
    return SHARED_DATA


@pytest.fixture
def empty_postgres() -> Iterator[Database]:
    """An empty database on the suite's real PostgreSQL."""
    server = servers.postgres_server()
    opened = Database(server.new_database())
    yield opened
    opened.close()


@pytest.fixture
def postgres_database(empty_postgres: Database) -> Database:
    """A migrated database of the test's own on the suite's real PostgreSQL."""
    migrating.migrate(empty_postgres)
    return empty_postgres
