"""What flows between blocks: the kind and shape of features, and the layout of table columns."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from attrs import field, frozen

VECTOR = "vector"  # (features,)
SEQUENCE = "sequence"  # (time, features), with an optional mask
IMAGE = "image"  # (height, width, channels)
COLUMNS = "columns"  # the columns of a table, numbers beside categories; see ColumnLayout
KINDS = (VECTOR, SEQUENCE, IMAGE, COLUMNS)

_RANKS = {VECTOR: 1, SEQUENCE: 2, IMAGE: 3, COLUMNS: 1}


def _as_shape(lengths: Iterable[int | None]) -> tuple[int | None, ...]:
    return tuple(lengths)


@frozen(cache_hash=True)  # long, and part of what footprints are remembered by
class ColumnLayout:
    """The columns of a prepared table: what a block must know to embed them.

    Numbers come first, standardised with the training rows; then categories as indices, where
    index 0 stands for every value that the training rows do not have.
    """

    numeric: tuple[str, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()  # a numeric column's distinct knots, ascending
    categorical: tuple[str, ...] = ()
    cardinalities: tuple[int, ...] = ()  # indices a categorical column may have, index 0 included


@frozen(cache_hash=True)
class Features:
    """Kind and shape of one tensor, without the batch axis; `None` stands for any length."""

    kind: str = field()
    shape: tuple[int | None, ...] = field(converter=_as_shape)
    columns: ColumnLayout | None = None  # for the kind `columns` alone
    # Of a sequence that a network is given: steps that hold zeros alone are padding.
    padded: bool = field(default=False)

    @kind.validator
    def _check_kind(self, _: object, kind: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"no feature kind is named {kind!r}; known: {', '.join(KINDS)}")

    @shape.validator
    def _check_shape(self, _: object, shape: tuple[int | None, ...]) -> None:
        if len(shape) != _RANKS[self.kind]:
            raise ValueError(f"{self.kind} features have {_RANKS[self.kind]} axes, not {shape}")

    @padded.validator
    def _check_padded(self, _: object, padded: bool) -> None:
        if padded and self.kind != SEQUENCE:
            raise ValueError(f"steps of a sequence are padded; {self.kind} features have none")

    @property
    def size(self) -> int:
        """Numbers in one example; an axis of any length counts once."""
        return prod(each or 1 for each in self.shape)

    @property
    def channels(self) -> int:
        """Length of the last axis."""
        return self.shape[-1] or 1


def vector(features: int) -> Features:
    """Features of the kind `vector`, `(batch, features)`."""
    return Features(VECTOR, (features,))


def image(height: int | None, width: int | None, channels: int) -> Features:
    """Features of the kind `image`, `(batch, height, width, channels)`, in pixels; None: any."""
    return Features(IMAGE, (height, width, channels))


def sequence(time: int | None, features: int, padded: bool = False) -> Features:
    """Features of the kind `sequence`, `(batch, time, features)`, in steps; None: any."""
    return Features(SEQUENCE, (time, features), padded=padded)


def columns(layout: ColumnLayout) -> Features:
    """Features of the kind `columns`: the columns of a table, each a tensor of its own."""
    return Features(COLUMNS, (len(layout.numeric) + len(layout.categorical),), layout)
