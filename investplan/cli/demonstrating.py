"""The command that shows the system: a fictional municipality in a data folder of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from investplan.config import Settings
from investplan.services import databases, demonstration
from investplan.services.work import begin

OWN_DATA_DIR = Path("var") / "demo"
DATABASE_FILES = ("investplan.db", "investplan.db-wal", "investplan.db-shm")


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to answer on (8020); 0 picks a free one.")
@click.option(
    "--no-serve", is_flag=True, help="Load the set and print the users, but do not start the pages."
)
@click.option("--fresh", is_flag=True, help="Throw away the demonstration's own database first.")
@click.pass_context
def demo(context: click.Context, port: int | None, no_serve: bool, fresh: bool) -> None:
    """Load the fictional municipality and start the pages.

    It has a data folder of its own, var/demo, unless INVESTPLAN_DATA_DIR or INVESTPLAN_DATABASE_URL is set. A database
    that holds anything that is not fictional is refused.
    """
    settings = _settings()
    if fresh:
        _throw_away(settings)
    _load(settings)
    _print_users(settings, port)
    if not no_serve:
        # `serve` and its worker read their settings from the environment.
        with _environment(settings.as_environment()):
            context.invoke(import_module("investplan.cli.serving").serve, host=None, port=port)


def _settings() -> Settings:
    settings = Settings.from_environment()
    placed = "INVESTPLAN_DATA_DIR" in os.environ or "INVESTPLAN_DATABASE_URL" in os.environ
    return settings if placed else replace(settings, data_dir=OWN_DATA_DIR)


def _load(settings: Settings) -> None:
    began = time.monotonic()
    database = databases.open_database(settings)
    try:
        databases.migrate(database)
        with begin(database) as work:
            loaded = demonstration.load(work, lambda text: click.echo(f"loading {text} ...", err=True))
    finally:
        database.close()
    seconds = time.monotonic() - began
    click.echo(f"loaded in {seconds:.1f} s" if loaded else "already loaded", err=True)


def _throw_away(settings: Settings) -> None:
    """Only an embedded database whose every round is fictional.

    Raises:
        StateError: the database holds something real.
    """
    if settings.database_url:
        raise click.UsageError("--fresh only throws away an embedded database; drop the other one yourself.")
    files = [settings.data_dir / name for name in DATABASE_FILES]
    if not files[0].exists():
        return
    database = databases.open_database(settings)
    try:
        databases.migrate(database)
        with begin(database) as work:
            demonstration.is_loaded(work)
    finally:
        database.close()
    for file in files:
        file.unlink(missing_ok=True)


def _print_users(settings: Settings, port: int | None) -> None:
    click.echo("Everything in this demonstration is fictional. Sign in as:")
    for one in demonstration.demonstration_users():
        click.echo(f"  {one.username:<14} {one.password:<18} {one.role.value}")
    chosen = settings.port if port is None else port
    if chosen:
        click.echo(f"Address: http://{settings.host}:{chosen}")
    where = "the database of INVESTPLAN_DATABASE_URL" if settings.database_url else settings.data_dir
    click.echo(f"Data: {where}")


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


commands = [demo]
