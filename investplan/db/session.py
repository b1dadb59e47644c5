"""Transactions: who may begin one, how it begins, and that only one writer is at work.

SQLite's own driver begins a transaction only at the first write, and loses updates silently (reliability row 1);
so we say BEGIN ourselves: IMMEDIATE for writers, plain for readers. PostgreSQL gets the same meaning, one writer
at a time, from an advisory lock that the transaction holds until it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

WRITER_LOCK = 0x1_57_0001
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA trusted_schema=OFF",
)


class Database:
    """The engine of one address, and the only two ways into it.

    Args:
        url: SQLAlchemy address, `sqlite:///…` or `postgresql+psycopg://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _sqlite_engine(url) if url.startswith("sqlite") else _postgres_engine(url)
        self._writers = sessionmaker(
            self.engine.execution_options(investplan_write=True), expire_on_commit=False
        )
        self._readers = sessionmaker(
            self.engine.execution_options(investplan_write=False), expire_on_commit=False
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write transaction: committed when the block ends well, rolled back otherwise."""
        with self._writers() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read transaction on one consistent instant; never commits anything."""
        with self._readers() as session:
            yield session
            session.rollback()

    def open(self, *, write: bool) -> Session:
        """A session whose end the caller owns: for the edge of a web request."""
        return (self._writers if write else self._readers)()

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, pool_size=10, max_overflow=10, pool_timeout=10)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("investplan_write", True)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=3,
        connect_args={"options": "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=120000"},
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("investplan_write") is True:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
        elif options.get("investplan_write") is False:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))

    return engine
