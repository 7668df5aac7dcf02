"""The Keras evaluator: trains candidates, and delivers the best of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import and_, ge, gt, in_, le, optional

from archivolt.components.evaluator import Delivered, Evaluator, Report, Result
from archivolt.components.measurement import Measurement
from archivolt.values.finalists import ALL_ROWS, FRESH
from archivolt_keras.epoch_choice import EPOCHS
from archivolt_keras.quiet import import_framework, load_framework

if TYPE_CHECKING:
    from archivolt.components.ensembler import Pool
    from archivolt.components.source import Dataset, Source
    from archivolt.values.combined import Combined
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial

LEAST_TRIALS: int | None = 16


@frozen
class KerasEvaluator(Evaluator):
    """Train candidates with Keras on TensorFlow.

    A candidate's network is trained on the training rows and scored on the validation rows after
    every epoch. What a trial leaves in its folder: its weights, its predictions on the validation
    rows, and what is needed to train it further.
    """

    name = "keras"
    # A worker that imports scikit-learn by itself loses a second in its first trial.
    preload = ("archivolt_keras.training.preload", "archivolt_keras.evaluation", "sklearn.metrics")
    environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    trains_beside = True
    retrains = (FRESH, ALL_ROWS)

    # Share of the recipe's epochs without a better one after which training ends; None: never.
    patience: float | None = field(default=None, validator=optional(and_(gt(0.0), le(1.0))))
    # So many trainings shall fit into the minutes of a search, on all its workers: one that would
    # take longer is laid over fewer epochs. None: over those of its recipe.
    least_trials: int | None = field(default=LEAST_TRIALS, validator=optional(ge(1)))
    keep_epoch: str = field(default=EPOCHS[0], validator=in_(EPOCHS))  # and score it
    streaming_above: int = field(default=1 << 31, validator=gt(0))  # bytes of training features
    keep_predictions: bool = True  # on the validation rows, for ensembles
    latency: bool = False  # tell it as a metric: milliseconds for one example, in the worker
    measurements: tuple[Measurement, ...] = ()  # of each trained network, told as metrics

    def prepare(
        self,
        dataset: Dataset,
        source: Source,
        problem: Problem,
        splits: Mapping[str, Any],
        folder: Path,
    ) -> Problem:
        load_framework()  # first: what comes with it would import TensorFlow, messages and all
        from archivolt_keras.preparing import write_prepared

        return write_prepared(dataset, source, problem, splits, folder)

    def evaluate(self, trial: Trial, problem: Problem, report: Report) -> Result:
        import_framework()  # in this process, where the executor is `inline`
        from archivolt_keras.evaluation import evaluate

        return evaluate(self, trial, problem, report)

    def pose_on_all_rows(self, problem: Problem, folder: Path) -> Problem:
        from archivolt_keras.all_rows import pose_on_all_rows

        return pose_on_all_rows(problem, folder)

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        load_framework()
        from archivolt_keras.deliver import deliver

        deliver(trial, problem, artifacts, target)

    def pool(
        self, trials: Sequence[Trial], problem: Problem, artifacts: Callable[[int], Path]
    ) -> Pool | None:
        load_framework()
        from archivolt_keras.pool import gather

        return gather(trials, problem, artifacts)

    def deliver_ensemble(
        self,
        combined: Combined,
        trials: Sequence[Trial],
        problem: Problem,
        artifacts: Callable[[int], Path],
        target: Path,
    ) -> None:
        load_framework()
        from archivolt_keras.deliver_ensemble import deliver_ensemble

        deliver_ensemble(combined, trials, problem, artifacts, target)

    def judge(self, problem: Problem, target: Path) -> Mapping[str, float]:
        load_framework()
        from archivolt_keras.deliver import judge

        return judge(problem, target)

    def load(self, target: Path) -> Delivered:
        load_framework()
        from archivolt_keras.predict import load_delivered

        return load_delivered(target)
