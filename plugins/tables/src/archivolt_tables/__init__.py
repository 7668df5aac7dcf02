"""Tables of data for Archivolt: CSV, Parquet and data frames."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archivolt.components.preset import Preset
from archivolt.components.source import Source
from archivolt.hookspecs import hookimpl
from archivolt_tables.frame import FrameSource
from archivolt_tables.source import TableSource

__all__ = ["FrameSource", "TableSource"]

_PRESETS = Path(__file__).parent / "presets"


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    return [TableSource, FrameSource]


@hookimpl
def archivolt_presets() -> Iterable[Preset]:
    return [Preset("tabular", _PRESETS / "tabular.yaml", "Tables of numbers and categories.")]
