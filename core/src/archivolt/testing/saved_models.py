"""What a saved Keras model is made of."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def foreign_classes(path: Path) -> Iterator[str]:
    """Yield what a saved model holds that does not come from Keras itself."""
    with zipfile.ZipFile(path) as archive:
        pending: list[Any] = [json.loads(archive.read("config.json"))]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            # Tensors and arrays have no module either, and come from Keras' own format.
            home, name = part.get("module"), part.get("class_name")
            if name == "__lambda__" or ("module" in part and not _is_of_keras(home)):
                yield f"{home}.{name}"
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)


def _is_of_keras(module: object) -> bool:
    return str(module).partition(".")[0] == "keras"
