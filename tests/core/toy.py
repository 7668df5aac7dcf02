"""A plugin for tests of core: blocks that cost nothing, an evaluator that computes a score."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen

from archivolt import (
    Block,
    Ensemble,
    Ensembler,
    Evaluator,
    Footprint,
    Mutator,
    Proposal,
    Result,
    Scheduler,
    Searcher,
    Transfer,
    hookimpl,
)
from archivolt.components.ensembler import Pool
from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.components.strategies import Decision, New, Promote, Stop
from archivolt.components.transfer import Plan
from archivolt.errors import TrialFailure
from archivolt.values.features import Features, vector
from archivolt.values.problem import Problem, Task
from archivolt.values.trial import Trial
from archivolt.values.tunable import tunable

LEAKED: list[Any] = []


@frozen
class ToyDense(Block):
    """A dense layer that is never built."""

    name = "toy_dense"
    reads = writes = "vector"
    units: int = tunable(64, low=1, high=400)

    def footprint(self, x: Features, earlier: object = ()) -> Footprint:
        return Footprint(
            vector(self.units), (x.channels + 1) * self.units, 2 * x.channels * self.units
        )


@frozen
class ToyChange(Mutator):
    """Draws the units of one block again."""

    name = "toy_change"

    def mutate(self, candidate: Any, space: Any, rng: Any) -> Any:
        body = list(space.body(candidate.architecture))
        at = int(rng.integers(len(body)))
        body[at] = ToyDense(int(rng.integers(1, 401)))
        return evolve(candidate, architecture=space.assemble(body))


@frozen
class ToySearcher(Searcher):
    """Changes the best trial, or draws a new one."""

    name = "toy_search"

    def propose(self, history: Any, space: Any, rng: Any) -> Proposal:
        best = history.best(1)
        if best and rng.random() < 0.7:
            mutation = space.mutate(best[0].candidate, rng)
            if mutation is not None:
                return Proposal(mutation.candidate, best[0].number, mutation.mutator)
        return Proposal(space.sample(rng))


@frozen
class ToySchedule(Scheduler):
    """Trains everything in full."""

    name = "toy_schedule"

    def next(self, history: Any) -> Decision:
        return New()


@frozen
class ToyHalving(Scheduler):
    """Trains for an epoch, then the best of those for three."""

    name = "toy_halving"
    pool: int = 4
    stop_after: int = 0  # promotions

    def next(self, history: Any) -> Decision:
        promoted = sum(trial.target_epochs == 3 for trial in history)
        if self.stop_after and promoted >= self.stop_after:
            return Stop("enough is promoted")
        able = [trial for trial in history.ranked() if trial.epochs == 1 and not trial.active]
        if history.ended >= self.pool * (promoted + 1) and able:
            return Promote(able[0].number, 3)
        return New(1)


@frozen
class ToyMean(Ensembler):
    """The mean of the best few, or of others on demand."""

    name = "toy_mean"
    members: int = 3
    fault: str = "none"

    def combine(self, pool: Any, rng: Any) -> Ensemble:
        if self.fault == "raise":
            raise ValueError("the toy cannot add")
        if self.fault == "stranger":
            return Ensemble([999], [1.0])
        numbers = [trial.number for trial in pool.trials[: self.members]]
        return Ensemble(numbers, [1 / len(numbers)] * len(numbers))


@frozen
class ToyLineage(Transfer):
    """Takes from the parent."""

    name = "toy_lineage"

    def plan(self, trial: Trial, history: Any) -> Plan:
        return Plan(() if trial.parent is None else ((trial.parent, 1.0),))


@frozen
class ToySource(Source):
    """Rows that a formula makes."""

    name = "toy_rows"
    rows: int = 100

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        x = np.arange(self.rows, dtype="float32")
        labels = np.where(np.arange(self.rows) % 3 == 0, "yes", "no")
        return Dataset((Input("x", "numeric"),), {"x": x}, labels)

    def read_new(self, path: Path, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        x = np.loadtxt(path, dtype="float32", ndmin=1)
        return Dataset(tuple(inputs), {"x": x}, np.full(len(x), "no"), tuple(targets))

    def front_end(self, training: Dataset) -> FrontEnd:
        raise NotImplementedError


@frozen
class ToyModel:
    """Says "no" to every row."""

    inputs: tuple[Input, ...]
    task: Task

    def predict(self, dataset: Dataset) -> Any:
        return np.full(dataset.rows, "no")

    def predict_probabilities(self, dataset: Dataset) -> Any:
        return np.tile([1.0, 0.0], (dataset.rows, 1))

    def evaluate(self, dataset: Dataset) -> Mapping[str, float]:
        return {"accuracy": float((self.predict(dataset) == dataset.labels).mean())}


@frozen
class ToyEvaluator(Evaluator):
    """Scores by the units, and misbehaves on demand.

    `fault` says how, `every` how often: a trial whose number is a multiple of it.
    """

    name = "toy"
    epochs: int = 3
    seconds: float = 0.0  # an epoch
    fault: str = "none"
    every: int = 1
    once: bool = False  # misbehave at the first attempt alone
    after: int = 0  # epochs: misbehave where a trial that has them is trained further
    leak: bool = False  # keep 16 MiB a trial

    def prepare(
        self, dataset: Any, source: Any, problem: Problem, splits: Any, folder: Path
    ) -> Problem:
        (folder / "rows.json").write_text(
            json.dumps({name: [int(row) for row in rows] for name, rows in splits.items()})
        )
        return evolve(
            problem,
            features=vector(8),
            rows={name: len(rows) for name, rows in splits.items()},
            folder=str(folder),
            digest="toy",
        )

    def evaluate(self, trial: Trial, problem: Problem, report: Any) -> Result:
        spared = trial.number % self.every != 0 or (self.once and trial.attempts > 0)
        spared = spared or trial.epochs < self.after
        if not spared:
            self._misbehave()
        if self.leak:
            LEAKED.append(np.ones(2**21))
        units = sum(block.units for block in trial.candidate.architecture)  # type: ignore[attr-defined]
        score = 1 - abs(units - 300) / 2000 + (trial.seed % 1000) * 1e-9
        target = min(self.epochs, trial.goal)
        reached, stopped = trial.epochs, False
        while reached < target and not stopped:
            time.sleep(self.seconds)
            reached += 1
            metrics = {"accuracy": score * reached / self.epochs, "loss": 1 - score}
            stopped = not report(reached, metrics) and reached < target
        (report.folder(trial.number) / "weights.txt").write_text(str(units))
        score *= reached / self.epochs
        metrics = {"accuracy": score, "loss": 1 - score}
        return Result(score, metrics, reached, parameters=units, stopped=stopped)

    def _misbehave(self) -> None:
        if self.fault == "raise":
            raise ValueError("the toy is broken")
        if self.fault == "nan":
            raise TrialFailure("not_finite", "the loss is nan after 1 epoch")
        if self.fault == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        if self.fault == "memory_error":
            raise MemoryError("could not allocate 9 GiB")
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "sleep":
            time.sleep(600)
        if self.fault == "grow":
            hoard = [np.ones(2**22) for _ in range(40)]  # 32 MiB each
            time.sleep(600)
            del hoard

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        if self.fault == "deliver" and trial.number % self.every == 0:
            raise ValueError("the toy cannot be packed")
        facts = {"number": trial.number, "score": trial.score}
        (target / "model.json").write_text(json.dumps(facts))

    def pool(self, trials: Any, problem: Problem, artifacts: Any) -> Pool | None:
        kept = [trial for trial in trials if (artifacts(trial.number) / "weights.txt").exists()]
        if not kept:
            return None
        labels = np.arange(problem.rows["validation"]) % 2
        right = [np.where(labels == 1, trial.score, 1 - trial.score) for trial in kept]

        def score(given: Any) -> Mapping[str, float]:
            own = np.where(labels == 1, given[:, 0], 1 - given[:, 0])
            return {"accuracy": float((own > 0.5).mean()), "loss": float(-np.log(own).mean())}

        stacked = np.stack(right)[:, :, None]
        return Pool(problem.task, problem.metric, tuple(kept), stacked, labels, score)

    def deliver_ensemble(
        self, combined: Any, trials: Any, problem: Problem, artifacts: Any, target: Path
    ) -> None:
        if self.fault == "deliver":
            raise ValueError("the toy cannot be packed")
        facts = {"members": [trial.number for trial in trials]}
        (target / "model.json").write_text(json.dumps(facts))

    def judge(self, problem: Problem, target: Path) -> Mapping[str, float]:
        return {"accuracy": 0.5} if "report" in problem.rows else {}

    def load(self, target: Path) -> ToyModel:
        return ToyModel((Input("x", "numeric"),), Task("binary", classes=("no", "yes")))


@frozen
class ToyBeside(ToyEvaluator):
    """Takes what a trial stands beside for granted."""

    name = "toy_beside"
    trains_beside = True


@frozen
class ToyAgain(ToyEvaluator):
    """Trains finalists again, and notes what was asked."""

    name = "toy_again"
    retrains = ("fresh", "all_rows")

    def evaluate(self, trial: Trial, problem: Problem, report: Any) -> Result:
        again = report.recorded(trial.number) != report.folder(trial.number)
        if again and (self.fault, trial.number % self.every) == ("again", 0):
            raise TrialFailure("not_finite", "the loss is nan after 1 epoch")
        asked = {"epochs": trial.goal, "seed": trial.seed, "memo": dict(trial.memo)}
        run = report.recorded(trial.number).parents[1]
        with (run / "asked.jsonl").open("a") as file:
            file.write(json.dumps({"number": trial.number, **asked}) + "\n")
        return super().evaluate(trial, problem, report)

    def pose_on_all_rows(self, problem: Problem, folder: Path) -> Problem:
        rows = dict(problem.rows)
        rows["train"] += rows.pop("validation")
        return evolve(problem, rows=rows, folder=str(folder), digest="toy, all rows")


@hookimpl
def archivolt_blocks() -> list[type[Block]]:
    return [ToyDense]


@hookimpl
def archivolt_mutators() -> list[type[Mutator]]:
    return [ToyChange]


@hookimpl
def archivolt_searchers() -> list[type[Searcher]]:
    return [ToySearcher]


@hookimpl
def archivolt_sources() -> list[type[Source]]:
    return [ToySource]


@hookimpl
def archivolt_ensemblers() -> list[type[Ensembler]]:
    return [ToyMean]


@hookimpl
def archivolt_transfers() -> list[type[Transfer]]:
    return [ToyLineage]


@hookimpl
def archivolt_evaluators() -> list[type[Evaluator]]:
    return [ToyEvaluator, ToyBeside, ToyAgain]


@hookimpl
def archivolt_schedulers() -> list[type[Scheduler]]:
    return [ToySchedule, ToyHalving]
