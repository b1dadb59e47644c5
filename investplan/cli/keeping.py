"""Commands that keep an installation in order: check, backup, restore, migrate, user-add."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from investplan.config import Settings
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, Note
from investplan.services import checks, databases, organisations, users
from investplan.services.work import begin, look


@click.command("check")
def check_command() -> None:
    """Verify the audit chain and every invariant over the whole database; name each breach by its code.

    Exit status 0 when clean, 1 with breaches.
    """
    database = databases.open_database(Settings.from_environment())
    try:
        with look(database) as work:
            breaches = checks.run(work, database)
    finally:
        database.close()
    for breach in breaches:
        click.echo(f"{breach.code} {breach.place}: {breach.message}")
    click.echo(
        f"{len(breaches)} breaches; {len(checks.CHECKS)} checks"
        if breaches
        else f"clean; {len(checks.CHECKS)} checks"
    )
    raise SystemExit(1 if breaches else 0)


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(target: Path) -> None:
    """Copy the database as of one instant to TARGET, also while others write."""
    databases.back_up(Settings.from_environment(), target)
    click.echo(f"backed up to {target}")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.confirmation_option(
    prompt="This replaces the database. Is the service stopped, and do you want to go on?"
)
def restore_command(source: Path) -> None:
    """Put the backup SOURCE in the place of the database. Stop the service first."""
    databases.restore(Settings.from_environment(), source)
    click.echo("restored; run `investplan check`")


@click.command("migrate")
@click.argument("revision", default="head")
def migrate_command(revision: str) -> None:
    """Bring the database to REVISION (the newest)."""
    database = databases.open_database(Settings.from_environment())
    before = databases.migrate(database, revision)
    click.echo(f"migrated from {before or 'empty'} to {revision}")
    database.close()


@click.command("user-add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="The person's name or function.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", "code", help="Code of the committee or company (planners must have one).")
@click.password_option()
def user_add_command(username: str, display_name: str, role: str, code: str | None, password: str) -> None:
    """Add the user USERNAME."""
    database = databases.open_database(Settings.from_environment())
    databases.migrate(database)
    with begin(database) as work:
        organisation = organisations.by_code(work).get(code) if code else None
        if code and organisation is None:
            raise InvalidInputError(
                {"organisation": Note("Nämnden eller bolaget %(code)s finns inte.", {"code": code})}
            )
        users.add(
            work,
            username=username,
            display_name=display_name,
            password=password,
            role=Role(role),
            organisation_id=organisation.id if organisation else None,
            valid_from=date(2000, 1, 1),
        )
    click.echo(f"added {username}")
    database.close()


commands = [check_command, backup_command, restore_command, migrate_command, user_add_command]
