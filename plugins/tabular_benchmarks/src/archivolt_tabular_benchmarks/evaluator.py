"""The evaluator of tables: it looks up what others trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from archivolt.components.evaluator import Delivered, Evaluator, Report, Result
from archivolt.errors import DataError
from archivolt.values.problem import REPORT, Metric
from archivolt_tabular_benchmarks.source import NO_MODEL, BenchmarkTable

if TYPE_CHECKING:
    from archivolt.components.source import Dataset, Source
    from archivolt.values.candidate import Candidate
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial
    from archivolt_tabular_benchmarks.table import Table

SPECIFICATION = "specification.yaml"
FOUND = "row.json"  # what is delivered


@frozen
class TabularEvaluator(Evaluator):
    """Look results up in a published table, with the noise of one training seed a trial.

    A trial sees one training seed's column, drawn by its own seed; it is promoted from epochs to
    epochs where the table has them. What is reported at the end is the mean over the other seeds,
    which no choice looks at.
    """

    name = "tabular"

    def prepare(
        self,
        dataset: Dataset,
        source: Source,
        problem: Problem,
        splits: Mapping[str, Any],
        folder: Path,
    ) -> Problem:
        from archivolt_tabular_benchmarks.space import FEATURES

        if not isinstance(source, BenchmarkTable):
            raise DataError(
                f"the evaluator 'tabular' looks results up, and the source {source.name!r} has "
                "none.",
                "data.source",
                "Use `source: benchmark_table`.",
            )
        table = source.load()
        told = table.specification
        # Workers, and a resumed run, read a copy: the folder of data may be gone by then.
        shutil.copyfile(told.document, folder / SPECIFICATION)
        copy = folder / told.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(told.path(source.path), copy)
        return evolve(
            problem,
            metric=Metric(told.metric, told.maximize),
            features=FEATURES,
            rows={REPORT: table.curve().shape[1] - 1},
            folder=str(folder),
            digest=sha256(copy.read_bytes()).hexdigest()[:16],
            notes=(_describe(table),),
            details={"table": told.name},
        )

    def evaluate(self, trial: Trial, problem: Problem, report: Report) -> Result:
        table = _table(problem.folder, str(problem.details["table"]))
        row = _row(table, trial.candidate)
        target = trial.target_epochs or trial.schedule_epochs or table.specification.epochs
        table.curve(target)  # tells at once where the table has no such fidelity
        costs = {name: float(values[row]) for name, values in table.costs.items()}
        parameters, flops = costs.pop("parameters", None), costs.pop("flops", None)
        score, reached, stopped = table.shown(row, trial.seed, target), target, False
        for epochs in (each for each in table.curves if trial.epochs < each <= target):
            score, reached = table.shown(row, trial.seed, epochs), epochs
            goes_on = report(epochs, {problem.metric.name: score})
            if not goes_on and epochs < target:
                stopped = True
                break
        return Result(
            score,
            {problem.metric.name: score, **costs},
            reached,
            None if parameters is None else round(parameters),
            None if flops is None else round(flops),
            stopped,
        )

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        """Write which row was found, what the trial was shown of it and what it was not."""
        from archivolt_tabular_benchmarks.blocks import indices_of

        table = _table(problem.folder, str(problem.details["table"]))
        row = _row(table, trial.candidate)
        indices = indices_of(trial.candidate.architecture, table.form) or ()
        pairs = zip(table.form.positions, indices, strict=True)
        found = {
            "table": table.specification.name,
            "row": row,
            "values": {each.name: each.values[index] for each, index in pairs},
            "metric": problem.metric.name,
            "shown": trial.score,
            "other_seeds": table.unseen(row, trial.seed),
            "mean": float(table.truth[row]),
            "better_rows": int(np.sum(_better(table, row))),
        }
        (target / FOUND).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")

    def judge(self, problem: Problem, target: Path) -> Mapping[str, float]:
        found = json.loads((target / FOUND).read_text(encoding="utf-8"))
        score = found["other_seeds"]
        return {} if score is None else {problem.metric.name: score}

    def load(self, target: Path) -> Delivered:
        raise DataError(NO_MODEL, str(target))


@lru_cache(maxsize=4)
def _table(folder: str, name: str) -> Table:
    from archivolt_tabular_benchmarks.reading import read_specifications
    from archivolt_tabular_benchmarks.table import read_table

    known = {each.name: each for each in read_specifications(Path(folder) / SPECIFICATION)}
    return read_table(known[name], None)


def _row(table: Table, candidate: Candidate) -> int:
    from archivolt_tabular_benchmarks.blocks import indices_of

    indices = indices_of(candidate.architecture, table.form)
    if indices is None:
        raise DataError(
            f"has no row for {candidate}.",
            f"the table {table.specification.name}",
            _how_to_space(table),
        )
    return table.row(indices)


def _better(table: Table, row: int) -> NDArray[np.bool_]:
    ahead = table.truth - table.truth[row]
    return np.asarray((ahead if table.specification.maximize else -ahead) > 0.0)


def _how_to_space(table: Table) -> str:
    from archivolt_tabular_benchmarks.blocks import block_classes
    from archivolt_tabular_benchmarks.specification import STACK

    depth = len(table.form.positions) if table.form.layout == STACK else 1
    names = ", ".join(each.name for each in block_classes(table.form))
    return f"Its space is `{{blocks: [{names}], depth: [{depth}, {depth}]}}`."


def _describe(table: Table) -> str:
    epochs = " and ".join(map(str, table.curves))
    seeds = table.curve().shape[1]
    return (
        f"The table {table.specification.name}: {table.rows:,} rows of {seeds} "
        f"{'seed' if seeds == 1 else 'seeds'}, after {epochs} epochs. A trial sees one seed, the "
        "report the others."
    )
