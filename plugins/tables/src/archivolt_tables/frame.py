"""The source of data frames that are passed in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from archivolt.components.source import Dataset, Input, Source
from archivolt.errors import DataError
from archivolt.values.encoding import in_memory
from archivolt_tables.source import ColumnSource, as_names, is_frame, table_of_frame


@frozen(kw_only=True)
class FrameSource(ColumnSource):
    """A pandas data frame passed in Python.

    Its columns are read as those of a table; a run that is opened again is given new frames.
    """

    name = "frame"
    path_field = ""  # no file is one

    frame: Any = in_memory()  # noqa: RUF009  # a pandas DataFrame with the target among its columns
    test_frame: Any = in_memory()  # noqa: RUF009  # the rows that are kept for the report
    unlabelled_frame: Any = in_memory()  # noqa: RUF009  # rows without a target

    @classmethod
    def from_memory(
        cls,
        x: Any,
        y: Any = None,
        weights: Any = None,
        test: tuple[Any, Any] | None = None,
        unlabelled: Any = None,
    ) -> Source | None:
        if not is_frame(x):
            return None
        frame, target = _joined(x, y)
        weight = None
        if isinstance(weights, str):
            weight = weights
        elif weights is not None:
            weight = _free_name("weight", frame)
            frame = frame.assign(**{weight: _column(weights, len(frame), "weights")})
        held = None if test is None else _joined(test[0], _answers(test[1], y, target))[0]
        if unlabelled is not None and not is_frame(unlabelled):
            raise DataError("a frame is needed, as the labelled rows are one.", "unlabelled")
        return cls(
            frame=frame,
            target=target,
            weight=weight,
            test_frame=held,
            unlabelled_frame=unlabelled,
        )

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        from archivolt_tables.assembly import add_unlabelled, assemble, assemble_new

        if self.frame is None:
            raise DataError("there is no frame: it was passed in Python, and is not kept.")
        wishes = self.wishes()
        dataset = assemble(table_of_frame(self.frame), wishes, group, time)
        if self.test_frame is not None:
            dataset.test = assemble_new(
                table_of_frame(self.test_frame, "the test frame"),
                wishes,
                dataset.inputs,
                dataset.targets,
                labelled=True,
            )
        if self.unlabelled_frame is not None:
            add_unlabelled(dataset, table_of_frame(self.unlabelled_frame, "the unlabelled frame"))
        return dataset

    def read_new(self, path: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read a further frame, or a file of a table."""
        from archivolt_tables.files import read_table

        return self.assemble_further(path, read_table, inputs, targets)


def _joined(x: Any, y: Any) -> tuple[Any, tuple[str, ...]]:
    """Put the labels beside the features; return the names of their columns."""
    if y is None:
        return x, ()
    if isinstance(y, str):
        return x, (y,)
    if isinstance(y, (list, tuple)) and len(y) != len(x) and all(isinstance(e, str) for e in y):
        return x, as_names(y)
    if is_frame(y):
        names = tuple(str(name) for name in y.columns)
        taken = [name for name in names if name in x.columns]
        if taken:
            raise DataError(f"the column {taken[0]!r} is in the features and in the labels.")
        values = {
            name: _column(y[key], len(x), "labels") for name, key in zip(names, y, strict=True)
        }
        return x.assign(**values), names
    name = _free_name(str(getattr(y, "name", None) or "target"), x)
    return x.assign(**{name: _column(y, len(x), "labels")}), (name,)


def _answers(y: Any, first: Any, target: tuple[str, ...]) -> Any:
    """Give the labels of test rows the name that those of the training rows have."""
    if y is None or isinstance(y, str) or is_frame(y) or len(target) != 1:
        return y if y is not None else (first if isinstance(first, str) else None)
    import pandas as pd

    return pd.Series(y).rename(target[0])


def _column(values: Any, rows: int, what: str) -> Any:
    # By position: an index that differs would silently shift the rows against each other.
    import numpy as np

    array = getattr(values, "array", None)
    column = array if array is not None else np.asarray(values)
    if len(column) != rows or getattr(column, "ndim", 1) != 1:
        shape = getattr(column, "shape", (len(column),))
        raise DataError(f"{what} have the shape {tuple(shape)}, and the features {rows} rows.")
    return column


def _free_name(wanted: str, frame: Any) -> str:
    while wanted in frame.columns:
        wanted += "_"
    return wanted
