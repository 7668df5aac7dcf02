"""The libraries of formats, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from archivolt_export.errors import MissingLibraryError


def library(module: str, distribution: str, format: str) -> Any:
    """Import a module of an optional library.

    Args:
        module: Its name.
        distribution: What it is installed by.
        format: What needs it, which is the name of the extra that brings it.

    Raises:
        MissingLibraryError: it is not installed; the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as cause:
        raise MissingLibraryError(format, distribution) from cause
