"""Reading how the positions of a table are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archivolt.errors import nearest
from archivolt_tabular_benchmarks.cells import Cell, EdgeCell, NodeCell
from archivolt_tabular_benchmarks.keys import Keys
from archivolt_tabular_benchmarks.specification import STACK, Position

OF_EDGES, OF_NODES = ("edges", "absent", "passing"), ("nodes", "wiring", "absent", "passing")


def read_cell(keys: Keys, positions: tuple[Position, ...], layout: str) -> Cell | None:
    """Read the key `cell` of a table, if it has one.

    Raises:
        DataError: what is wrong, at which key.
    """
    document = keys.get("cell", {}, dict)
    if not document:
        return None
    if layout == STACK or any(each.ordered for each in positions):
        keys.fail("cell", "expected a table whose positions are fields, and their values text.")
    cell = Keys(document, keys.where, "cell.")
    cell.check_names(OF_NODES if "nodes" in document else OF_EDGES)
    known = sorted({str(value) for each in positions for value in each.values})
    told = {key: cell.get(key, [], list) for key in ("absent", "passing")}
    for key, values in told.items():
        for value in values:
            if value not in known:
                cell.fail(key, f"{value!r} is no value.", nearest(str(value), known))
    absent, passing = frozenset(told["absent"]), frozenset(told["passing"])
    if "nodes" in document:
        nodes, wiring, inputs = _read_wiring(cell, positions)
        return NodeCell(nodes, wiring, inputs, absent, passing)
    return EdgeCell(_read_edges(cell, positions), absent, passing)


def _read_edges(cell: Keys, positions: Sequence[Position]) -> tuple[tuple[int, int], ...]:
    edges = cell.get("edges", None, dict)
    names = [each.name for each in positions]
    for name in (*edges, *names):
        _place_of(cell, f"edges.{name}", name, names)
        ends = edges.get(name)
        if not _whole_numbers(ends) or len(ends) != 2 or ends[0] >= ends[1]:
            cell.fail(f"edges.{name}", f"expected [from, to], two nodes ascending, got {ends!r}.")
    return tuple((edges[name][0], edges[name][1]) for name in names)


def _read_wiring(
    cell: Keys, positions: Sequence[Position]
) -> tuple[tuple[int, ...], int, tuple[tuple[str, tuple[int, ...]], ...]]:
    names = [each.name for each in positions]
    nodes = tuple(_place_of(cell, "nodes", each, names) for each in cell.get("nodes", None, list))
    wiring = cell.get("wiring", None, dict)
    if len(wiring) != 1:
        cell.fail("wiring", f"expected one position, with what each of its values means: {wiring}.")
    ((name, _),) = wiring.items()
    place = _place_of(cell, f"wiring.{name}", name, names)
    if sorted({*nodes, place}) != list(range(len(names))) or len(nodes) + 1 != len(names):
        cell.fail("nodes", f"expected every position but {name!r} once, in the order of the nodes.")
    meant = Keys(wiring[name], cell.where, f"cell.wiring.{name}.")
    values = tuple(map(str, positions[place].values))
    meant.check_names(values)
    inputs = []
    for value in values:
        read = meant.get(value, None, list)
        fits = _whole_numbers(read) and all(0 <= each <= at for at, each in enumerate(read))
        if not fits or len(read) != len(nodes):
            meant.fail(
                value,
                f"expected for each of the {len(nodes)} nodes the one that it reads, 0 (the "
                f"input) or one before it, got {read!r}.",
            )
        inputs.append((value, tuple(read)))
    return nodes, place, tuple(inputs)


def _place_of(cell: Keys, key: str, name: Any, names: list[str]) -> int:
    if name not in names:
        cell.fail(key, f"there is no position {name!r}.", nearest(str(name), names))
    return names.index(name)


def _whole_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int for each in value)
