"""A table as a search space: what a searcher is given, and nothing more of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.recipe import Recipe
from archivolt.values.space import SearchSpace
from archivolt_tabular_benchmarks.blocks import Indices, block_classes, spelled_class
from archivolt_tabular_benchmarks.specification import STACK
from archivolt_tabular_benchmarks.table import Table, code

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.components.strategies import Mutator

FEATURES = vector(1)  # a table has no data; blocks have to stand on something
OUTPUTS = 1


def mutator_of(layout: str) -> str:
    """Name the mutator that changes one position of a candidate and nothing else."""
    return "replace" if layout == STACK else "change_parameter"


def space_of(table: Table, mutators: Sequence[tuple[Mutator, float]] = ()) -> SearchSpace:
    """Return the candidates that a table has rows for, equivalent spellings as one."""
    depth = len(table.form.positions) if table.form.layout == STACK else 1
    return SearchSpace(
        features=FEATURES,
        outputs=OUTPUTS,
        blocks=tuple(map(BlockChoice, blocks_of(table))),
        depth=(depth, depth),
        recipe=Recipe(epochs=table.specification.epochs),
        mutators=tuple(mutators),
    )


@lru_cache(maxsize=16)
def blocks_of(table: Table) -> tuple[type[Block], ...]:
    """Return the blocks of a table; where it says which spellings are one, they are made one."""
    if table.specification.row_of is None or table.form.layout == STACK:
        return block_classes(table.form)
    sizes = table.form.sizes

    def spelling(given: Indices) -> Indices:
        row = table.row_by_code.get(code(given, sizes))
        return given if row is None else table.spellings[row]

    return (spelled_class(table.form, spelling),)
