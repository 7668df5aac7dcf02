"""`archivolt config`: check a configuration, show it whole, or print its JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

if TYPE_CHECKING:
    from archivolt.config.sections import Config
    from archivolt.plugins.registry import Registry

app = typer.Typer(help="Check, complete and describe configurations.", no_args_is_help=True)

File = Annotated[Path, Argument(metavar="FILE", help="A configuration, YAML.")]
Set = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="Put a value over the file's, e.g. searcher.beam=3."),
]


@app.command()
def check(file: File, overrides: Set = None) -> None:
    """Say whether a configuration is right, and everything that is wrong with it."""
    config, _ = _load(file, overrides)
    for note in config.notes:
        typer.echo(note)
    typer.echo(f"{file}: ok")


@app.command()
def show(file: File, overrides: Set = None) -> None:
    """Print a configuration with its presets and every default filled in."""
    from archivolt.config.writing import to_document, to_yaml

    config, registry = _load(file, overrides)
    for note in config.notes:
        typer.echo(f"# {note}")
    typer.echo(to_yaml(to_document(config, registry)), nl=False)


@app.command()
def schema() -> None:
    """Print the JSON Schema of configurations with the packs that are installed, for editors."""
    from archivolt.config.schema import json_schema
    from archivolt.plugins.registry import load_plugins

    typer.echo(json.dumps(json_schema(load_plugins()), indent=2))


def _load(file: Path, overrides: list[str] | None) -> tuple[Config, Registry]:
    from archivolt.config.loading import load_config, plugin_files
    from archivolt.plugins.registry import load_plugins

    changes = overrides or []
    registry = load_plugins(files=plugin_files(file, changes))
    return load_config(file, registry, overrides=changes), registry
