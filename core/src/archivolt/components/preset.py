"""Presets: configurations that a pack ships under a name."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen


@frozen
class Preset:
    """A YAML file that fills what a user's configuration leaves out."""

    name: str
    path: Path
    summary: str = ""
