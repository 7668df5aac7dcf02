"""Paths into a folder that may be moved, written as seen from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

BELOW = "./"  # no path that pathlib writes begins so


def told_from(folder: Path | None) -> Callable[[PurePath], str]:
    """Return what writes a path: one below the folder as `./…`, every other one as it is."""

    def told(path: PurePath) -> str:
        if folder is not None and path.is_relative_to(folder):
            return f"{BELOW}{path.relative_to(folder).as_posix()}"
        return str(path)

    return told


def found_from(folder: Path | None) -> Callable[[str], Path]:
    """Return what reads a path that `told_from` wrote, the folder lying where it lies now."""

    def found(text: str) -> Path:
        return Path(text) if folder is None or not text.startswith(BELOW) else Path(folder, text)

    return found
