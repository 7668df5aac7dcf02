"""A run as it lies on disk, to be read: its trials, its models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.config.sections import Config
from archivolt.errors import RunError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import Registry
from archivolt.search.chosen import handed, report_of
from archivolt.search.delivered_model import DeliveredModel
from archivolt.search.leaderboard import SELECTED, Row, leaderboard
from archivolt.search.model_facts import ModelFacts, ensemble_facts, single_facts
from archivolt.search.setting_up import read_problem, space_on
from archivolt.storage.run_folder import RunFolder
from archivolt.values.history import History

if TYPE_CHECKING:
    from archivolt.components.source import Dataset
    from archivolt.storage.database import Database
    from archivolt.values.combined import Combined
    from archivolt.values.problem import Problem
    from archivolt.values.space import SearchSpace


class StoredRun:
    """What can be read of a run, while it is searched, too.

    Args:
        folder: Where it lies.
        config: What is searched, and how.
        registry: The loaded plugins.
    """

    def __init__(self, folder: RunFolder, config: Config, registry: Registry) -> None:
        self._folder = folder
        self._registry = registry
        self.config = config
        for name, value in config.evaluator.environment.items():
            os.environ.setdefault(name, value)  # frameworks read it when they are imported

    @property
    def path(self) -> Path:
        return self._folder.path

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @cached_property
    def _codec(self) -> Codec:
        return Codec(self._registry, folder=self.path)

    @cached_property
    def _database(self) -> Database:
        return self._folder.database(self._codec)

    @cached_property
    def problem(self) -> Problem:
        """Task, metric, features and splits.

        Raises:
            RunError: the run was stopped before its data were prepared, or they are gone.
        """
        return read_problem(self._folder, self._database, self._codec)

    def rows(self, split: str) -> Dataset | None:
        """Read the raw rows of a split again, in the order in which they were prepared.

        Args:
            split: `train`, `validation` or `report`.

        Returns:
            Them; None where the split has none.

        Raises:
            DataError: the data cannot be read any more: those that were passed in Python are gone
                with that process.
            RunError: they are other ones now.
        """
        from archivolt.search.reading_again import rows_of

        return rows_of(split, self.config, self.problem, self.path)

    @property
    def space(self) -> SearchSpace:
        """The candidates that may be proposed.

        Raises:
            SpaceError: nothing fits the limits.
        """
        return space_on(self.problem, self.config)

    @property
    def history(self) -> History:
        """The trials so far, read from the database."""
        metric = self.problem.metric
        return History(
            metric.maximize,
            tuple(self._database.read_trials(metric.name)),
            self.config.objectives,
        )

    def leaderboard(self) -> list[Row]:
        """Return the trials as rows, best first: `pandas.DataFrame(run.leaderboard())`."""
        return leaderboard(
            self._database.read_rows(),
            self.problem.metric.maximize,
            self._database.fact(SELECTED),
            self.config.objectives,
        )

    def pareto(self, *names: str) -> list[Row]:
        """Return the rows of the leaderboard that no other beats in everything, best score first.

        Args:
            names: What counts beside the score: `parameters`, `flops`, `bytes`, or a metric that
                trials tell. Default: the configured objectives, or else `parameters`.

        Raises:
            RunError: no trial tells one of them; the nearest that they tell.
        """
        from archivolt.search.trade_offs import front_rows

        return front_rows(self.leaderboard(), self.history, names)

    def best_within(self, **limits: float) -> DeliveredModel:
        """Return the best single network within limits: `run.best_within(parameters=50_000)`.

        It is chosen as the run's own best is, among the trials that keep the limits, those of the
        configuration too, and delivered in the run's folder `within_limits/`.

        Args:
            limits: By name, as for `pareto`: the most of it, or the least of what should be much.

        Raises:
            RunError: no trial keeps the limits, and which is nearest; or it is not kept any more.
        """
        from archivolt.search.trade_offs import deliver_within, limits_of

        history = self.history
        folder = deliver_within(self, history, limits_of(limits))
        return self._load(folder, "holds no model within the limits.", "")

    def artifacts(self, number: int) -> Path:
        """Return the folder in which a trial left what it learned."""
        return self._folder.trial(number)

    def curve(self, number: int) -> list[tuple[int, dict[str, float]]]:
        """Return the metrics of a trial on the validation rows, epoch by epoch."""
        return self._database.curve(number)

    @property
    def report(self) -> Mapping[str, float]:
        """Every metric of the best model on the report rows; {} before the search has ended."""
        return report_of(self._folder, self._database)

    @property
    def about_single(self) -> ModelFacts | None:
        """What is known of the best single network; None before the search has ended."""
        return single_facts(self._database)

    @property
    def about_ensemble(self) -> ModelFacts | None:
        """What is known of the ensemble that was delivered; None where none was."""
        return ensemble_facts(self._folder)

    def ensembles(self) -> list[Combined]:
        """Return the ensembles that were made, in their order."""
        from archivolt.search.ensembling import combined_of
        from archivolt.storage.ensembles import read_ensembles

        rows = read_ensembles(self._database)
        sizes = {row["number"]: row["parameters"] for row in self._database.read_rows()}
        return [combined_of(row, self._codec, sizes) for row in rows]

    @property
    def best(self) -> DeliveredModel:
        """The best model: the ensemble where one was delivered, otherwise the single network.

        Raises:
            RunError: nothing has been delivered yet.
        """
        return (
            self.ensemble if handed(self._folder, self._database).ensemble.exists() else self.single
        )

    @cached_property
    def single(self) -> DeliveredModel:
        """The best single network, loaded with its preprocessing.

        Raises:
            RunError: nothing has been delivered yet.
        """
        return self._load(
            handed(self._folder, self._database).best,
            "holds no model yet: no trial has finished.",
            "Continue it with `archivolt resume`.",
        )

    @cached_property
    def ensemble(self) -> DeliveredModel:
        """The ensemble that was delivered last, loaded with its preprocessing.

        Raises:
            RunError: there is none.
        """
        return self._load(
            handed(self._folder, self._database).ensemble,
            "holds no ensemble.",
            "Make one of its trials with `archivolt ensemble`.",
        )

    def _load(self, folder: Path, missing: str, hint: str) -> DeliveredModel:
        if not folder.exists():
            raise RunError(str(self.path), missing, hint)
        if self.config.data is None:
            raise RunError(str(self.path), "does not say what its data came from.")
        return DeliveredModel(folder, self.config.evaluator.load(folder), self.config.data)

    def _forget(self) -> None:
        for name in ("single", "ensemble", "problem"):  # there are other ones now
            self.__dict__.pop(name, None)

    def close(self) -> None:
        self._database.close()
