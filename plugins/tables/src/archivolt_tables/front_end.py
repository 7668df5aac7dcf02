"""The front end: preprocessing of columns as plain Keras layers, fitted on training rows."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import Any

import keras
import numpy as np
from attrs import frozen
from keras import layers, ops
from numpy.typing import NDArray

from archivolt.components.source import CATEGORY, DATE, Dataset, FrontEnd, Input
from archivolt.errors import DataError
from archivolt.values.features import ColumnLayout, columns
from archivolt_tables.gaps import GAP, GAPS

KNOTS = 65  # quantiles that blocks are told of each column
_CLIPPED = 0.01  # share at each end that mean and deviation are taken without
_ROWS = 100_000  # that quantiles are taken from, at most
_DAYS_A_YEAR = 365.2425
_PARTS = ("year sine", "year cosine", "week sine", "week cosine", "day sine", "day cosine")


def build_front_end(training: Dataset, vocabulary: int, rare: int) -> FrontEnd:
    """Build the preprocessing on training rows.

    Args:
        training: The training rows alone.
        vocabulary: Most values of a category that are told apart.
        rare: Fewest rows that a value must have to be told apart, in a column with many values.

    Raises:
        DataError: no column varies within the training rows.
    """
    raw = _raw_inputs(training.inputs)
    numeric = [each for each in training.inputs if each.role != CATEGORY]
    numbers = _fit_numbers(training, numeric)
    texts = [each for each in training.inputs if each.role == CATEGORY]
    fitted = [_fit_words(training, each, vocabulary, rare) for each in texts]
    words = [each for each in fitted if each.varies]
    outputs: dict[str, Any] = {}
    if numbers is not None:
        outputs["numeric"] = numbers.apply(ops.stack([raw[each.name] for each in numeric], axis=1))
    if words:
        outputs["categories"] = _indices(words, raw)
    if not outputs:
        raise DataError("no column varies within the training rows.", hint="More rows are needed.")
    with warnings.catch_warnings():
        # Keys are the user's own names; not each of them can be the name of a Keras input.
        warnings.filterwarnings("ignore", message="When providing `inputs` as a dict")
        model = keras.Model(raw, outputs, name="front_end")
    layout = ColumnLayout(
        numeric=numbers.names if numbers is not None else (),
        quantiles=numbers.knots if numbers is not None else (),
        categorical=tuple(each.name for each in words),
        cardinalities=tuple(each.cardinality for each in words),
    )
    return FrontEnd(model, columns(layout))


def _raw_inputs(inputs: tuple[Input, ...]) -> dict[str, Any]:
    """Make a Keras input for each column, by the column's name."""
    raw = {}
    for index, each in enumerate(inputs):
        name = each.name if _may_name_a_layer(each.name) else f"column_{index}_of_the_table"
        raw[each.name] = keras.Input(each.shape, dtype=each.dtype, name=name)
    return raw


def _may_name_a_layer(name: str) -> bool:
    """Tell whether a column's name is free to be a layer's in any network: no `dense_1`."""
    if not name or "/" in name:
        return False
    stem = re.sub(r"(_\d+)+$", "", name)
    taken = {"functional", "sequential", "front_end", *dir(ops)}
    return stem not in taken and stem.replace("_", "").lower() not in _LAYERS


_LAYERS = {each.lower() for each in dir(layers)} | {"inputlayer", "functional", "lookup"}


@frozen(eq=False)
class Numbers:
    """What numeric columns and dates are turned into; the same code for graph and arrays."""

    fill: NDArray[np.float32]  # stands in for a gap, `(columns,)`
    gapped: NDArray[np.int32]  # columns with gaps in the training rows: each has an indicator
    dates: NDArray[np.int32]  # columns of days, whose parts are derived
    kept: NDArray[np.int32]  # which of all these vary in the training rows
    centre: NDArray[np.float32]  # of the kept
    scale: NDArray[np.float32]
    names: tuple[str, ...] = ()
    knots: tuple[tuple[float, ...], ...] = ()

    def expand(self, x: Any) -> Any:
        """Fill the gaps of `(rows, columns)` and append indicators and the parts of dates."""
        gaps = ops.isnan(x)
        filled = ops.where(gaps, self.fill, x)
        parts = [filled]
        if len(self.gapped):
            parts.append(ops.cast(ops.take(gaps, self.gapped, axis=1), "float32"))
        if len(self.dates):
            days = ops.take(filled, self.dates, axis=1)
            # 1 January 1970 was a Thursday.
            for cycle, shift in ((_DAYS_A_YEAR, 0.0), (7.0, 3.0), (1.0, 0.0)):
                angle = ops.multiply(ops.mod(ops.add(days, shift), cycle), 2 * np.pi / cycle)
                parts += [ops.sin(angle), ops.cos(angle)]
        return ops.concatenate(parts, axis=1) if len(parts) > 1 else filled

    def apply(self, x: Any) -> Any:
        """Turn `(rows, columns)` into standardised features, `(rows, kept)`."""
        kept = ops.take(self.expand(x), self.kept, axis=1)
        return ops.divide(ops.subtract(kept, self.centre), self.scale)


def _fit_numbers(training: Dataset, inputs: list[Input]) -> Numbers | None:
    if not inputs:
        return None
    x = np.stack([training.features[each.name] for each in inputs], axis=1).astype(np.float32)
    gaps = np.isnan(x)
    fill = np.zeros(x.shape[1], dtype=np.float32)
    filled = ~gaps.all(axis=0)
    fill[filled] = np.nanmedian(x[:, filled], axis=0)
    dates = np.flatnonzero([each.role == DATE for each in inputs]).astype(np.int32)
    gapped = np.flatnonzero(gaps.any(axis=0) & filled).astype(np.int32)
    every = np.arange(0, dtype=np.int32)
    nothing = np.zeros(0, dtype=np.float32)
    bare = Numbers(fill, gapped, dates, every, nothing, nothing)
    values = np.asarray(bare.expand(x), dtype=np.float64)[:: max(1, len(x) // _ROWS)]
    names = [each.name for each in inputs]
    names += [f"{inputs[index].name} is missing" for index in gapped]
    names += [f"{inputs[index].name} {part}" for part in _PARTS for index in dates]
    values.sort(axis=0)
    spread = values[-1] - values[0]
    # A sine of zero is 1e-7 here and there: a cycle that does not turn is no feature.
    derived = np.arange(len(names)) >= len(inputs) + len(gapped)
    kept = np.flatnonzero(spread > np.where(derived, 1e-3, 0.0)).astype(np.int32)
    if not len(kept):
        return None
    values = values[:, kept]
    centre, scale = _robust_moments(values)
    knots = tuple(map(_knots, ((values - centre) / scale).T))
    return Numbers(
        fill, gapped, dates, kept, centre, scale, tuple(names[index] for index in kept), knots
    )


def _robust_moments(
    ordered: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation with the ends clipped, by column of sorted values."""
    last = len(ordered) - 1
    low, high = ordered[int(_CLIPPED * last)], ordered[last - int(_CLIPPED * last)]
    clipped = np.clip(ordered, low, high)
    flat = high <= low  # all but the ends are one value: they are what the column says
    clipped[:, flat] = ordered[:, flat]
    centre, scale = clipped.mean(axis=0), clipped.std(axis=0)
    smallest = np.finfo(np.float32).tiny
    whole = np.maximum(ordered[-1] - ordered[0], smallest)
    scale = np.where(scale > smallest, scale, whole)
    return centre.astype(np.float32), scale.astype(np.float32)


def _knots(ordered: NDArray[np.float64]) -> tuple[float, ...]:
    positions = np.linspace(0, len(ordered) - 1, KNOTS).round().astype(int)
    return tuple(np.unique(np.round(ordered[positions], 6)).tolist())


@frozen(eq=False)
class Words:
    """The values of a category that are told apart; index 0 stands for every other."""

    name: str
    values: tuple[str, ...]
    gap: bool  # whether the training rows have gaps: they are a value of their own, the last
    varies: bool  # whether training rows have more than one index

    @property
    def cardinality(self) -> int:
        return 1 + len(self.values) + self.gap


def _fit_words(training: Dataset, each: Input, vocabulary: int, rare: int) -> Words:
    counts = Counter(training.features[each.name].tolist())
    gap = counts.pop(GAP, 0) > 0
    fewest = rare if len(counts) > 10 else 1
    frequent = sorted(counts, key=lambda value: (-counts[value], value))
    values = tuple(value for value in frequent if counts[value] >= fewest)[:vocabulary]
    others = len(values) < len(counts)
    return Words(each.name, values, gap, len(values) + gap + others > 1)


def _indices(words: list[Words], raw: dict[str, Any]) -> Any:
    indices = []
    for number, each in enumerate(words):
        entries = [*each.values, *(GAPS if each.gap else ())]
        unknown = "[UNK]"
        while unknown in entries:
            unknown += "_"
        lookup = layers.StringLookup(
            vocabulary=entries, num_oov_indices=1, oov_token=unknown, name=f"lookup_{number}"
        )
        indices.append(lookup(raw[each.name]))
    last = np.array([each.cardinality - 1 for each in words], dtype=np.int32)
    # The ways to write a gap stand last in a vocabulary: all of them become the first of them.
    return ops.minimum(ops.cast(ops.stack(indices, axis=1), "int32"), last)
