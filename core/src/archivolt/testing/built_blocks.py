"""Keras models of a block alone, the features that they are built on, and rows for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from archivolt.components.block import Block
from archivolt.components.measuring import symbolic
from archivolt.values.features import (
    COLUMNS,
    IMAGE,
    SEQUENCE,
    VECTOR,
    ColumnLayout,
    Features,
    columns,
    image,
    sequence,
    vector,
)

ROWS = 6

_MIXED = ColumnLayout(
    numeric=("age", "gain", "married"),
    quantiles=(
        tuple(float(knot) for knot in np.linspace(-2, 2, 33)),
        (-0.4, 0.1, 0.9, 7.5, 11.0),  # few distinct knots, the last beyond what is usual
        (-0.7, 1.4),  # a column of two values
    ),
    categorical=("job", "country"),
    cardinalities=(5, 80),
)
SIZES = {
    VECTOR: (vector(5), vector(16), vector(33)),
    IMAGE: (image(14, 14, 6), image(16, 20, 8), image(28, 25, 12)),
    SEQUENCE: (sequence(6, 4), sequence(9, 8), sequence(12, 16)),
    COLUMNS: (
        columns(ColumnLayout(numeric=("x", "y"))),
        columns(_MIXED),
        columns(ColumnLayout(categorical=("job",), cardinalities=(4,))),
    ),
}


def earlier_for(block: Block, x: Features) -> tuple[Features, ...]:
    """Return what comes before `x`: three outputs of its shape for a block that looks back."""
    return (x, x, x) if block.looks_back else ()


def build(block: Block, x: Features) -> Any:
    """Build a Keras model of the block alone."""
    from keras import Model

    inputs, tensor = symbolic(x)
    others = [symbolic(each) for each in earlier_for(block, x)]
    output = block.build(tensor, [each for _, each in others])
    return Model([*inputs, *(each for pair, _ in others for each in pair)], output)


def build_padded(block: Block, x: Features, filling: float) -> Any:
    """Build a block on masked sequences; a last input, `(time, 1)`, tells which steps are real."""
    from keras import Input, Model, layers, ops

    absent = -(2.0**15)
    real = Input((x.shape[0], 1), dtype="bool")
    inputs = [Input(each.shape) for each in (x, *earlier_for(block, x))]
    # Masking makes zeros of padded steps; what is added to all steps then fills them.
    first, *others = (
        layers.Rescaling(1.0, filling)(
            layers.Masking(absent)(ops.where(real, each - filling, absent))
        )
        for each in inputs
    )
    return Model([*inputs, real], block.build(first, others))


def draw_inputs(block: Block, x: Features, rng: Generator) -> list[NDArray[Any]]:
    """Draw random rows for each input of `build(block, x)`."""
    return [array for each in (x, *earlier_for(block, x)) for array in _arrays(each, rng)]


def predict(model: Any, inputs: Sequence[NDArray[Any]]) -> NDArray[Any]:
    output: NDArray[Any] = np.asarray(model(list(inputs), training=False))
    return output


def _arrays(x: Features, rng: Generator) -> Iterator[NDArray[Any]]:
    if x.columns is None:
        shape = [length or 7 for length in x.shape]
        yield rng.standard_normal((ROWS, *shape)).astype("float32")
        return
    if x.columns.numeric:
        yield 3 * rng.standard_normal((ROWS, len(x.columns.numeric))).astype("float32")
    if x.columns.categorical:
        limits = x.columns.cardinalities
        yield rng.integers(0, limits, (ROWS, len(limits))).astype("int32")
