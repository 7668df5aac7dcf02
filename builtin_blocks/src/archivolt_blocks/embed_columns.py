"""The connector from the columns of a table to a vector: embeddings of numbers and categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from archivolt.components.block import Block
from archivolt.components.columns import Columns
from archivolt.errors import SpaceError
from archivolt.values.features import COLUMNS, VECTOR, ColumnLayout, Features, vector
from archivolt.values.footprint import Footprint
from archivolt.values.tunable import tunable
from archivolt_blocks import numeric_columns
from archivolt_blocks.inverse_erf import inverse_erf

Tensor = Any


@frozen
class EmbedColumns(Block):
    """Makes a vector of a table's columns: scales and embeds numbers, embeds categories.

    Maps the columns of a table to `(batch, features)`. Numbers are standardised, clipped at 8
    (`standard`), or bent to a normal distribution by the quantiles of the training rows
    (`quantile`). Each is then embedded by itself (Gorishniy et al., 2022): its place in bins
    between quantiles under a linear layer (`piecewise_linear`), sines and cosines of learned
    frequencies (`periodic`, section 3.3, the linear layer shared by the columns: PLR(lite)), a
    linear layer with relu (`linear`), or not at all (`plain`). Columns of two values stay as they
    are. A category becomes a learned vector (Guo and Berkhahn, 2016) or a one among zeros; one
    that the training rows do not have is all zeros either way.
    """

    name = "embed_columns"
    reads = COLUMNS
    writes = VECTOR
    connector = True
    int8 = False  # places between quantiles are finer than 8 bits: probabilities move by 0.5
    scaling: str = tunable("standard", choices=("standard", "quantile"))
    numbers: str = tunable(
        "piecewise_linear", choices=("piecewise_linear", "periodic", "linear", "plain")
    )
    bins: int = tunable(16, choices=(8, 16, 32, 48))  # of a column, at most; piecewise_linear
    frequencies: int = tunable(16, choices=(8, 16, 32))  # of a column; periodic
    sigma: float = tunable(0.1, choices=(0.02, 0.05, 0.1, 0.2, 0.3))  # spread at first; periodic
    number_width: int = tunable(8, choices=(4, 8, 16, 24))  # features of an embedded number
    categories: str = tunable("learned", choices=("learned", "one_hot"))
    category_width: int = tunable(6, choices=(4, 6, 8))  # features of a learned category
    most_one_hot: int = 64  # a column with more values is learned even so

    def unused(self) -> frozenset[str]:
        used = {
            "piecewise_linear": {"bins", "number_width"},
            "periodic": {"frequencies", "sigma", "number_width"},
            "linear": {"number_width"},
        }.get(self.numbers, set())
        return frozenset({"bins", "frequencies", "sigma", "number_width"} - used)

    def build(self, x: Columns, earlier: Sequence[Tensor]) -> Tensor:
        from keras import layers

        self._check(x.layout)
        parts = [*self._build_numbers(x), *self._build_categories(x)]
        return layers.Concatenate()(parts) if len(parts) > 1 else parts[0]

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        layout = x.columns or ColumnLayout()
        self._check(layout)
        columns = len(numeric_columns.embedded(layout))
        width = self.number_width
        if self.numbers == "piecewise_linear":
            bins = numeric_columns.widest(layout, self.scaling, self.bins)
            kernel, biases, flops = columns * bins * width, columns * width, columns * bins * width
        elif self.numbers == "periodic":
            kernel = columns * self.frequencies + 2 * self.frequencies * width
            biases = width
            flops = columns * self.frequencies * (1 + 2 * width)
        elif self.numbers == "linear":
            kernel = biases = flops = columns * width
        else:
            width, kernel, biases, flops = 1, 0, 0, 0
        if not columns:
            kernel = biases = flops = 0
        features = columns * width + len(layout.numeric) - columns
        learned, hot = self._split(layout)
        entries = sum(layout.cardinalities[index] - 1 for index in learned)
        features += len(learned) * self.category_width
        features += sum(layout.cardinalities[index] - 1 for index in hot)
        parameters = kernel + biases + entries * self.category_width
        return Footprint(vector(features), parameters, 2 * flops)

    # Numbers

    def _build_numbers(self, x: Columns) -> list[Tensor]:
        from keras import layers, ops

        if x.numeric is None:
            return []
        standard = ops.clip(x.numeric, -numeric_columns.CLIP, numeric_columns.CLIP)
        chosen, flags = numeric_columns.embedded(x.layout), numeric_columns.flags(x.layout)
        if not chosen or (self.numbers == "plain" and self.scaling == "standard"):
            return [standard]
        if self.scaling == "quantile":
            scaled = _to_normal(_columns(x.numeric, chosen), x.layout)
        else:
            scaled = _columns(standard, chosen)
        parts = [scaled if self.numbers == "plain" else layers.Flatten()(self._embed(scaled, x))]
        if flags:
            parts.append(_columns(standard, flags))
        return parts

    def _embed(self, numbers: Tensor, x: Columns) -> Tensor:
        """Embed `(batch, columns)` to `(batch, columns, number_width)`."""
        from keras import initializers, layers, ops

        columns, width = numbers.shape[-1], self.number_width
        if self.numbers == "piecewise_linear":
            steps = _steps(numbers, numeric_columns.bins(x.layout, self.scaling, self.bins))
            # Glorot's limit for the kernel of one column: Keras takes the columns' axis for a
            # window and would make it smaller by the root of their number.
            limit = float(np.sqrt(6 / (steps.shape[-1] + width)))
            return layers.EinsumDense(
                "bnf,nfd->bnd",
                (columns, width),
                bias_axes="nd",
                kernel_initializer=initializers.RandomUniform(-limit, limit),
            )(steps)
        if self.numbers == "periodic":
            turns = layers.EinsumDense(
                "bn,nk->bnk",
                (columns, self.frequencies),
                kernel_initializer=initializers.RandomNormal(stddev=self.sigma),
            )(numbers)
            angles = turns * (2 * np.pi)
            waves = layers.Concatenate()([ops.cos(angles), ops.sin(angles)])
            return layers.Dense(width, activation="relu")(waves)
        limit = float(1 / np.sqrt(width))
        return layers.EinsumDense(
            "bn,nd->bnd",
            (columns, width),
            bias_axes="nd",
            activation="relu",
            kernel_initializer=initializers.RandomUniform(-limit, limit),
            bias_initializer=initializers.RandomUniform(-limit, limit),
        )(numbers)

    # Categories

    def _split(self, layout: ColumnLayout) -> tuple[list[int], list[int]]:
        """Tell which categorical columns are learned and which are one-hot."""
        learned: list[int] = []
        hot: list[int] = []
        for index, cardinality in enumerate(layout.cardinalities):
            if cardinality > 1:  # a column that has the unknown alone says nothing
                one_hot = self.categories == "one_hot" and cardinality <= self.most_one_hot
                (hot if one_hot else learned).append(index)
        return learned, hot

    def _build_categories(self, x: Columns) -> list[Tensor]:
        learned, hot = self._split(x.layout)
        parts = []
        if learned:
            parts.append(self._look_up(_columns(x.categories, learned), x.layout, learned))
        if hot:
            parts.append(_one_hot(x.categories, x.layout, hot))
        return parts

    def _look_up(self, indices: Tensor, layout: ColumnLayout, chosen: Sequence[int]) -> Tensor:
        """Look categories up in one table for all columns; the unknown is zeros."""
        from keras import initializers, layers, ops

        entries = [layout.cardinalities[index] - 1 for index in chosen]
        starts = np.cumsum([0, *entries[:-1]]).astype(np.int32)
        limit = float(1 / np.sqrt(self.category_width))
        vectors = layers.Embedding(
            sum(entries),
            self.category_width,
            embeddings_initializer=initializers.RandomUniform(-limit, limit),
        )(ops.maximum(indices - 1, 0) + starts)
        known = ops.cast(ops.expand_dims(indices > 0, -1), vectors.dtype)
        return layers.Flatten()(vectors * known)

    def _check(self, layout: ColumnLayout) -> None:
        if not layout.numeric and all(each < 2 for each in layout.cardinalities):
            raise SpaceError("no column of the table has values to learn from.")


def _columns(x: Tensor, chosen: Sequence[int]) -> Tensor:
    from keras import ops

    if tuple(chosen) == tuple(range(x.shape[-1])):
        return x
    return ops.take(x, np.array(chosen, np.int32), axis=1)


def _steps(x: Tensor, ramps: numeric_columns.Ramps) -> Tensor:
    from keras import ops

    return ops.clip((ops.expand_dims(x, -1) - ramps.lower) * ramps.slope, 0.0, 1.0)


def _to_normal(x: Tensor, layout: ColumnLayout) -> Tensor:
    """Bend numbers so that their knots lie as quantiles of a normal distribution do."""
    from keras import ops

    ramps = numeric_columns.levels(layout)
    shares = ops.sum(_steps(x, ramps), axis=-1) * (1 / ramps.counts)
    shares = ops.clip(shares, numeric_columns.TAIL, 1 - numeric_columns.TAIL)
    return inverse_erf(2 * shares - 1) * float(np.sqrt(2))


def _one_hot(x: Tensor, layout: ColumnLayout, chosen: Sequence[int]) -> Tensor:
    from keras import ops

    places = [(index, value) for index in chosen for value in range(1, layout.cardinalities[index])]
    columns, values = np.array(places, np.int32).T
    return ops.cast(ops.equal(ops.take(x, columns, axis=1), values), "float32")
