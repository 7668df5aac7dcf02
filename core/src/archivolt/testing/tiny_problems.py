"""A tiny problem of each feature kind: labelled examples that a small network soon learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from archivolt.errors import nearest
from archivolt.values.features import COLUMNS, IMAGE, KINDS, SEQUENCE, VECTOR

Array = NDArray[Any]


@frozen(eq=False)
class TinyProblem:
    """Labelled examples of one feature kind; the rows come from `archivolt.testing` alone."""

    kind: str  # of the features
    x: Array | Mapping[str, Array]  # `(rows, …)` float32; for `columns` a mapping by column
    y: Array  # class names `(rows,)`; numbers for regression

    @property
    def rows(self) -> int:
        return len(self.y)


def tiny_problem(
    kind: str = VECTOR, *, rows: int = 120, classes: int = 2, seed: int = 0
) -> TinyProblem:
    """Make a tiny problem.

    Args:
        kind: `vector` (6 features), `sequence` (12 steps of 3), `image` (12 x 10 pixels, 3
            channels) or `columns` (two of numbers, one of words).
        rows: Examples.
        classes: Classes that they are of; 0 makes a regression problem.
        seed: Draws everything.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no feature kind is named {kind!r}. {nearest(kind, [*KINDS])}")
    rng = default_rng(seed)
    # Where an example stands between the classes: from it both features and label follow.
    place = rng.integers(0, classes, rows).astype(float) if classes else rng.random(rows) * 2
    makers: Mapping[str, Callable[[Array, Generator], Array | Mapping[str, Array]]]
    makers = {VECTOR: _vectors, SEQUENCE: _sequences, IMAGE: _images, COLUMNS: _columns}
    labels: Array = place + 0.05 * rng.normal(size=rows)
    if classes:
        names = np.array([f"class {index}" for index in range(classes)])
        labels = names[place.astype(int)]
    return TinyProblem(kind, makers[kind](place, rng), labels)


def _vectors(place: Array, rng: Generator) -> Array:
    directions = default_rng(7).normal(size=6)
    noise = rng.normal(size=(len(place), 6))
    return (2 * place[:, None] * directions + noise).astype("float32")


def _sequences(place: Array, rng: Generator) -> Array:
    """A tone whose frequency tells, at any phase."""
    time = np.arange(12)
    phase = rng.random((len(place), 1)) * 2 * np.pi
    tone = np.sin(0.4 * (1 + place[:, None]) * time + phase)
    noise = 0.1 * rng.normal(size=(len(place), 12, 3))
    return (tone[..., None] + noise).astype("float32")


def _images(place: Array, rng: Generator) -> Array:
    """A bright stripe whose height tells."""
    height = np.arange(12)[None, :, None, None]
    stripe = np.abs(height - 2 - 3 * place[:, None, None, None]) < 1.5
    noise = 0.3 * rng.normal(size=(len(place), 12, 10, 3))
    picture: Array = (stripe + noise).astype("float32")
    return picture


def _columns(place: Array, rng: Generator) -> Mapping[str, Array]:
    jobs = np.array(["baker", "miner", "nurse", "smith"], dtype=object)
    return {
        "age": 40 + 9 * place + 4 * rng.normal(size=len(place)),
        "hours": 30 + 5 * rng.normal(size=len(place)),
        "job": jobs[(np.round(place).astype(int) + (rng.random(len(place)) < 0.2)) % 4],
    }
