"""SavedModel folders: written, read and run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from archivolt_export.asking import SAVED_MODEL
from archivolt_export.errors import ConversionError
from archivolt_export.litert import SIGNATURE, Call, reason
from archivolt_export.ports import Exportable, Features
from archivolt_export.quiet import silenced


def write_saved_model(given: Exportable, target: Path) -> None:
    """Write a model as a SavedModel with one signature, `serving_default`, for any number of rows.

    Raises:
        ConversionError: TensorFlow does not take it.
    """
    try:
        with silenced():
            module = tf.Module()
            module.model = given.model  # holds its variables and tables
            tf.saved_model.save(module, str(target), signatures={SIGNATURE: given.function(None)})
    except Exception as cause:  # of TensorFlow, in whatever words
        raise ConversionError(SAVED_MODEL, reason(cause)) from cause


def run_saved_model(path: Path) -> Call:
    """Return what calls a SavedModel: arrays by port in, and out."""
    with silenced():
        loaded = tf.saved_model.load(str(path))
    signature = loaded.signatures[SIGNATURE]

    def call(rows: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        assert loaded is not None  # a signature alone does not keep its variables
        found = signature(**{port: tf.constant(values) for port, values in rows.items()})
        return {port: each.numpy() for port, each in found.items()}

    return call  # type: ignore[return-value]  # it takes any mapping


def all_rows(
    given: Exportable, call: Call, features: Features, at_once: int
) -> NDArray[np.generic]:
    """Call what takes any number of rows for all of them; `(rows, outputs)`."""
    feed = given.feed(features)
    rows = len(next(iter(feed.values())))
    found = [
        given.beside(call({port: each[start : start + at_once] for port, each in feed.items()}))
        for start in range(0, rows, at_once)
    ]
    return np.concatenate(found)
