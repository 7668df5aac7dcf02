"""The commands of `archivolt`."""

from __future__ import annotations

from typing import Annotated

import typer

from archivolt.cli import finish_command, results_commands, search_commands
from archivolt.cli.config_command import app as config_app
from archivolt.cli.pack_commands import CommandGroup
from archivolt.cli.plugins_command import app as plugins_app

app = typer.Typer(
    name="archivolt",
    cls=CommandGroup,
    help="Search for the best small neural network for your data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
search_commands.add_to(app)
results_commands.add_to(app)
finish_command.add_to(app)
app.add_typer(config_app, name="config")
app.add_typer(plugins_app, name="plugins")


def _version(wanted: bool) -> None:
    if wanted:
        from archivolt import __version__

        typer.echo(f"archivolt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    pass
