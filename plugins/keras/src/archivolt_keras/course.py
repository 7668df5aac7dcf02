"""The course of a trial: epoch by epoch, with the one to keep of those on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from archivolt.components.evaluator import Report
from archivolt.errors import TrialFailure
from archivolt.values.logits import predictions_of
from archivolt.values.problem import Problem, Task
from archivolt.values.selection import ONE_STANDARD_ERROR, STANDARD_ERROR
from archivolt_keras.artifacts import Arrays, Kept, Standing, TrialArtifacts
from archivolt_keras.epoch_choice import EpochChoice
from archivolt_keras.network import Network
from archivolt_keras.prepared import Split
from archivolt_keras.scoring import compute
from archivolt_keras.training.predict import predict

if TYPE_CHECKING:
    from archivolt_keras.beside import Beside
    from archivolt_keras.training.trainer import Trainer

# Of the keys in a stored state.
MODEL_PREFIX, AUXILIARY_PREFIX, TRAINER_PREFIX = "model/", "beside/", "trainer/"


@define(eq=False)
class Validation:
    """The validation rows as a process holds them, for all its trials."""

    problem: Problem
    split: Split
    parts: Mapping[str, Any]  # features on the device
    scale: tuple[float, ...]  # of regression targets

    @property
    def task(self) -> Task:
        return self.problem.task

    def predict(self, network: Network, beside: Beside | None = None) -> NDArray[np.float32]:
        logits = predict(network.forward, self.parts)
        if beside is not None:
            return beside.join(self.task, logits)
        return np.asarray(predictions_of(self.task, logits), np.float32)

    def score(self, predictions: NDArray[np.float32], only: Sequence[str] = ()) -> dict[str, float]:
        """Score by the named metrics, all by default; with the standard error of the problem's."""
        return compute(
            self.task,
            self.split.labels,
            predictions,
            self.split.weights,
            loss_weights=self.split.loss_weights,
            scale=self.scale,
            only=only,
            error_of=self.problem.metric.name,
        )


class Course:
    """The training of one trial.

    Args:
        identity: Of the trial, for its standing.
        trainer: At the beginning of the training.
        network: What it trains.
        validation: Scores it.
        artifacts: The folder of the trial.
        patience: Epochs without a better one after which training ends.
        keep_epoch: Rule by which the epoch is chosen that is scored and kept.
        facts: Plain data about the network, written beside its weights.
        optimizer: Reads what the optimizer remembers, to be left behind; None: it is not.
        beside: What is scored together with the network; None: nothing.
    """

    def __init__(
        self,
        identity: str,
        trainer: Trainer,
        network: Network,
        validation: Validation,
        artifacts: TrialArtifacts,
        patience: float = math.inf,
        keep_epoch: str = ONE_STANDARD_ERROR,
        facts: Mapping[str, Any] | None = None,
        optimizer: Callable[[], Arrays] | None = None,
        beside: Beside | None = None,
    ) -> None:
        self._beside = beside
        self._facts = facts
        self._identity = identity
        self._trainer = trainer
        self._network = network
        self._validation = validation
        self._artifacts = artifacts
        self._patience = patience
        self._choice = EpochChoice(validation.problem.metric, keep_epoch)
        self._optimizer = optimizer
        # Weights, predictions, and what the optimizer remembers.
        self._kept: tuple[Arrays, NDArray[np.float32], Arrays] | None = None
        self.metrics: Mapping[str, float] = {}  # of what is kept
        self.stopped = False  # by the scheduler
        self.ended = False  # early, for want of improvement

    @property
    def epochs(self) -> int:
        return self._trainer.epoch

    def go_on_from(self, standing: Standing) -> None:
        """Take the training up where it was left."""
        state = self._artifacts.read_state()
        self._network.assign(_below(MODEL_PREFIX, state))
        for name, weight in self._network.auxiliary().items():
            weight.assign(state[AUXILIARY_PREFIX + name])
        self._trainer.load_state(_below(TRAINER_PREFIX, state))
        self._choice.kept, self._choice.highest = standing.metrics, standing.highest
        self._choice.improved = standing.improved
        self.metrics, self.ended = standing.metrics, standing.ended

    def run(self, target: int, report: Report) -> None:
        """Train until `target` epochs are reached, or something ends it before.

        Raises:
            TrialFailure: a loss or a prediction is not finite.
        """
        while self.epochs < target and not self.ended:
            loss = self._trainer.run_epoch()
            if not math.isfinite(loss):
                raise TrialFailure(
                    "not_finite", f"the training loss is {loss} after epoch {self.epochs}"
                )
            goes_on = report(self.epochs, self._look())
            if not goes_on and self.epochs < target:
                self.stopped = True
                break
            self.ended = self.epochs - self._choice.improved >= self._patience
        if self._kept is not None:
            self.metrics = self._validation.score(self._kept[1])

    def _look(self) -> Mapping[str, float]:
        """Score the network; keep it where it is the best so far."""
        predictions = self._validation.predict(self._network, self._beside)
        if not np.isfinite(predictions).all():
            raise TrialFailure(
                "not_finite", f"a prediction is not finite after epoch {self.epochs}"
            )
        name = self._validation.problem.metric.name
        metrics = self._validation.score(predictions, tuple(dict.fromkeys((name, "loss"))))
        if self._choice.take(self.epochs, metrics):
            memory = self._optimizer() if self._optimizer is not None else {}
            self._kept = (self._network.weights(), predictions, memory)
        return {each: value for each, value in metrics.items() if each != STANDARD_ERROR}

    def keep(self, predictions: bool, may_go_on: bool) -> None:
        """Write what the trial leaves behind, all at once: weights, predictions and state match.

        Args:
            predictions: Write those on the validation rows, too.
            may_go_on: Write what further training needs.
        """
        kept = None
        if self._kept is not None:
            weights, predicted, memory = self._kept
            kept = Kept(weights, self._facts, predicted if predictions else None, memory)
        self._artifacts.leave(kept, self._state() if may_go_on else None)

    def _state(self) -> tuple[Standing, Arrays]:
        standing = Standing(
            self._identity,
            self.epochs,
            self._choice.improved,
            self._choice.highest or {},
            self.metrics,
            self.ended,
        )
        state = _above(MODEL_PREFIX, self._network.weights())
        more = self._network.auxiliary()
        state |= _above(AUXILIARY_PREFIX, {name: each.numpy() for name, each in more.items()})
        state |= _above(TRAINER_PREFIX, self._trainer.state())
        return standing, state


def _above(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def _below(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
