"""One evaluation, in the process that it runs in: data and compiled trainers are kept between."""

from __future__ import annotations

import math
import multiprocessing
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from attrs import frozen

from archivolt.components.evaluator import Report, Result
from archivolt.errors import DataError, TrialFailure
from archivolt.values.encoding import fingerprint
from archivolt.values.problem import TRAIN, VALIDATION, Problem, Task
from archivolt_keras.all_rows import DIVIDED, is_on_all_rows
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.augmenting import augmentation_layers
from archivolt_keras.auxiliary import inner_position
from archivolt_keras.beside import Beside, stand_beside
from archivolt_keras.course import Course, Validation
from archivolt_keras.latency import LATENCY, latency
from archivolt_keras.measuring import measure
from archivolt_keras.network import Network, build_network
from archivolt_keras.prepared import Bare, Prepared, Split
from archivolt_keras.refitting import refit
from archivolt_keras.shortening import in_time
from archivolt_keras.starting import Beginning, facts, optimizer_state
from archivolt_keras.teaching import lesson_of, teach
from archivolt_keras.training.cache import Built, Structure, TrainerCache
from archivolt_keras.training.data import Data, TrainingData, as_known_labels
from archivolt_keras.training.process import prepare_process
from archivolt_keras.training.streaming import MappedData
from archivolt_keras.unlabelled import with_unlabelled

if TYPE_CHECKING:
    from archivolt.values.trial import Trial
    from archivolt_keras.evaluator import KerasEvaluator
    from archivolt_keras.training.trainer import Trainer


def evaluate(settings: KerasEvaluator, trial: Trial, problem: Problem, report: Report) -> Result:
    """Train a trial to its fidelity and score it; continue it where it left off.

    Raises:
        TrialFailure: the loss is not finite, or memory is out.
    """
    _prepare_worker()
    run = _refit if is_on_all_rows(problem) else _evaluate
    try:
        return run(settings, trial, problem, report)
    except (tf.errors.ResourceExhaustedError, MemoryError) as cause:
        _trainers.cache_clear()
        what = str(cause).partition("\n")[0] or "no memory is left"
        raise TrialFailure("out_of_memory", what[:500]) from cause
    finally:
        _trainers().end_trial()


def _evaluate(settings: KerasEvaluator, trial: Trial, problem: Problem, report: Report) -> Result:
    data = _opened(_Key(problem), settings.streaming_above)
    assert data.validation is not None  # only all rows together have none
    identity = fingerprint((trial.candidate.fingerprint, trial.seed, problem.digest))
    artifacts = TrialArtifacts(report.folder(trial.number))
    standing = artifacts.read_standing(identity)
    trainer, network = _trainer(trial, problem, data, report)
    if standing is None and settings.least_trials is not None:
        trial = in_time(trial, trainer, network, data.validation, report, settings.least_trials)
    recipe, target = trial.recipe, trial.goal
    beside = stand_beside(trial, problem, trainer, report)
    patience = settings.patience
    course = Course(
        identity,
        trainer,
        network,
        data.validation,
        artifacts,
        math.inf if patience is None else max(1, math.ceil(patience * recipe.epochs)),
        settings.keep_epoch,
        facts(problem, trial, report),
        partial(optimizer_state, network, trainer) if _keeps_optimizer(trial, report) else None,
        beside,
    )
    beginning = Beginning(identity, trial, problem, network, trainer, report)
    # Trained further than is asked for: there is no way back but the start.
    if standing is not None and standing.epochs <= target:
        course.go_on_from(standing)
    else:
        _begin(beginning, beside)
    teach(trial, problem, trainer, report)
    course.run(target, report)
    course.keep(settings.keep_predictions, may_go_on=course.epochs < recipe.epochs)
    # A trainer that is kept shall not keep what a teacher or a prior says.
    trainer.data = data.training
    metrics = dict(course.metrics)
    if settings.latency:
        if beside is not None:
            raise DataError(
                "the latency of a network beside a frozen one is not measured.",
                "evaluator.latency",
                "Leave it out, or take another schedule: `phases: intermixed`.",
            )
        metrics[LATENCY] = latency(network.model, data.validation.parts)
    found, told = measure(
        settings.measurements, trial, problem, data.validation, artifacts, tuple(metrics)
    )
    metrics |= found
    return Result(
        score=metrics[problem.metric.name],
        metrics=metrics,
        epochs=course.epochs,
        **_cost(network, beside),
        stopped=course.stopped,
        warnings=(*beginning.notes(), *_without_auxiliary(trial), *told),
        schedule_epochs=trial.schedule_epochs,
    )


def _without_auxiliary(trial: Trial) -> tuple[str, ...]:
    if not trial.recipe.auxiliary or inner_position(trial.candidate.architecture) is not None:
        return ()
    return ("An auxiliary head was asked for, and a single block has no room for one.",)


def _refit(settings: KerasEvaluator, trial: Trial, problem: Problem, report: Report) -> Result:
    """Train a trial on all rows, beginning as it began when they were divided."""
    data = _opened(_Key(problem), settings.streaming_above)
    trainer, network = _trainer(trial, problem, data, report)
    beside = stand_beside(trial, problem, trainer, report)
    begun = fingerprint((trial.candidate.fingerprint, trial.seed, problem.details[DIVIDED]))
    beginning = Beginning(begun, trial, problem, network, trainer, report)
    _begin(beginning, beside)
    teach(trial, problem, trainer, report)
    artifacts = TrialArtifacts(report.folder(trial.number))
    loss = refit(trainer, network, artifacts, trial.goal, facts(problem, trial, report), report)
    trainer.data = data.training
    return Result(
        score=loss,
        metrics={"loss": loss},
        epochs=trainer.epoch,
        **_cost(network, beside),
        stopped=trainer.epoch < trial.goal,
        warnings=beginning.notes(),
    )


def _begin(beginning: Beginning, beside: Beside | None) -> None:
    beginning.take()
    if beside is not None:
        beside.begin(beginning.network)


def _cost(network: Network, beside: Beside | None) -> dict[str, int]:
    """Return what the whole costs: a frozen network beside the trained one counts, too."""
    if beside is None:
        return {"parameters": network.parameters, "flops": network.flops}
    return {
        "parameters": network.parameters + beside.prior.parameters,
        "flops": network.flops + beside.prior.flops,
    }


def _keeps_optimizer(trial: Trial, report: Report) -> bool:
    return any(strategy.keeps_optimizer() for strategy, _ in report.transfers(trial))


def _trainer(
    trial: Trial, problem: Problem, data: _Data, report: Report
) -> tuple[Trainer, Network]:
    candidate, recipe = trial.candidate, trial.recipe

    def build() -> Built:
        network = build_network(
            candidate.architecture,
            problem.features,
            problem.task.outputs,
            seed=trial.seed,
            dropout=recipe.dropout,
            precision=recipe.precision,
            for_training=True,
            parts=problem.task.parts,
            auxiliary=recipe.auxiliary > 0,
        )
        layers = augmentation_layers(
            recipe.augmentation, problem.features, problem.task.per_step, trial.seed, report
        )
        return Built(network.trained, network.dropout, layers, extra=network)

    structure = Structure.of(candidate.structure, problem.task, recipe, data.training)
    trainer, built = _trainers().obtain(
        structure, build, problem.task, recipe, data.training, trial.seed
    )
    if data.bare is not None and lesson_of(trial, report) is not None:
        trainer.data = data.whole
    return trainer, built.extra


@cache
def _trainers() -> TrainerCache:
    return TrainerCache()


@cache
def _prepare_worker() -> None:
    # A worker is ours to set up; the process of a user who evaluates in it is not.
    if multiprocessing.parent_process() is not None:
        prepare_process()


@frozen(eq=False)
class _Data:
    training: Data
    validation: Validation | None  # None: all rows are training rows
    bare: Bare | None  # rows without a label
    task: Task

    @cached_property
    def whole(self) -> Data:
        """The training rows and those without a label, for trials that a teacher teaches."""
        assert self.bare is not None
        return with_unlabelled(self.training, self.bare, self.task)


class _Key:
    """A problem, compared by the digest of its data and where they lie."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._key = (problem.folder, problem.digest, problem.task, problem.metric)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=1)
def _opened(key: _Key, streaming_above: int) -> _Data:
    """Load the arrays of a problem: once a process, for all its trials."""
    problem = key.problem
    prepared = Prepared.open(Path(problem.folder), problem.task)
    training, validation = prepared.split(TRAIN), prepared.split(VALIDATION)
    if training is None or (validation is None and not is_on_all_rows(problem)):
        raise DataError("no training or no validation rows are there.", problem.folder)
    bare = prepared.unlabelled()
    further = sum(part.nbytes for part in bare.parts.values()) if bare is not None else 0
    streaming = training.bytes + further > streaming_above
    rows = _mapped(training, problem.task) if streaming else _resident(training, problem.task)
    if validation is None:
        return _Data(rows, None, bare, problem.task)
    parts = validation.parts if streaming else _on_device(validation)
    judging = Validation(problem, validation, parts, prepared.encoding.scale)
    return _Data(rows, judging, bare, problem.task)


def _resident(split: Split, task: Task) -> Data:
    return TrainingData.on_device(split.parts, split.labels, task, split.for_training)


def _mapped(split: Split, task: Task) -> Data:
    weights = split.for_training
    labels, known = as_known_labels(split.labels, task)
    weights = None if weights is None else np.asarray(weights)
    return MappedData(split.parts, labels, weights, known=known)


def _on_device(split: Split) -> dict[str, Any]:
    return {name: tf.convert_to_tensor(np.asarray(part)) for name, part in split.parts.items()}
