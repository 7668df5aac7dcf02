"""The Keras trainer of Archivolt and the model that it delivers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt import hookimpl

if TYPE_CHECKING:
    from archivolt.components.evaluator import Evaluator
    from archivolt.components.preset import Preset
    from archivolt.components.source import Source


@hookimpl
def archivolt_evaluators() -> Iterable[type[Evaluator]]:
    from archivolt_keras.evaluator import KerasEvaluator

    return [KerasEvaluator]


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    from archivolt_keras.sources.arrays import ArraySource
    from archivolt_keras.sources.stream import StreamSource

    return [ArraySource, StreamSource]


@hookimpl
def archivolt_presets() -> Iterable[Preset]:
    from archivolt.components.preset import Preset

    folder = Path(__file__).parent / "presets"
    return [
        Preset("base", folder / "base.yaml", "What every search starts from."),
        Preset(
            "sequence",
            folder / "sequence.yaml",
            "Arrays of sequences: convolutions over time, recurrent layers, attention.",
        ),
        Preset("vector", folder / "vector.yaml", "Arrays of one row of numbers an example."),
        Preset(
            "array", folder / "array.yaml", "Arrays and datasets: vectors, pictures, sequences."
        ),
    ]
