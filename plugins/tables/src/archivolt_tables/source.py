"""The source of tables in files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.converters import optional
from attrs.validators import ge

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from archivolt_tables.assembly import Wishes
    from archivolt_tables.files import Table

ENDINGS = (".csv", ".tsv", ".parquet", ".pq")


def as_names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Take one name, several or none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True)
class ColumnSource(Source):
    """What sources of columns have in common: roles, and the preprocessing."""

    target: str | tuple[str, ...] = field(default=(), converter=as_names)  # (): guessed, told
    weight: str | None = None  # column: of the examples
    drop: str | tuple[str, ...] = field(default=(), converter=as_names)  # columns to ignore
    # Columns of these roles, whatever they look like.
    categories: str | tuple[str, ...] = field(default=(), converter=as_names)
    numbers: str | tuple[str, ...] = field(default=(), converter=as_names)
    dates: str | tuple[str, ...] = field(default=(), converter=as_names)
    vocabulary: int = field(default=500, validator=ge(1))  # most values of a category told apart
    rare: int = field(default=3, validator=ge(1))  # rows that a value needs to be one of them

    def front_end(self, training: Dataset) -> FrontEnd:
        from archivolt_tables.front_end import build_front_end

        return build_front_end(training, self.vocabulary, self.rare)

    def assemble_further(
        self,
        data: Any,
        read: Callable[[Path], Table],
        inputs: Sequence[Input],
        targets: Sequence[str],
    ) -> Dataset:
        """Read the inputs of a model from a frame, or from a file by `read`."""
        from archivolt_tables.assembly import assemble_new

        if is_frame(data):
            table = table_of_frame(data)
        elif isinstance(data, (str, os.PathLike)):
            table = read(Path(data))
        else:
            raise DataError(
                f"a {type(data).__name__} is no table.", hint="Give a data frame, or a path."
            )
        return assemble_new(table, self.wishes(), inputs, targets, labelled=False)

    def wishes(self) -> Wishes:
        """Gather what is said of the columns."""
        from archivolt_tables.assembly import Wishes

        return Wishes(
            as_names(self.target),
            self.weight,
            as_names(self.drop),
            as_names(self.categories),
            as_names(self.numbers),
            as_names(self.dates),
        )


@frozen(kw_only=True)
class TableSource(ColumnSource):
    """A table in a file: CSV (packed by gzip or not) or Parquet.

    Separator and encoding are guessed, and told where they are unusual. A column is a number, a
    category or a date by what it holds; `categories`, `numbers` and `dates` say otherwise. Left
    out, and told, are columns that are empty, constant, or name rows. A gap (an empty cell, `?`,
    `NA`, `null`, …) is filled with the median of the training rows beside an indicator, or is a
    category of its own. Dates become days since 1970.
    """

    name = "table"

    path: Path = field(converter=Path)  # of the file
    test: Path | None = field(default=None, converter=optional(Path))  # kept for the report
    # Further rows, without a target: a teacher teaches on them.
    unlabelled: Path | None = field(default=None, converter=optional(Path))
    separator: str | None = None
    encoding: str | None = None
    header: bool = True  # whether the first line names the columns

    @classmethod
    def recognises(cls, path: Path) -> bool:
        name = path.name.lower().removesuffix(".gz")
        return name.endswith(ENDINGS) and not path.is_dir()

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        from archivolt_tables.assembly import add_unlabelled, assemble, assemble_new

        wishes = self.wishes()
        dataset = assemble(self._table(self.path), wishes, group, time)
        if self.test is not None:
            table = self._table(self.test)
            dataset.test = assemble_new(
                table, wishes, dataset.inputs, dataset.targets, labelled=True
            )
        if self.unlabelled is not None:
            add_unlabelled(dataset, self._table(self.unlabelled))
        return dataset

    def read_new(self, path: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read a further file, or a data frame."""
        return self.assemble_further(path, self._table, inputs, targets)

    def _table(self, path: Path) -> Table:
        from archivolt_tables.files import read_table

        return read_table(path, self.separator, self.encoding, self.header)


def is_frame(value: object) -> bool:
    """Tell whether something is a data frame of pandas."""
    # By its type's home, since a look must not import pandas.
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "columns")


def table_of_frame(frame: Any, origin: str = "the data frame") -> Table:
    from archivolt_tables.files import of_frame

    return of_frame(frame, origin)
