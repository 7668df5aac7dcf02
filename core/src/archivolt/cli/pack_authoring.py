"""`archivolt plugins new` and `check`: the way of whoever writes a pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Exit, Option, Typer

_COLOURS = {"PASS": "green", "WARN": "yellow", "FAIL": "red"}


def add_to(app: Typer) -> None:
    app.command("new")(new)
    app.command("check")(check)


def new(
    folder: Annotated[
        Path, Argument(metavar="NAME", help="Of the distribution, and of the folder to make.")
    ],
    kind: Annotated[
        str, Option(help="Of the component that the pack begins with: block, searcher, …")
    ] = "block",
) -> None:
    """Write a new pack: a complete distribution with one component and its tests."""
    from archivolt.plugins.new_pack import write_pack

    for path in write_pack(folder, kind):
        print(path)
    print(
        f'\nNext:\n  cd {folder}\n  pip install -e ".[test]"\n  pytest\n  archivolt plugins check .'
    )


def check(
    target: Annotated[
        str, Argument(metavar="PACK", help="Folder of a pack, a wheel, or an installed name.")
    ],
    as_json: Annotated[bool, Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check a pack: metadata, versions, import, classes, docs and the promises of its kinds.

    Its code runs, and nothing is installed. Ends with exit status 1 where a check fails.
    """
    from rich.console import Console
    from rich.text import Text

    from archivolt.plugins.pack_check.checking import Checked, check_pack
    from archivolt.plugins.pack_check.verdict import FAIL

    console = Console()
    pack: dict[str, Any] = {}
    verdicts: list[dict[str, str]] = []
    for each in check_pack(target):
        if isinstance(each, Checked):
            pack = _plain(each)
        else:
            verdicts.append(_plain(each))
        if not as_json:
            style = _COLOURS.get(getattr(each, "level", ""), "bold")
            text = Text(str(each))
            text.stylize(style, 0, 4 if style != "bold" else None)
            console.print(text, soft_wrap=True)
    failed = any(each["level"] == FAIL for each in verdicts)
    if as_json:
        print(json.dumps({**pack, "passed": not failed, "verdicts": verdicts}, indent=2))
    if failed:
        raise Exit(1)


def _plain(value: Any) -> dict[str, str]:
    from attrs import asdict

    return asdict(value)
