"""What comes of trials: committed as it is told, and recorded in the history."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from archivolt.errors import SearchError
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, PENDING, SEARCH_ENDED, STOPPED, Trial

if TYPE_CHECKING:
    from archivolt.storage.database import Database


class Record:
    """The trials of a search, and what is told of them.

    Args:
        history: Of the trials.
        metric: Name of the metric that ranks trials; told with every trial.
        database: Where trials are committed; None: nowhere.
    """

    def __init__(self, history: History, metric: str, database: Database | None) -> None:
        self.history = history
        self.metric = metric
        self._database = database

    @property
    def best(self) -> Trial | None:
        """The trial with the best score so far."""
        ranked = self.history.best(1)
        return ranked[0] if ranked else None

    def add(self, trial: Trial) -> Trial:
        """Commit a new trial."""
        if self._database is not None:
            self._database.add(trial)
        self.history.record(trial)
        return trial

    def begin(self, number: int, worker: str) -> Trial:
        """Record that a worker took a trial up."""
        trial = self.history[number].begin(worker, time.time())
        if self._database is not None:
            self._database.update_soon(trial)  # pending or running, it is in flight all the same
        self.history.record(trial)
        return trial

    def note(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Note what a running trial reports; it is committed with whatever is committed next."""
        epoch, metrics = int(epoch), _plain(metrics)
        if self._database is not None:
            self._database.add_epoch(number, epoch, metrics, time.time())
        score = metrics.get(self.metric, math.nan)
        if math.isfinite(score):
            self.history.record(self.history[number].reported(epoch, score))

    def tell(
        self,
        trial: Trial | int,
        metrics: Mapping[str, float],
        *,
        score: float | None = None,
        epochs: int | None = None,
        seconds: float = 0.0,
        parameters: int | None = None,
        flops: int | None = None,
        stopped: bool = False,
        cut_short: bool = False,
        warnings: Sequence[str] = (),
        schedule_epochs: int | None = None,
    ) -> Trial:
        """Commit what a trial came to.

        Args:
            trial: The trial, or its number.
            metrics: On the validation rows; holds the study's metric unless `score` is given.
            score: The value that ranks the trial.
            epochs: Trained in all. Default: as many as were asked for.
            seconds: Spent on this attempt.
            parameters: Every stored weight of the network.
            flops: Forward arithmetic of one example.
            stopped: Whether it ended early because it was asked to.
            cut_short: Whether that was for the end of the search: it goes on with the next one.
            warnings: What a person should know about it.
            schedule_epochs: Of its schedule, where whoever trained it made that shorter.

        Raises:
            SearchError: there is no such trial, it has ended already, or the metric is missing.
        """
        current = self._current(trial)
        metrics, seconds = _plain(metrics), float(seconds)
        if score is None:
            if self.metric not in metrics:
                names = ", ".join(sorted(metrics)) or "none"
                raise SearchError(
                    f"trial {current.number}: the metric {self.metric!r} is not among those told: "
                    f"{names}."
                )
            score = metrics[self.metric]
        score = float(score)
        if not math.isfinite(score):
            return self.fail(current, "not_finite", f"{self.metric} is {score}", seconds)
        epochs = int(current.goal if epochs is None else epochs)
        if epochs > (current.curve[-1][0] if current.curve else 0):
            # It did not report its last epoch. Schedulers compare trials by their curves.
            self.note(current.number, epochs, {**metrics, self.metric: score})
            current = self.history[current.number]
        return self._change(
            evolve(
                current,
                state=STOPPED if stopped else FINISHED,
                cause=SEARCH_ENDED if stopped and cut_short else None,
                score=score,
                metrics=metrics,
                epochs=epochs,
                schedule_epochs=_whole(schedule_epochs) or current.schedule_epochs,
                seconds=current.seconds + seconds,
                parameters=_whole(parameters),
                flops=_whole(flops),
                warnings=tuple(warnings),
                ended=time.time(),
            )
        )

    def fail(
        self, trial: Trial | int, cause: str, message: str = "", seconds: float = 0.0
    ) -> Trial:
        """Commit that a trial ended without a score.

        A promoted trial falls back to the score that it had, short of the epochs that it was
        promoted to.
        """
        current, seconds = self._current(trial), float(seconds)
        if current.score is not None:
            fallen = evolve(
                current,
                state=FINISHED,
                seconds=current.seconds + seconds,
                ended=time.time(),
                warnings=(*current.warnings, f"not trained further: {cause}: {message}"),
            )
            return self._change(fallen)
        return self._change(current.fail(cause, message, time.time(), seconds))

    def retry(self, trial: Trial | int) -> Trial:
        """Let a trial wait again, whose worker died."""
        return self._change(evolve(self._current(trial), state=PENDING, worker=None))

    def _current(self, trial: Trial | int) -> Trial:
        number = trial if isinstance(trial, int) else trial.number
        if not 0 <= number < len(self.history):
            raise SearchError(f"no trial {number}: there are {len(self.history)}.")
        current = self.history[number]
        if not current.active:
            raise SearchError(f"trial {number} has ended already, as {current.state}.")
        return current

    def _change(self, trial: Trial) -> Trial:
        if self._database is not None:
            self._database.update(trial)
        self.history.record(trial)
        return trial


def _plain(metrics: Mapping[str, float]) -> dict[str, float]:
    """Turn metrics into numbers of Python: those of NumPy cannot be stored."""
    return {str(name): float(value) for name, value in metrics.items()}


def _whole(number: int | None) -> int | None:
    return None if number is None else int(number)
