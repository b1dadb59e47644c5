from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.installations import Installation
from tests.servers import PostgresServer, RabbitServer, postgres_server, rabbitmq_server

MakeInstallation = Callable[..., Installation]


@pytest.fixture
def installation(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeInstallation]:
    """Makes installations from settings; everything they started is killed afterwards."""
    with ExitStack() as stack:

        def make(**changes: Any) -> Installation:
            folder = tmp_path / f"installation-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            made = Installation(folder, bytecode=tmp_path_factory.getbasetemp() / "bytecode", **changes)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def rabbitmq() -> RabbitServer:
    """The suite's RabbitMQ; who kills it starts it again."""
    return rabbitmq_server()


@pytest.fixture
def postgres() -> PostgresServer:
    """The suite's PostgreSQL; who kills it starts it again."""
    return postgres_server()
