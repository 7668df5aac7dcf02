"""The columns of a table's file: named arrays (`.npz`), or comma-separated values (`.csv`)."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.errors import DataError, nearest
from archivolt_tabular_benchmarks.specification import Form, Specification, Value


@frozen(eq=False)
class Columns:
    """What a file holds, and how to name its rows in messages."""

    indices: NDArray[np.int64]  # (rows, positions), the value of each position
    column: Callable[[str], NDArray[np.float64]]  # by name, `(rows,)` or `(rows, seeds)`
    row_of: NDArray[np.int64] | None  # over all positions: the row of a spelling, -1: none
    where: Callable[[int], str]  # names a row


def read_columns(specification: Specification, data: Path | None) -> Columns:
    """Read the file of a table.

    Raises:
        DataError: the file, a column or a row: which, and what is wrong with it.
    """
    path = specification.path(data)
    if not path.is_file():
        hint = (
            f"It belongs to the table {specification.name}: {specification.source or 'its source'}."
        )
        told = "Name the folder of data with --data. " if data is None else ""
        raise DataError("there is no such file.", str(path), told + hint)
    if path.suffix == ".npz":
        return _read_arrays(path, specification)
    if path.suffix == ".csv":
        return _read_lines(path, specification.form)
    raise DataError("is neither .npz nor .csv.", str(path))


def _read_arrays(path: Path, specification: Specification) -> Columns:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = tuple(archive.files)
            held: dict[str, NDArray[Any]] = {}

            def array(name: str) -> NDArray[Any]:
                if name not in names:
                    raise DataError(
                        f"holds no array {name!r}.", str(path), nearest(name, list(names))
                    )
                return held.setdefault(name, archive[name])

            wanted = [*specification.scores, *(each.column for each in specification.costs)]
            wanted += [name for _, columns in specification.fidelities for name in columns]
            for name in wanted:
                array(name)
            rows = len(held[specification.scores[0]])
            row_of = _read_row_of(path, specification, array, rows)
            if row_of is not None:
                indices = np.zeros((rows, len(specification.form.sizes)), np.int64)
                spelled = np.argwhere(row_of >= 0)[::-1]  # the first spelling of a row stays
                indices[row_of[tuple(spelled.T)]] = spelled
            elif specification.indices is not None:
                indices = array(specification.indices).astype(np.int64)
            else:
                raise DataError(
                    "does not say which row has which values.",
                    str(path),
                    "Name its array of indices in the specification, as `indices` or `row_of`.",
                )
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot be read: {error}", str(path)) from error

    def where(row: int) -> str:
        return f"{path}, row {row}"

    def column(name: str) -> NDArray[np.float64]:
        values = held[name].astype(np.float64)
        if values.ndim not in (1, 2) or len(values) != rows:
            told = f"has the shape {list(values.shape)}, not {rows} rows."
            raise DataError(told, f"{path}, array {name!r}")
        return values

    _check_indices(indices, specification.form, rows, str(path), where)
    return Columns(indices, column, row_of, where)


def _read_row_of(
    path: Path, specification: Specification, array: Callable[[str], NDArray[Any]], rows: int
) -> NDArray[np.int64] | None:
    if specification.row_of is None:
        return None
    row_of = array(specification.row_of).astype(np.int64)
    place = f"{path}, array {specification.row_of!r}"
    if row_of.shape != specification.form.sizes:
        wanted = list(specification.form.sizes)
        raise DataError(f"has the shape {list(row_of.shape)}, not {wanted}.", place)
    if row_of.max() >= rows or set(range(rows)) - set(np.unique(row_of).tolist()):
        raise DataError(f"must name each of the {rows} rows, and no other.", place)
    return row_of


def _check_indices(
    indices: NDArray[np.int64], form: Form, rows: int, path: str, where: Callable[[int], str]
) -> None:
    if indices.shape != (rows, len(form.positions)):
        wanted = f"({rows}, {len(form.positions)})"
        raise DataError(f"the indices have the shape {indices.shape}, not {wanted}.", path)
    outside = (indices < 0) | (indices >= np.array(form.sizes))
    if outside.any():
        row, at = map(int, np.argwhere(outside)[0])
        position = form.positions[at]
        raise DataError(
            f"{position.name} has the index {indices[row, at]}, and {len(position.values)} values.",
            where(row),
        )


def _read_lines(path: Path, form: Form) -> Columns:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            numbered = [(reader.line_num, line) for line in reader if line]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {error}", str(path)) from error
    lines = [number for number, _ in numbered]

    def where(row: int) -> str:
        return f"{path}, line {lines[row]}"

    for row, (_, cells) in enumerate(numbered):
        if len(cells) != len(header):
            raise DataError(f"has {len(cells)} cells, not {len(header)}.", where(row))
    by_name = dict(zip(header, zip(*(cells for _, cells in numbered), strict=True), strict=False))
    if not numbered:
        raise DataError("holds no rows.", str(path))

    def cells_of(name: str) -> Sequence[str]:
        if name not in by_name:
            raise DataError(f"has no column {name!r}.", str(path), nearest(name, header))
        return by_name[name]

    def column(name: str) -> NDArray[np.float64]:
        return np.array(
            [_number(text, name, where, row) for row, text in enumerate(cells_of(name))]
        )

    indices = np.empty((len(numbered), len(form.positions)), np.int64)
    for at, position in enumerate(form.positions):
        index_of: dict[Value, int] = {value: at for at, value in enumerate(position.values)}
        for row, text in enumerate(cells_of(position.name)):
            value = _number(text, position.name, where, row) if position.ordered else text
            if value not in index_of:
                told = f"{text!r} is no value of {position.name}."
                raise DataError(told, where(row), nearest(text, list(map(str, index_of))))
            indices[row, at] = index_of[value]
    return Columns(indices, column, None, where)


def _number(text: str, name: str, where: Callable[[int], str], row: int) -> float:
    if not text:
        return float("nan")  # not run
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{text!r} in the column {name!r} is no number.", where(row)) from None
