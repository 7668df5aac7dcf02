"""Model files: written whole or not at all, and one that is damaged is told, not traced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from archivolt.errors import DataError


def save(model: Any, path: Path) -> None:
    """Write a model: a reader, or a killed process, never leaves half of it under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".new.{path.name}")
    model.save(fresh)
    os.replace(fresh, path)


def load_model(path: Path) -> Any:
    """Load a model file.

    Raises:
        DataError: it is gone or damaged.
    """
    import keras

    if not path.exists():
        raise DataError("the model file is gone.", str(path))
    if not _is_whole(path):
        raise DataError("the model file is damaged.", str(path), "Restore it from a backup.")
    return keras.saving.load_model(path, compile=False)


def _is_whole(path: Path) -> bool:
    try:
        with ZipFile(path) as archive:
            return archive.testzip() is None
    except (BadZipFile, OSError, EOFError):
        return False
