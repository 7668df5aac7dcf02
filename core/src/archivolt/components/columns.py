"""Table columns inside a graph: what a block of the kind `columns` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.values.features import ColumnLayout

if TYPE_CHECKING:
    Tensor = Any


@frozen(eq=False)
class Columns:
    """The columns of a table as symbolic tensors; a part that has no columns is None."""

    layout: ColumnLayout
    numeric: Tensor | None  # (batch, numeric columns), float, standardised, gaps filled
    categories: Tensor | None  # (batch, categorical columns), int32; 0: unknown
