"""The source of tables: it says which one, and where its file lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from attrs.converters import optional

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError

if TYPE_CHECKING:
    from archivolt_tabular_benchmarks.specification import Specification
    from archivolt_tabular_benchmarks.table import Table

NO_MODEL = "a table holds results and no examples, so there is nothing to predict."


@frozen(kw_only=True)
class BenchmarkTable(Source):
    """A published table of results, for the evaluator `tabular`."""

    name = "benchmark_table"

    table: str  # its name, see `archivolt benchmark tables`
    path: Path | None = field(default=None, converter=optional(Path))  # folder of data
    specification: Path | None = field(default=None, converter=optional(Path))  # of your own, YAML

    def specified(self) -> Specification:
        """Return what the table is.

        Raises:
            DataError: there is no such table, or its specification is wrong.
        """
        from archivolt_tabular_benchmarks.reading import find_specification

        if self.specification is None:
            return find_specification(self.table)
        return find_specification(f"{self.specification}:{self.table}")

    def load(self) -> Table:
        """Read the table.

        Raises:
            DataError: its file is missing or damaged.
        """
        from archivolt_tabular_benchmarks.table import read_table

        return read_table(self.specified(), self.path)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        table = self.load()
        rows = np.arange(table.rows, dtype=np.float32)
        metric = table.specification.metric
        return Dataset((Input("row", "numeric"),), {"row": rows}, table.truth, (metric,))

    def read_new(self, path: Path, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        raise DataError(NO_MODEL, str(path))

    def front_end(self, training: Dataset) -> FrontEnd:
        raise DataError(NO_MODEL, hint="Use the evaluator `tabular`.")
