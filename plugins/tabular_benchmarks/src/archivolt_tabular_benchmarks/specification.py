"""What a table is: its positions, where its results stand in a file, and how they are read."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

from archivolt_tabular_benchmarks.cells import Cell

Value = str | int | float
FIELDS = "fields"  # the whole table is one block, a position is one of its fields
STACK = "stack"  # a position is a place in a stack, a value is a block
LAYOUTS = (FIELDS, STACK)
TRANSFORMATIONS = ("none", "log10", "negative_log10")


@frozen
class Position:
    """One choice of a table. Values that are numbers have an order, text has none."""

    name: str
    values: tuple[Value, ...]

    @property
    def ordered(self) -> bool:
        return not isinstance(self.values[0], str)


@frozen
class Form:
    """The choices of a table, without any result: what a search space is made of."""

    block: str  # name of the block, or what the names of the blocks of a stack begin with
    positions: tuple[Position, ...]
    layout: str = FIELDS
    # Combinations without a row: whatever has all these values, by position and index.
    invalid: tuple[tuple[tuple[int, int], ...], ...] = ()
    cell: Cell | None = None  # that the positions make, where they make one

    @property
    def sizes(self) -> tuple[int, ...]:
        """Values of each position."""
        return tuple(len(each.values) for each in self.positions)

    def allows(self, indices: tuple[int, ...]) -> bool:
        """Tell whether a combination, an index a position, may have a row."""
        return not any(
            all(indices[at] == value for at, value in pattern) for pattern in self.invalid
        )

    def describe(self, indices: tuple[int, ...]) -> str:
        """Write a combination as a person would: `depth=2, width=64`."""
        pairs = zip(self.positions, indices, strict=True)
        return ", ".join(f"{each.name}={each.values[index]}" for each, index in pairs)


@frozen
class Cost:
    """What a row costs: `parameters` and `flops` are known to a search, others are metrics."""

    name: str
    column: str
    times: float = 1.0  # from the unit of the file to parameters, FLOPs, …


@frozen
class Specification:
    """A table of results in a file."""

    name: str
    form: Form
    file: str  # `.npz` or `.csv`; from the folder of data, or beside the specification
    scores: tuple[str, ...]  # columns, one a seed, or one array `(rows, seeds)`
    metric: str = "score"
    maximize: bool = True  # the score, after its transformation
    transformation: str = "none"
    epochs: int = 1  # of the whole schedule, which `scores` were taken after
    fidelities: tuple[tuple[int, tuple[str, ...]], ...] = ()  # epochs: columns; shorter ones
    costs: tuple[Cost, ...] = ()
    indices: str | None = None  # array `(rows, positions)`, the row's value of each position
    row_of: str | None = None  # array over all positions: the row of a spelling, -1: none
    about: str = ""
    source: str = ""
    licence: str = ""
    document: Path = field(factory=Path)  # the YAML file that says all this

    def path(self, data: Path | None) -> Path:
        """Return where the file is: in the folder of data, or beside the specification."""
        beside = self.document.parent / self.file
        return beside if data is None or beside.is_file() else data / self.file
