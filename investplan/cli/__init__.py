"""The command line. Every command calls a service; texts are plain English, answers machine-readable."""

from __future__ import annotations

import importlib

import click

from investplan import __version__
from investplan.errors import InvalidInputError, InvestplanError

# Command → module that defines it. Modules are imported when their command runs, so that `--help` is quick.
MODULE_BY_COMMAND = {
    "optimise": "optimising",
    "verify": "optimising",
    "explain": "optimising",
    "study": "studying",
    "capital-cost": "capital_costs",
    "frames": "frames",
    "import": "importing",
    "population": "populations",
    "budget": "budgets",
    "serve": "serving",
    "worker": "serving",
    "relay": "serving",
    "demo": "demonstrating",
    "check": "keeping",
    "backup": "keeping",
    "restore": "keeping",
    "migrate": "keeping",
    "user-add": "keeping",
}
SUMMARY_BY_COMMAND = {
    "optimise": "Find the best plan of a case file, with a proof.",
    "verify": "Check a plan against its case, without any solver.",
    "explain": "Say why a proposal is out, and what would bring it in.",
    "study": "Ask a plan again with something changed, many times.",
    "capital-cost": "Depreciation, interest and book value per asset and year.",
    "frames": "Committee frames of a round as JSON, Excel or SIE.",
    "import": "Take in proposals from CSV, Excel, GeoJSON or GeoPackage.",
    "budget": "Set the committees' base frames from a budget in SIE, Excel or CSV.",
    "population": "Take in population by age from a file, or from Statistics Sweden.",
    "serve": "Start the pages, and the embedded worker where there is no broker.",
    "worker": "Start a worker for a RabbitMQ or Redis broker.",
    "relay": "Start only the relay from outbox to broker.",
    "demo": "Load the fictional municipality and start the pages.",
    "check": "Verify the audit chain and every invariant of the database.",
    "backup": "Copy the database as of one instant.",
    "restore": "Put a backup in the place of the database.",
    "migrate": "Bring the database to the newest revision.",
    "user-add": "Add a user.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULE_BY_COMMAND)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULE_BY_COMMAND:
            return None
        module = importlib.import_module(f"investplan.cli.{MODULE_BY_COMMAND[cmd_name]}")
        found: list[click.Command] = module.commands
        return next(command for command in found if command.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARY_BY_COMMAND.items()))


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="investplan")
def group() -> None:
    """Decide what to build, when and where, with the money there is."""


def main() -> None:
    """The `investplan` command: expected errors end with status 2 and a message, never a traceback."""
    try:
        group(prog_name="investplan")
    except InvalidInputError as error:
        for name, note in error.fields.items():
            click.echo(f"{name}: {note}", err=True)
        raise SystemExit(2) from None
    except InvestplanError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
