"""The page of commands: what `--help` says, of every command and every option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from archivolt.cli.app import app


def page() -> str:
    """Return the page's text."""
    program = typer.main.get_command(app)
    context = typer.Context(program, info_name="archivolt")
    return "\n".join(["# Commands", "", *_about(program, context, 1)])


def _about(command: Any, context: Any, level: int) -> Iterator[str]:
    yield (command.help or command.short_help or "").replace("\b", "").strip()
    yield ""
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```\n{context.command_path} {usage}\n```"
    rows = [found for each in command.params if (found := each.get_help_record(context))]
    if rows:
        yield "\n| | |\n| --- | --- |"
        for names, text in rows:
            yield f"| `{names.replace('|', '¦')}` | {text.replace('|', '¦')} |"
    yield ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is None or found.hidden:
                continue
            below = typer.Context(found, info_name=name, parent=context)
            yield f"{'#' * min(level + 1, 4)} {below.command_path}\n"
            yield from _about(found, below, level + 1)
