"""Files that belong together, exchanged at once: a reader sees the old ones or the new ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from archivolt.files import replace_file

COMMITTED = "exchange.json"  # names the new files while they are being moved into place

Write = Callable[[Path], None]


def exchange(folder: Path, files: Mapping[str, Write | None]) -> None:
    """Write files of a folder, or remove them, all at once, whenever the process is killed.

    They are written aside. From the moment at which their names are committed they are what
    `place_of` finds, wherever they lie, so what is left of the moving changes nothing.

    Args:
        folder: Made where it is missing. One process at a time writes in it.
        files: By name, what writes each to the path that it is given; None: it is to be gone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _move(folder)  # what a killed process left
    for name, write in files.items():
        if write is not None:
            write(_aside(folder, name))
    names = {name: write is not None for name, write in files.items()}
    replace_file(folder / COMMITTED, json.dumps(names))
    _move(folder)


def place_of(folder: Path, name: str) -> Path:
    """Return where a file of the folder lies; nothing may be there."""
    aside = _aside(folder, name)
    committed = _committed(folder)
    if name not in committed:
        return folder / name
    return folder / name if committed[name] and not aside.exists() else aside


def _move(folder: Path) -> None:
    for name, there in _committed(folder).items():
        aside = _aside(folder, name)
        if not there:
            (folder / name).unlink(missing_ok=True)
        elif aside.exists():
            os.replace(aside, folder / name)
    (folder / COMMITTED).unlink(missing_ok=True)


def _committed(folder: Path) -> dict[str, bool]:
    try:
        return dict(json.loads((folder / COMMITTED).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _aside(folder: Path, name: str) -> Path:
    return folder / f".{name}.new"
