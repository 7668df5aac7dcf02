"""Processes in which a pack is tried: it comes first on the import path, and nothing is written."""

from __future__ import annotations

import os

from archivolt.plugins.pack_check.located import LocatedPack


def environment_of(pack: LocatedPack) -> dict[str, str]:
    """Return the environment variables of a process that can import the pack."""
    before = os.environ.get("PYTHONPATH", "")
    paths = [*pack.paths, *([before] if before else [])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
    }


def shortened(text: str) -> str:
    """Return the last line of what a process said that says something."""
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    return lines[-1] if lines else "it said nothing."
