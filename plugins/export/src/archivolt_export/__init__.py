"""Exports: models of a run as SavedModel, ONNX or LiteRT, each compared with what it was."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from archivolt import hookimpl

if TYPE_CHECKING:
    from archivolt.components.measurement import Measurement
    from archivolt_export.exporting import Exported as Exported
    from archivolt_export.exporting import export as export
    from archivolt_export.litert import int8 as int8

__version__ = "0.1.0"

# Loaded on first use: they import TensorFlow.
_HOMES = {
    "Exported": "archivolt_export.exporting",
    "export": "archivolt_export.exporting",
    "int8": "archivolt_export.litert",
}


@hookimpl
def archivolt_measurements() -> Iterable[type[Measurement]]:
    from archivolt_export.measurements import LiteRT, LiteRTInt8

    return [LiteRT, LiteRTInt8]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
