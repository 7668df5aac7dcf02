"""Single values: a node as a number, a truth value, a text or a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archivolt.config.annotations import NONE
from archivolt.config.nodes import Node

_WORDS = {"yes": True, "on": True, "no": False, "off": False}


def scalar(node: Node, annotation: Any) -> Any:
    """Return a node's value as the annotated type; paths are absolute.

    Raises:
        TypeError: it is of another type.
    """
    value = node.value
    if annotation is NONE and value is None:
        return None
    if annotation is bool:
        if isinstance(value, str) and node.text is not None:
            value = _WORDS.get(value.lower(), value)
        if isinstance(value, bool):
            return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if annotation is float and number:
        return float(value)
    if annotation is int and number and float(value).is_integer():
        return int(value)
    if annotation is str and isinstance(value, str):
        return value
    if annotation is Path and isinstance(value, (str, Path)):
        return absolute(node)
    raise TypeError(value)


def absolute(node: Node) -> Path:
    """Resolve a path against the file (or the folder) that names it."""
    text = str(node.value)
    if "://" in text:
        return Path(text)
    return Path(node.origin.folder, Path(text).expanduser())
