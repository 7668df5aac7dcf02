"""A table of results: what a trial is shown, and what is true."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt_tabular_benchmarks.columns import Columns, read_columns
from archivolt_tabular_benchmarks.specification import Form, Specification

Scores = NDArray[np.float64]  # (rows, seeds); NaN where a seed was not run


@frozen(eq=False)
class Table:
    """The results of a specification, in memory."""

    specification: Specification
    row_by_code: Mapping[int, int]  # by combination, see `code`; spellings of a row have its number
    curves: Mapping[int, Scores]  # by epochs, ascending; the last is the whole schedule
    truth: NDArray[np.float64]  # (rows,), the mean over the seeds, transformed
    costs: Mapping[str, NDArray[np.float64]]  # (rows,) each
    spellings: Mapping[int, tuple[int, ...]]  # by row: the combination that stands for it

    @property
    def form(self) -> Form:
        return self.specification.form

    @property
    def rows(self) -> int:
        return len(self.truth)

    def row(self, indices: tuple[int, ...]) -> int:
        """Return the row of a combination, an index a position.

        Raises:
            DataError: the table has none.
        """
        row = self.row_by_code.get(code(indices, self.form.sizes))
        if row is None:
            told = f"has no row for {self.form.describe(indices)}."
            raise DataError(told, f"the table {self.specification.name}")
        return row

    def shown(self, row: int, seed: int, epochs: int | None = None) -> float:
        """Return the score that a trial sees: of one training seed, which `seed` draws.

        A trial that is promoted keeps its seed, and so its column, where there is one for each
        fidelity.

        Raises:
            DataError: the table has no results after so many epochs.
        """
        scores = self.curve(epochs)[row]
        return float(scores[self._column(row, seed, epochs)])

    def unseen(self, row: int, seed: int) -> float | None:
        """Return the mean over the training seeds that a trial does not see; None without any."""
        others = np.delete(self.curve()[row], self._column(row, seed, None))
        others = others[~np.isnan(others)]
        return float(others.mean()) if len(others) else None

    def _column(self, row: int, seed: int, epochs: int | None) -> int:
        run = np.flatnonzero(~np.isnan(self.curve(epochs)[row]))
        if not len(run):
            told = f"has no result for {self.form.describe(self.spellings[row])}."
            raise DataError(told, f"the table {self.specification.name}, {epochs} epochs")
        share = np.random.default_rng(seed).random()
        return int(run[int(share * len(run))])

    def curve(self, epochs: int | None = None) -> Scores:
        """Return the scores after so many epochs; None: after the whole schedule.

        Raises:
            DataError: the table has none.
        """
        wanted = self.specification.epochs if epochs is None else epochs
        if wanted not in self.curves:
            known = " and ".join(map(str, self.curves))
            raise DataError(
                f"has results after {known} epochs, and not after {wanted}.",
                f"the table {self.specification.name}",
                f"Let the scheduler ask for these, and the recipe for {self.specification.epochs}.",
            )
        return self.curves[wanted]

    def quantile(self, share: float) -> float:
        """Return the true score that the best `1 - share` of the rows reach."""
        low = share if self.specification.maximize else 1.0 - share
        return float(np.quantile(self.truth, low))

    def reaches(self, score: float, threshold: float) -> bool:
        return score >= threshold if self.specification.maximize else score <= threshold


def code(indices: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    """Number a combination: its indices as the digits of one number, the last one running fastest.

    Python's whole numbers have no end, so neither has the number of positions.
    """
    number = 0
    for index, size in zip(indices, sizes, strict=True):
        number = number * size + index
    return number


@lru_cache(maxsize=16)
def read_table(specification: Specification, data: Path | None) -> Table:
    """Read a table.

    Args:
        specification: Which one.
        data: Folder that its file lies in; None: beside the specification.

    Raises:
        DataError: the file is missing or damaged: where, and how.
    """
    columns = read_columns(specification, data)
    raw = _side_by_side(columns, specification.scores)
    _check_scores(raw, columns, specification)
    curves = {
        epochs: _transformed(_side_by_side(columns, names), specification.transformation)
        for epochs, names in specification.fidelities
    }
    curves[specification.epochs] = _transformed(raw, specification.transformation)
    spelled = tuple(map(tuple, columns.indices.tolist()))
    return Table(
        specification,
        _rows_by_code(spelled, columns, specification.form),
        curves,
        # The mean first: the score of the mean error, not the mean of its logarithms.
        _transformed(np.nanmean(raw, axis=1), specification.transformation),
        {each.name: _cost(columns, each.column) * each.times for each in specification.costs},
        dict(enumerate(spelled)),
    )


def _side_by_side(columns: Columns, names: tuple[str, ...]) -> Scores:
    return np.column_stack([columns.column(name) for name in names])


def _cost(columns: Columns, name: str) -> NDArray[np.float64]:
    values = columns.column(name)
    return values if values.ndim == 1 else np.asarray(np.nanmean(values, axis=1))


def _check_scores(raw: Scores, columns: Columns, specification: Specification) -> None:
    empty = np.isnan(raw).all(axis=1)
    if empty.any():
        raise DataError("has no score at all.", columns.where(int(np.argmax(empty))))
    bad = np.isinf(raw)
    if specification.transformation != "none":
        bad |= raw <= 0
    if bad.any():
        row, seed = map(int, np.argwhere(bad)[0])
        told = f"has the score {raw[row, seed]:g}"
        if specification.transformation != "none":
            told += f", of which there is no {specification.transformation}"
        raise DataError(f"{told}.", columns.where(row))


def _transformed(values: NDArray[np.float64], transformation: str) -> NDArray[np.float64]:
    if transformation == "none":
        return values
    logarithm = np.log10(values)
    return np.asarray(-logarithm if transformation == "negative_log10" else logarithm)


def _rows_by_code(
    spelled: tuple[tuple[int, ...], ...], columns: Columns, form: Form
) -> dict[int, int]:
    if columns.row_of is not None:
        flat = columns.row_of.ravel()  # its place in the flat array is the code
        return {number: row for number, row in enumerate(flat.tolist()) if row >= 0}
    rows: dict[int, int] = {}
    for row, indices in enumerate(spelled):
        before = rows.setdefault(code(indices, form.sizes), row)
        if before != row:
            raise DataError(
                f"has the values of {columns.where(before)}: {form.describe(indices)}.",
                columns.where(row),
            )
    return rows
