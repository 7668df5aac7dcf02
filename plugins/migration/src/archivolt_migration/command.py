"""`archivolt import-spec`: a configuration of Model Search becomes one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option


def import_spec(
    spec: Annotated[Path, Argument(metavar="FILE", help="A PhoenixSpec, protobuf text format.")],
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="FILE", help="Where to write it. Default: printed."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Turn a Model Search configuration into one of Archivolt's, and tell what differs."""
    from archivolt import load_plugins
    from archivolt_migration.errors import ImportSpecError
    from archivolt_migration.importing import import_file

    if output is not None and output.exists() and not force:
        raise ImportSpecError(f"{output} is there already.", "Name another file, or say --force.")
    imported = import_file(spec, load_plugins())
    for remark in imported.remarks:
        typer.echo(remark.told(imported.file), err=output is None)
    if output is None:
        typer.echo(imported.to_yaml(), nl=False)
        return
    output.write_text(imported.to_yaml(), encoding="utf-8")
    typer.echo(f"wrote {output}; name your data in it, or after `archivolt search {output}`.")
