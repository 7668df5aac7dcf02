"""Training beside a prior: a frozen network, worked out once for all who stand beside it.

teachers/<fingerprint>/network.keras    the prior: feature parts to logits
teachers/<fingerprint>/train.npy        its logits on the training rows, `(rows, outputs)`
teachers/<fingerprint>/unlabelled.npy   on the rows without a label, where a teacher teaches, too
teachers/<fingerprint>/validation.npy   and on the validation rows
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from filelock import FileLock
from numpy.typing import NDArray

from archivolt.components.transfer import Teacher
from archivolt.errors import DataError
from archivolt.files import same_file
from archivolt.values.ensemble import Ensemble
from archivolt.values.prior import SUM, Prior
from archivolt.values.problem import VALIDATION, Task
from archivolt_keras.all_rows import is_on_all_rows
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.model_files import load_model, save
from archivolt_keras.network import HEAD, LOGITS, Network
from archivolt_keras.prepared import Bare, Prepared, Split
from archivolt_keras.starting import is_replay
from archivolt_keras.teaching import Parts, Room, on_training_rows
from archivolt_keras.training.predict import predict
from archivolt_keras.whole import stored_network

if TYPE_CHECKING:
    from archivolt.components.evaluator import Report
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial
    from archivolt_keras.training.trainer import Trainer

NETWORK_FILE = "network.keras"
ON_VALIDATION = "validation.npy"


@frozen(eq=False)
class Beside:
    """What stands beside a trial, as far as its scores need it."""

    prior: Prior
    logits: NDArray[np.float32] | None  # of the prior on the validation rows, `(rows, outputs)`

    def begin(self, network: Network) -> None:
        """Let a sum begin as its prior: last layers of zeros add nothing yet."""
        if self.prior.rule != SUM:
            return
        for key, weight in zip(network.keys, network.model.weights, strict=True):
            if key.startswith(f"{HEAD}/{LOGITS}"):
                weight.assign(np.zeros(weight.shape, np.float32))

    def join(self, task: Task, tower: NDArray[Any]) -> NDArray[np.float32]:
        """Predict as the whole on the validation rows, from the logits of the tower."""
        assert self.logits is not None  # there are validation rows
        return np.asarray(self.prior.join(task, self.logits, tower), np.float32)


def stand_beside(trial: Trial, problem: Problem, trainer: Trainer, report: Report) -> Beside | None:
    """Prepare the prior of a trial, and let it be trained on the loss of both where it shall.

    The frozen network is kept with the trial: what is delivered and replayed holds it, whatever
    becomes of the trial that it was.

    Raises:
        DataError: the prior is gone or damaged.
    """
    prior = trial.prior
    if prior is None:
        return None
    # A trial as the teacher of another one says the same as it does as its prior.
    teacher = Teacher(Ensemble((prior.trial,), (1.0,)), (prior.epochs,))
    shelf = report.teacher(teacher.fingerprint)
    kept = TrialArtifacts(report.recorded(trial.number)).prior
    again = is_replay(trial, report)
    if again and not kept.exists():
        raise DataError(
            f"what trial {trial.number} was trained beside is not there any more.",
            str(kept),
            "artifacts.quota removes it with the artifacts of the worst trials.",
        )

    @cache
    def network() -> Any:
        for path in (kept, shelf / NETWORK_FILE):
            if path.exists():
                return load_model(path)
        return stored_network(prior.trial, problem, report).model

    if not kept.exists():
        _keep(shelf, network, kept)
    if again:
        same_file(kept, TrialArtifacts(report.folder(trial.number)).prior)
    prepared = Prepared.open(Path(problem.folder), problem.task)

    def logits(rows: Split | Bare, file: str) -> NDArray[np.float32]:
        room = Room(shelf / file, rows.predictions_shape(problem.task))
        found = room.read()
        if found is not None:
            return found

        def say(parts: Parts) -> NDArray[Any]:
            return predict(network(), parts)

        return say(rows.parts) if again else room.fill(say, rows.parts)

    if prior.rule == SUM:
        trainer.stand_beside(on_training_rows(prepared, trainer, logits))
    if is_on_all_rows(problem):
        return Beside(prior, None)
    validation = prepared.split(VALIDATION)
    assert validation is not None  # it is scored by them
    return Beside(prior, logits(validation, ON_VALIDATION))


def _keep(shelf: Path, network: Any, kept: Path) -> None:
    """Write the prior once, and give the trial a name of its own for the file."""
    shelf.mkdir(parents=True, exist_ok=True)
    path = shelf / NETWORK_FILE
    with FileLock(shelf / ".network.lock"):
        if not path.exists():
            save(network(), path)
    same_file(path, kept)
