"""A plugin with everything that a search needs and no framework: trials cost a moment.

Its blocks are those of the toy space; a trial's score follows from its architecture and recipe, so
a searcher has something to find, and what trials "predict" gets better with their scores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, evolve, frozen
from numpy.random import default_rng
from numpy.typing import NDArray

from archivolt.components.block import Block
from archivolt.components.ensembler import Pool
from archivolt.components.evaluator import Evaluator, Report, Result
from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.components.strategies import Decision, Mutator, New, Proposal, Scheduler, Searcher
from archivolt.hookspecs import hookimpl
from archivolt.testing.toy_space import ToyAppend, ToyDense, ToyReplace, ToyScale
from archivolt.values.combined import Combined
from archivolt.values.features import vector
from archivolt.values.problem import Problem, Task
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace

SKILL = "skill.txt"  # what a trial leaves behind in its folder
BEST_UNITS = 96  # over all blocks: the architecture that the toy trainer likes best
BEST_RATE = 1e-2


@frozen
class ToyRows(Source):
    """Rows of two classes that a formula makes."""

    name = "toy_rows"
    rows: int = 120

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        x = np.arange(self.rows, dtype="float32")
        labels = np.where(np.arange(self.rows) % 3 == 0, "yes", "no")
        return Dataset((Input("x", "numeric"),), {"x": x}, labels)

    def front_end(self, training: Dataset) -> FrontEnd:
        raise NotImplementedError("the toy trainer needs no preprocessing")


@frozen
class ToyTrainer(Evaluator):
    """Scores a candidate by how near it is to one that it likes best; trains nothing."""

    name = "toy_trainer"
    epochs: int = 3

    def prepare(
        self,
        dataset: Dataset,
        source: Source,
        problem: Problem,
        splits: Mapping[str, Any],
        folder: Path,
    ) -> Problem:
        counts = {name: len(rows) for name, rows in splits.items()}
        return evolve(problem, features=vector(8), rows=counts, folder=str(folder), digest="toy")

    def evaluate(self, trial: Trial, problem: Problem, report: Report) -> Result:
        skill = skill_of(trial)
        epochs, stopped = trial.epochs, False
        while epochs < min(self.epochs, trial.goal) and not stopped:
            epochs += 1
            stopped = not report(epochs, {"accuracy": skill * epochs / self.epochs, "loss": 1.0})
        skill *= epochs / self.epochs
        (report.folder(trial.number) / SKILL).write_text(repr(skill), encoding="utf-8")
        metrics = {"accuracy": skill, "loss": 1 - skill}
        return Result(skill, metrics, epochs, parameters=1000, flops=2000, stopped=stopped)

    def pool(
        self, trials: Sequence[Trial], problem: Problem, artifacts: Callable[[int], Path]
    ) -> Pool | None:
        kept = [trial for trial in trials if (artifacts(trial.number) / SKILL).is_file()]
        if not kept:
            return None
        labels = np.arange(problem.rows["validation"]) % 2
        stacked = [_predicted(float(trial.score or 0), trial.seed, labels) for trial in kept]

        def score(given: NDArray[Any]) -> Mapping[str, float]:
            own = np.where(labels == 1, given[:, 0], 1 - given[:, 0])
            loss = -np.log(np.clip(own, 1e-7, 1)).mean()
            return {"accuracy": float((own > 0.5).mean()), "loss": float(loss)}

        predictions = np.stack(stacked)[:, :, None]
        return Pool(problem.task, problem.metric, tuple(kept), predictions, labels, score)

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        facts = {"trials": [trial.number], "score": trial.score}
        (target / "model.json").write_text(json.dumps(facts), encoding="utf-8")

    def deliver_ensemble(
        self,
        combined: Combined,
        trials: Sequence[Trial],
        problem: Problem,
        artifacts: Callable[[int], Path],
        target: Path,
    ) -> None:
        facts = {"trials": [trial.number for trial in trials]}
        (target / "model.json").write_text(json.dumps(facts), encoding="utf-8")

    def load(self, target: Path) -> ToyModel:
        return ToyModel((Input("x", "numeric"),), Task("binary", classes=("no", "yes")))


@define
class ToyModel:
    """Says "no" to every row."""

    inputs: tuple[Input, ...]
    task: Task

    def predict(self, dataset: Dataset) -> NDArray[Any]:
        return np.full(dataset.rows, "no")

    def predict_probabilities(self, dataset: Dataset) -> NDArray[Any]:
        return np.tile([1.0, 0.0], (dataset.rows, 1))

    def evaluate(self, dataset: Dataset) -> Mapping[str, float]:
        return {"accuracy": float((self.predict(dataset) == dataset.labels).mean())}


@frozen
class ToyRandom(Searcher):
    """Draws every candidate afresh."""

    name = "toy_random"

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        return Proposal(space.sample(rng))


@frozen
class ToyFull(Scheduler):
    """Trains everything in full."""

    name = "toy_full"

    def next(self, history: History) -> Decision:
        return New()


def skill_of(trial: Trial) -> float:
    """Return the score that the toy trainer gives a candidate: 1 at best, more than 0."""
    units = sum(getattr(block, "units", 1) for block in trial.candidate.architecture)
    rate = abs(math.log10(trial.candidate.recipe.learning_rate / BEST_RATE))
    return float(1 / (1 + abs(units - BEST_UNITS) / BEST_UNITS + rate / 4))


def _predicted(skill: float, seed: int, labels: NDArray[Any]) -> NDArray[Any]:
    noise = default_rng(seed).normal(size=len(labels))
    logits = np.where(labels == 1, 1.0, -1.0) * 3 * skill + noise
    predicted: NDArray[Any] = 1 / (1 + np.exp(-logits))
    return predicted


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    return [ToyDense, ToyScale]


@hookimpl
def archivolt_mutators() -> Iterable[type[Mutator]]:
    return [ToyAppend, ToyReplace]


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    return [ToyRows]


@hookimpl
def archivolt_evaluators() -> Iterable[type[Evaluator]]:
    return [ToyTrainer]


@hookimpl
def archivolt_searchers() -> Iterable[type[Searcher]]:
    return [ToyRandom]


@hookimpl
def archivolt_schedulers() -> Iterable[type[Scheduler]]:
    return [ToyFull]
