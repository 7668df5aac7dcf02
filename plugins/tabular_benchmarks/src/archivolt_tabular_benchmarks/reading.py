"""Specifications of tables, read from YAML: those that ship, and a user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from archivolt.errors import DataError, nearest
from archivolt_tabular_benchmarks.keys import Keys
from archivolt_tabular_benchmarks.reading_cells import read_cell
from archivolt_tabular_benchmarks.specification import (
    FIELDS,
    LAYOUTS,
    STACK,
    TRANSFORMATIONS,
    Cost,
    Form,
    Position,
    Specification,
)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, and quicker where it is built
SHIPPED = (Path(__file__).parent / "tables", Path(__file__).parent / "extracts")
TASK = "{task}"  # in names of columns: the task of the table
KEYS = (
    "about",
    "block",
    "cell",
    "costs",
    "epochs",
    "fidelities",
    "file",
    "indices",
    "invalid",
    "layout",
    "licence",
    "maximize",
    "metric",
    "name",
    "positions",
    "row_of",
    "scores",
    "source",
    "tasks",
    "transformation",
)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Specification]:
    """Return the tables that this pack knows, by name."""
    paths = sorted(path for folder in SHIPPED for path in folder.glob("*.yaml"))
    return {each.name: each for path in paths for each in read_specifications(path)}


def find_specification(name: str) -> Specification:
    """Return a table by its name, or the only one of a YAML file; `file.yaml:name` of several.

    Raises:
        DataError: there is none, or the file is wrong: where, and what is expected.
    """
    known = shipped()
    if name in known:
        return known[name]
    file, ending, task = name.partition(".yaml:")
    path = Path(file + ".yaml" if ending else name)
    if path.suffix not in (".yaml", ".yml"):
        raise DataError(
            f"no table is named {name!r}.",
            hint=f"{nearest(name, list(known))} A table of your own is a YAML file.",
        )
    found = {each.name: each for each in read_specifications(path)}
    if not task and len(found) == 1:
        (task,) = found
    if task not in found:
        told = f"has no table {task!r}." if task else "has several tables."
        choices = " or ".join(f"{path}:{each}" for each in found)
        raise DataError(told, str(path), f"Write {choices}.")
    return found[task]


def read_specifications(path: Path) -> tuple[Specification, ...]:
    """Read a YAML file: one table, or one for each of its `tasks`.

    Raises:
        DataError: what is wrong, at which key.
    """
    if not path.is_file():
        raise DataError("there is no such file.", str(path))
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"is no YAML: {error}", str(path)) from error
    keys = Keys(document, str(path))
    keys.check_names(KEYS)
    tasks = keys.get("tasks", {"": ""}, dict)
    return tuple(_read(keys, path, str(task), str(column)) for task, column in tasks.items())


def _read(keys: Keys, path: Path, task: str, column: str) -> Specification:
    name = keys.get("name", None, str)
    form = _read_form(keys)
    epochs = keys.get("epochs", 1, int)
    fidelities = keys.get("fidelities", {}, dict)
    for reached in fidelities:
        if not isinstance(reached, int) or not 0 < reached < epochs:
            keys.fail(f"fidelities.{reached}", f"expected epochs, a whole number below {epochs}.")
    return Specification(
        name=f"{name}_{task}" if task else name,
        form=form,
        file=keys.get("file", None, str),
        scores=_columns(keys, keys.get("scores", None), "scores", column),
        metric=keys.get("metric", "score", str),
        maximize=keys.get("maximize", True, bool),
        transformation=keys.one_of("transformation", TRANSFORMATIONS),
        epochs=epochs,
        fidelities=tuple(
            (reached, _columns(keys, columns, f"fidelities.{reached}", column))
            for reached, columns in sorted(fidelities.items())
        ),
        costs=tuple(_read_costs(keys, column)),
        indices=keys.get("indices", "", str) or None,
        row_of=keys.get("row_of", "", str) or None,
        about=keys.get("about", "", str),
        source=keys.get("source", "", str),
        licence=keys.get("licence", "", str),
        document=path,
    )


def _columns(keys: Keys, value: Any, key: str, column: str) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(each, str) for each in names):
        keys.fail(key, f"expected the name of a column, or a list of them, got {value!r}.")
    return tuple(each.replace(TASK, column) for each in names)


def _read_costs(keys: Keys, column: str) -> Iterator[Cost]:
    for name, entry in keys.get("costs", {}, dict).items():
        if isinstance(entry, str):
            entry = {"column": entry}
        cost = Keys(entry, keys.where, f"costs.{name}.")
        cost.check_names(("column", "times"))
        yield Cost(
            str(name),
            cost.get("column", None, str).replace(TASK, column),
            float(cost.get("times", 1.0, int, float)),
        )


def _read_form(keys: Keys) -> Form:
    entries = keys.get("positions", None, dict)
    positions = tuple(_read_position(keys, str(name), entries[name]) for name in entries)
    if not positions:
        keys.fail("positions", "expected at least one position.")
    layout = keys.one_of("layout", LAYOUTS)
    if layout == STACK:
        first = positions[0]
        for each in positions:
            if each.values != first.values:
                keys.fail(
                    f"positions.{each.name}",
                    f"in a stack every position has the same values, those of {first.name!r}.",
                    f"Use `layout: {FIELDS}` where they differ.",
                )
            if not all(isinstance(value, str) and value.isidentifier() for value in each.values):
                keys.fail(f"positions.{each.name}", "in a stack values are names of blocks.")
    invalid = keys.get("invalid", [], list)
    patterns = tuple(
        tuple(_read_pattern(keys, each, f"invalid[{index}]", positions))
        for index, each in enumerate(invalid)
    )
    block = keys.get("block", keys.get("name", None, str), str)
    return Form(block, positions, layout, patterns, read_cell(keys, positions, layout))


def _read_position(keys: Keys, name: str, values: Any) -> Position:
    key = f"positions.{name}"
    if not name.isidentifier() or name == "name":
        keys.fail(key, "the name of a position is one of letters, digits and underscores.")
    if not isinstance(values, list) or not values:
        keys.fail(key, f"expected a list of values, got {values!r}.")
    kinds = {type(each) for each in values}
    if kinds == {int, float}:
        values, kinds = [float(each) for each in values], {float}
    if len(kinds) != 1 or not kinds <= {str, int, float}:
        hint = "Put words such as no, off and null into quotes."
        keys.fail(key, f"expected values that are all text, or all numbers: {values}.", hint)
    if kinds == {str} and all(map(_is_number, values)):
        keys.fail(key, f"these numbers are text to YAML: {values}.", "Write 5.0e-4 for 5e-4.")
    if len(set(values)) != len(values):
        keys.fail(key, f"a value stands twice: {values}.")
    if kinds != {str} and values != sorted(values):
        keys.fail(key, f"numbers have an order, so write them ascending: {values}.")
    return Position(name, tuple(values))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_pattern(
    keys: Keys, pattern: Any, key: str, positions: tuple[Position, ...]
) -> Iterator[tuple[int, int]]:
    if not isinstance(pattern, dict) or not pattern:
        keys.fail(key, "expected a mapping from positions to values.")
    names = [each.name for each in positions]
    for name, value in pattern.items():
        if name not in names:
            keys.fail(f"{key}.{name}", "there is no such position.", nearest(str(name), names))
        at = names.index(name)
        if value not in positions[at].values:
            known = tuple(map(str, positions[at].values))
            keys.fail(f"{key}.{name}", f"{value!r} is no value.", nearest(str(value), known))
        yield at, positions[at].values.index(value)
