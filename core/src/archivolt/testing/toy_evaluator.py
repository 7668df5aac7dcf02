"""An evaluator that trains nothing, and the plugin by which every process loads it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from attrs import frozen

from archivolt.components.block import Block
from archivolt.components.evaluator import Evaluator, Report, Result
from archivolt.errors import TrialFailure
from archivolt.hookspecs import hookimpl
from archivolt.plugins.registry import Registry, load_plugins
from archivolt.testing.toy_space import ToyDense, ToyScale
from archivolt.values.problem import Problem
from archivolt.values.trial import Trial

LEFT = "toy.txt"  # what a trial leaves behind in its folder: its seed


@frozen
class ToyEvaluator(Evaluator):
    """Scores a trial by its seed, and misbehaves for the trials that it is told."""

    name = "toy_evaluator"
    seconds: float = 0.0  # an epoch takes
    raises: tuple[int, ...] = ()  # numbers of trials that end with an exception
    diverges: tuple[int, ...] = ()  # numbers of trials that end as not finite

    def evaluate(self, trial: Trial, problem: Problem, report: Report) -> Result:
        if trial.number in self.raises:
            raise ValueError(f"the toy breaks on trial {trial.number}")
        if trial.number in self.diverges:
            raise TrialFailure("not_finite", f"the toy diverges on trial {trial.number}")
        epochs, stopped = trial.epochs, False
        while epochs < trial.goal and not stopped:
            time.sleep(self.seconds)
            epochs += 1
            stopped = not report(epochs, {"loss": 1 / epochs}) and epochs < trial.goal
        (report.folder(trial.number) / LEFT).write_text(f"{trial.seed}\n", encoding="utf-8")
        return Result(toy_score(trial), {"loss": 1 / epochs}, epochs, 10, 20, stopped)


def toy_score(trial: Trial) -> float:
    """Return the score that the toy evaluator gives a trial."""
    return 1 / (1 + trial.seed)


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    return [ToyDense, ToyScale]


@hookimpl
def archivolt_evaluators() -> Iterable[type[Evaluator]]:
    return [ToyEvaluator]


def toy_registry() -> Registry:
    """Load this plugin alone; its specification loads it in another process, too."""
    return load_plugins(allow=(), extra=[("toy", sys.modules[__name__])], warn=False)
