"""Teachers: what they say of the training rows, worked out once and stored in the run.

teachers/<fingerprint>/train.npy        logits on the training rows, `(rows, outputs)` float32, or
                                        `(rows, time, outputs)` where each step has a label
teachers/<fingerprint>/unlabelled.npy   and on the rows without a label, where there are any
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from filelock import FileLock
from numpy.typing import NDArray

from archivolt.components.transfer import ExtraLoss, Teacher
from archivolt.errors import DataError, TrialFailure
from archivolt.values.logits import logits_of, predictions_of
from archivolt.values.problem import TRAIN
from archivolt_keras.all_rows import is_on_all_rows
from archivolt_keras.outside import outside_model
from archivolt_keras.prepared import Bare, Prepared, Split
from archivolt_keras.starting import is_replay
from archivolt_keras.training.distilling import Lesson
from archivolt_keras.training.predict import predict
from archivolt_keras.whole import stored_network

if TYPE_CHECKING:
    from archivolt.components.evaluator import Report
    from archivolt.values.ensemble import Ensemble
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial
    from archivolt_keras.training.trainer import Trainer

PREDICTIONS = "train.npy"
ON_UNLABELLED = "unlabelled.npy"
ROWS = 1 << 16  # whose predictions are held at once, of every member

Parts = Mapping[str, NDArray[Any]]
Say = Callable[[Parts], NDArray[Any]]  # feature parts of rows to logits `(rows, outputs)`


def teach(trial: Trial, problem: Problem, trainer: Trainer, report: Report) -> None:
    """Let a trial learn from its teacher, where a strategy of it gives one.

    Of rows without a label that the trainer has, too.

    Raises:
        DataError: the teacher cannot be read, or is one of another problem.
        TrialFailure: several strategies give an extra loss, or it has no finite predictions.
    """
    extra = lesson_of(trial, report)
    if extra is None:
        return
    prepared = Prepared.open(Path(problem.folder), problem.task)
    teacher = cache(lambda: _teacher(extra.teacher, problem, prepared, report))

    def logits(rows: Split | Bare, file: str) -> NDArray[np.float32]:
        room = Room(
            report.teacher(extra.teacher.fingerprint) / file, rows.predictions_shape(problem.task)
        )
        found = room.read()
        if found is not None:
            return found
        again, more = is_replay(trial, report), is_on_all_rows(problem)
        if again and not more:
            raise DataError(
                f"what trial {trial.number} learned from is not there any more.", str(room.path)
            )
        # In a replay the run is only read: what the teacher says of further rows is nowhere kept.
        return _said(teacher(), rows.parts) if again else room.fill(teacher(), rows.parts)

    lesson = Lesson(extra.form, extra.weight, extra.temperature)
    trainer.learn(lesson, on_training_rows(prepared, trainer, logits))


def on_training_rows(
    prepared: Prepared,
    trainer: Trainer,
    logits: Callable[[Split | Bare, str], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Gather what a network gives for the rows that a trainer has, those without a label last.

    Args:
        prepared: Where the rows lie.
        trainer: With its data.
        logits: From rows, and the name of the file that holds them, to logits.
    """
    training = prepared.split(TRAIN)
    assert training is not None  # the trainer has its rows
    found = logits(training, PREDICTIONS)
    if not trainer.data.unlabelled:
        return found
    bare = prepared.unlabelled()
    assert bare is not None  # as above
    return np.concatenate([found, logits(bare, ON_UNLABELLED)])


def lesson_of(trial: Trial, report: Report) -> ExtraLoss | None:
    """Return what a trial learns from beside the labels; None: nothing.

    Raises:
        TrialFailure: several strategies give an extra loss.
    """
    found = []
    for strategy, plan in report.transfers(trial):
        extra = strategy.extra_loss(trial, plan)
        if extra is not None and extra.weight > 0:
            found.append((strategy.name, extra))
    if len(found) > 1:
        names = " and ".join(repr(name) for name, _ in found)
        raise TrialFailure("error", f"transfer: {names} give an extra loss each; one may")
    return found[0][1] if found else None


@frozen
class Room:
    """The file of a teacher's predictions: whole or not there, whoever is killed meanwhile."""

    path: Path
    shape: tuple[int, ...]

    def read(self) -> NDArray[np.float32] | None:
        """Map the predictions into memory; None where there are none of this shape."""
        try:
            found = np.load(self.path, mmap_mode="r")
        except (OSError, ValueError, EOFError):
            return None
        return found if found.shape == self.shape and found.dtype == np.float32 else None

    def fill(self, say: Say, parts: Parts) -> NDArray[np.float32]:
        """Write what the teacher says, unless another worker has done so meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Given back by the system when the process is killed; what it wrote has another name.
        with FileLock(self.path.with_name(".lock")):
            found = self.read()
            if found is None:
                fresh = self.path.with_name(f".{self.path.name}.new")
                self._write(fresh, say, parts)
                os.replace(fresh, self.path)
                found = self.read()
        assert found is not None
        return found

    def _write(self, path: Path, say: Say, parts: Parts) -> None:
        written = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=self.shape)
        done = 0
        for logits in _pieces(say, parts):
            written[done : done + len(logits)] = logits
            done += len(logits)
        written.flush()


def _said(say: Say, parts: Parts) -> NDArray[np.float32]:
    return np.concatenate([np.asarray(each, np.float32) for each in _pieces(say, parts)])


def _pieces(say: Say, parts: Parts) -> Iterator[NDArray[Any]]:
    """Yield what a teacher says of the rows, so many at once.

    Raises:
        TrialFailure: it is not finite.
    """
    for start in range(0, len(next(iter(parts.values()))), ROWS):
        logits = say({name: part[start : start + ROWS] for name, part in parts.items()})
        if not np.isfinite(logits).all():
            raise TrialFailure("not_finite", "the teacher's predictions are not finite")
        yield logits


def _teacher(teacher: Teacher, problem: Problem, prepared: Prepared, report: Report) -> Say:
    """Return what gives the logits of the teacher for rows of feature parts."""
    if teacher.ensemble is None:
        assert teacher.model is not None  # it is one of the two
        return outside_model(teacher.model, teacher.gives_logits, problem, prepared.encoding)
    return _trials(teacher.ensemble, problem, report)


def _trials(ensemble: Ensemble, problem: Problem, report: Report) -> Say:
    task = problem.task
    members = [stored_network(number, problem, report) for number in ensemble.members]

    def say(parts: Parts) -> NDArray[Any]:
        logits = [predict(each.model, parts) for each in members]
        if len(members) == 1 and not ensemble.kernel:
            return logits[0] / ensemble.temperature
        each = np.stack([predictions_of(task, member) for member in logits])
        return logits_of(task, ensemble.predict(task, each))

    return say
