"""Assembly: a table and what the user says of it, to raw features and labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.source import CATEGORY, DATE, NUMERIC, Dataset, Input
from archivolt.errors import DataError, nearest
from archivolt_tables import parsing, roles
from archivolt_tables.files import Table
from archivolt_tables.gaps import GAP
from archivolt_tables.labels import labelled_rows, labels_of, listed, told_without_target
from archivolt_tables.roles import Column

_USUAL_TARGETS = ("target", "label", "class", "y")
_NOUNS = {NUMERIC: "number", DATE: "date"}


@frozen
class Wishes:
    """What the user says of the columns."""

    target: tuple[str, ...] = ()
    weight: str | None = None
    drop: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    @property
    def roles(self) -> dict[str, str]:
        named = ((CATEGORY, self.categories), (NUMERIC, self.numbers), (DATE, self.dates))
        return {name: role for role, names in named for name in names}


def assemble(table: Table, wishes: Wishes, group: str | None, time: str | None) -> Dataset:
    """Read the columns of a table in their roles.

    Raises:
        DataError: a column is missing, contradicts its role or holds infinities; no target.
    """
    notes = list(table.notes)
    targets = _targets(table, wishes, notes)
    _check(table, wishes, targets, group, time)
    labels, kept, bare = labelled_rows(table, targets)
    without_target = _rows(table, bare)
    if len(bare):
        notes.append(told_without_target(table, bare, "kept apart"))
    table, frame = _rows(table, kept), table.frame.iloc[kept].reset_index(drop=True)
    aside = {*targets, wishes.weight, group, *wishes.drop}
    inputs: list[Input] = []
    features: dict[str, NDArray[Any]] = {}
    left_out: dict[str, list[str]] = {}
    for name in map(str, frame.columns):
        if name in aside:
            continue
        role = wishes.roles.get(name)
        column = roles.recognise(frame[name], role, table.decimal_comma)
        _check_wrong(table, name, column, notes, strict=role is not None)
        if column.left_out:
            left_out.setdefault(column.left_out, []).append(name)
            continue
        if column.note:
            notes.append(f"Column {name!r}: {column.note}.")
        features[name] = _feature(table, name, column)
        dtype = "string" if column.role == CATEGORY else "float32"
        inputs.append(Input(name, column.role, (), dtype, column.style))
    notes += [f"Left out, as {why}: {listed(names)}." for why, names in left_out.items()]
    if not inputs:
        reasons = " ".join(f"{listed(names)}: {why}." for why, names in left_out.items())
        raise DataError(f"no column is left to predict from. {reasons}".rstrip(), table.origin)
    dataset = Dataset(
        inputs=tuple(inputs),
        features=features,
        labels=labels,
        targets=targets,
        weights=_weights(table, frame, wishes.weight),
        groups=_groups(frame, group, notes),
        times=_times(table, frame, time, wishes.roles),
        notes=notes,
    )
    if len(bare):
        add_unlabelled(dataset, without_target)
    return dataset


def add_unlabelled(dataset: Dataset, table: Table) -> None:
    """Add the rows of a table to those without a label; a target in it is not looked at.

    Raises:
        DataError: a column is missing or cannot be read.
    """
    rows = assemble_new(table, Wishes(), dataset.inputs, (), labelled=False)
    dataset.notes += [note for note in rows.notes if note not in dataset.notes]
    before = dataset.unlabelled
    dataset.unlabelled = rows if before is None else before.followed_by(rows)


def assemble_new(
    table: Table, wishes: Wishes, inputs: Sequence[Input], targets: Sequence[str], labelled: bool
) -> Dataset:
    """Read further rows for the inputs of a dataset; columns beyond them are ignored.

    Args:
        table: The rows, in their order.
        wishes: What the user said of the first table.
        inputs: The columns to read, in any order.
        targets: Columns of labels, read where they are there.
        labelled: Whether labels must be there; rows without one are then left out.

    Raises:
        DataError: a column is missing or cannot be read.
    """
    notes = list(table.notes)
    names = tuple(map(str, table.frame.columns))
    for each in inputs:
        if each.name not in names:
            others = len([other for other in inputs if other.name not in names]) - 1
            more = f" (and {others} more)" if others else ""
            raise DataError(
                f"the column {each.name!r}{more}, which the model reads, is missing.",
                table.origin,
                nearest(each.name, names),
            )
    labels, unread = None, ""
    if labelled or all(name in names for name in targets):
        _known(names, targets, table.origin, "target")
        if labelled:
            labels, kept, bare = labelled_rows(table, tuple(targets))
            if len(bare):
                notes.append(told_without_target(table, bare, "left out"))
            table = _rows(table, kept)
        elif targets:
            try:
                labels, missing = labels_of(table, tuple(targets))
                labels = None if missing.all() else labels
            except DataError as cause:  # nobody needs them to predict
                unread = str(cause)
    frame = table.frame
    features: dict[str, NDArray[Any]] = {}
    for each in inputs:
        column = roles.read_as(frame[each.name], each.role, each.style)
        _check_wrong(table, each.name, column, notes, strict=False)
        features[each.name] = _feature(table, each.name, column)
    weight = wishes.weight if labels is not None and wishes.weight in names else None
    weights = None
    try:
        weights = _weights(table, frame, weight)
    except DataError as cause:
        if labelled:
            raise
        labels, unread = None, str(cause)
    return Dataset(
        inputs=tuple(inputs),
        features=features,
        labels=labels,
        targets=tuple(targets),
        weights=weights,
        notes=notes,
        unread_labels=unread,
    )


def _rows(table: Table, kept: NDArray[np.intp]) -> Table:
    """Keep some rows; messages go on naming their places in the whole table."""
    frame = table.frame.iloc[kept].reset_index(drop=True)
    return Table(
        frame, table.origin, lambda row: table.place(int(kept[row])), (), table.decimal_comma
    )


def _targets(table: Table, wishes: Wishes, notes: list[str]) -> tuple[str, ...]:
    names = [str(name) for name in table.frame.columns]
    if wishes.target:
        twice = {name for name in wishes.target if wishes.target.count(name) > 1}
        if twice:
            raise DataError(f"the target {min(twice)!r} is given twice.", table.origin)
        return wishes.target
    usual = [name for name in names if name.lower() in _USUAL_TARGETS]
    chosen = usual[0] if len(usual) == 1 else names[-1]
    why = "by its name" if len(usual) == 1 else "being the last column"
    notes.append(f"The target is taken to be {chosen!r}, {why}; set `target` if that is wrong.")
    return (chosen,)


def _check(
    table: Table, wishes: Wishes, targets: tuple[str, ...], group: str | None, time: str | None
) -> None:
    names = tuple(map(str, table.frame.columns))
    named: Mapping[str, Iterable[str | None]] = {
        "target": targets,
        "weight": (wishes.weight,),
        "group": (group,),
        "time": (time,),
        "drop": wishes.drop,
        "categories": wishes.categories,
        "numbers": wishes.numbers,
        "dates": wishes.dates,
    }
    for key, columns in named.items():
        _known(names, columns, table.origin, key)
    for key in ("weight", "group", "time", "drop"):
        for name in named[key]:
            if name in targets:
                raise DataError(
                    f"the column {name!r} is both the target and named under `{key}`.", table.origin
                )
    roled: dict[str, str] = {}
    for key in ("categories", "numbers", "dates"):
        for name in named[key]:
            if name is not None and roled.setdefault(name, key) != key:
                raise DataError(
                    f"the column {name!r} is named under `{roled[name]}` and `{key}`.", table.origin
                )


def _known(names: tuple[str, ...], asked: Iterable[str | None], origin: str, key: str) -> None:
    for name in asked:
        if name is not None and name not in names:
            raise DataError(
                f"there is no column {name!r} (named under `{key}`).", origin, nearest(name, names)
            )


def _feature(table: Table, name: str, column: Column) -> NDArray[Any]:
    if column.role == CATEGORY:
        return column.values
    roles.check_finite(table, name, column.values)
    return column.values.astype(np.float32)


def _check_wrong(table: Table, name: str, column: Column, notes: list[str], strict: bool) -> None:
    """Tell of values that do not fit the role; refuse them where there is nothing else."""
    wrong = column.wrong
    if wrong is None or not wrong.any():
        return
    first = int(np.flatnonzero(wrong)[0])
    value, noun = str(table.frame[name].iloc[first]), _NOUNS[column.role]
    if strict or np.isnan(column.values).all():
        raise DataError(
            f"{value!r} is no {noun}.",
            f"{table.origin}, column {name!r}, {table.place(first)}",
            f"{int(wrong.sum())} values of the column are none." if wrong.sum() > 1 else "",
        )
    count, shown = int(wrong.sum()), f"{value!r} ({table.place(first)})"
    notes.append(
        f"Column {name!r}: {count} values are no {noun}s and count as gaps, the first {shown}."
        if count > 1
        else f"Column {name!r}: a value is no {noun} and counts as a gap: {shown}."
    )


def _weights(table: Table, frame: pd.DataFrame, name: str | None) -> NDArray[Any] | None:
    if name is None:
        return None
    numbers = roles.recognise(frame[name], NUMERIC, table.decimal_comma).values
    for bad, what in (
        (np.isnan(numbers), "the weight is missing or no number"),
        (numbers < 0, "the weight is negative"),
        (np.isinf(numbers), "the weight is infinite"),
    ):
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            raise DataError(
                f"{what} ({int(bad.sum())} rows in all).",
                f"{table.origin}, column {name!r}, {table.place(first)}",
                "Weights are 0 or more.",
            )
    if not numbers.any():
        raise DataError("all weights are 0.", f"{table.origin}, column {name!r}")
    return numbers.astype(np.float32)


def _groups(frame: pd.DataFrame, name: str | None, notes: list[str]) -> NDArray[Any] | None:
    if name is None:
        return None
    groups = parsing.texts_of(frame[name])
    missing = int((groups == GAP).sum())
    if missing:
        notes.append(f"{missing} rows have no {name!r}: they are kept together as one group.")
    return groups


def _times(
    table: Table, frame: pd.DataFrame, name: str | None, forced: Mapping[str, str]
) -> NDArray[Any] | None:
    if name is None:
        return None
    column = roles.recognise(frame[name], forced.get(name), table.decimal_comma)
    where = f"{table.origin}, column {name!r}"
    if column.role == CATEGORY:
        raise DataError("rows cannot be ordered by it: it holds neither numbers nor dates.", where)
    if np.isnan(column.values).any():
        first = int(np.flatnonzero(np.isnan(column.values))[0])
        raise DataError("the time is missing.", f"{where}, {table.place(first)}")
    return column.values
