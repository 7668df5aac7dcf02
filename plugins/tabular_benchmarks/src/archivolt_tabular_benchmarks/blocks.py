"""The positions of a table as blocks, so that every searcher and mutator works on them as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from attrs import fields, frozen, make_class

from archivolt.components.block import Block
from archivolt.errors import SpaceError
from archivolt.values.features import VECTOR, Features
from archivolt.values.footprint import Footprint
from archivolt.values.tunable import tunable
from archivolt_tabular_benchmarks.cells import Cell
from archivolt_tabular_benchmarks.specification import STACK, Form

Indices = tuple[int, ...]
Spelling = Callable[[Indices], Indices]


@frozen
class TableBlock(Block):
    """A choice in a table: it has results, and builds nothing."""

    reads = writes = VECTOR

    def build(self, x: Any, earlier: Sequence[Any]) -> Any:
        raise SpaceError(
            f"{self} stands for results in a table and builds no network.",
            "Use the evaluator `tabular`.",
        )

    def __str__(self) -> str:
        shown = ", ".join(f"{each.name}={getattr(self, each.name)}" for each in fields(type(self)))
        return f"{self.name}({shown})" if shown else self.name

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        return Footprint(x)  # what a whole candidate costs stands in its table


@lru_cache(maxsize=64)
def block_classes(form: Form) -> tuple[type[Block], ...]:
    """Return the blocks of a table: one whose fields are the positions, or one a value of a stack.

    The same form has the same classes throughout a process.
    """
    if form.layout == STACK:
        return tuple(_stack_block(form, str(value)) for value in form.positions[0].values)
    return (_row_block(form, None),)


def spelled_class(form: Form, spelling: Spelling) -> type[Block]:
    """Return the block of a table in which equivalent combinations are one.

    Whatever is made with a combination holds the one that `spelling` gives for it, so that to a
    search two spellings of one architecture are one candidate.
    """
    return _row_block(form, spelling)


def indices_of(architecture: Sequence[Block], form: Form) -> Indices | None:
    """Return the index of the value at each position; None where these are other blocks."""
    if form.layout == STACK:
        names = [f"{form.block}_{value}" for value in form.positions[0].values]
        found = [block.name for block in architecture]
        if len(found) != len(form.positions) or not set(found) <= set(names):
            return None
        return tuple(map(names.index, found))
    if len(architecture) != 1 or architecture[0].name != form.block:
        return None
    return _indices(architecture[0], form)


def _indices(block: Any, form: Form) -> Indices:
    return tuple(each.values.index(getattr(block, each.name)) for each in form.positions)


def _stack_block(form: Form, value: str) -> type[Block]:
    doc = f"The choice {value} of the table {form.block}, a place in its stack."
    return _make(f"{form.block}_{value}", {}, {"__doc__": doc})


def _row_block(form: Form, spelling: Spelling | None) -> type[Block]:
    sizes = f"{len(form.positions)} positions"
    body: dict[str, Any] = {"__doc__": f"One row of the table {form.block}, of {sizes}."}
    if form.invalid:
        body["footprint"] = _checked(form)
    if form.cell is not None:
        body["computes"] = _told(form, form.cell)
    if spelling is not None:
        body["__attrs_post_init__"] = _spelled(form, spelling)
    declared = {
        each.name: (type(each.values[0]), tunable(each.values[0], choices=each.values))
        for each in form.positions
    }
    return _make(form.block, declared, body)


def _checked(form: Form) -> Callable[..., Footprint]:
    def footprint(self: Any, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        if not form.allows(_indices(self, form)):
            raise SpaceError(f"{self}: the table {form.block} has no such row.")
        return Footprint(x)

    return footprint


def _told(form: Form, cell: Cell) -> Callable[[Any], tuple[str, ...]]:
    def computes(self: Any) -> tuple[str, ...]:
        return cell.computes(tuple(getattr(self, each.name) for each in form.positions))

    return computes


def _spelled(form: Form, spelling: Spelling) -> Callable[[Any], None]:
    def settle(self: Any) -> None:
        given = _indices(self, form)
        for each, before, after in zip(form.positions, given, spelling(given), strict=True):
            if before != after:
                object.__setattr__(self, each.name, each.values[after])

    return settle


def _make(name: str, declared: dict[str, tuple[type, Any]], body: dict[str, Any]) -> type[Block]:
    title = "".join(part.title() for part in name.split("_"))
    attributes = {}
    for field_name, (kind, attribute) in declared.items():
        attribute.type = kind
        attributes[field_name] = attribute
    body = {"name": name, "__module__": __name__, **body}
    made = make_class(
        title, attributes, bases=(TableBlock,), class_body=body, frozen=True, slots=True
    )
    assert all(each.type is not None for each in fields(made))
    return made
