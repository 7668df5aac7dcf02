"""The kit for evaluators passes one that keeps its promises, and tells which one is broken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from archivolt.components.evaluator import Evaluator, Result
from archivolt.errors import DataError
from archivolt.plugins.registry import Registry
from archivolt.testing import EvaluatorConformance
from archivolt.testing.evaluators import evaluated
from archivolt.testing.toy_evaluator import toy_registry
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector
from archivolt.values.problem import Metric, Problem, Task
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial

CANDIDATE = Candidate((ToyDense(8),), Recipe(epochs=4))
TASK = Task("binary", ("no", "yes"), ("y",), 1)


@frozen
class Lawful(Evaluator):
    """Adds up what it trained, and can break one promise."""

    name = "lawful"
    fault: str = "none"

    def evaluate(self, trial: Trial, problem: Problem, report: Any) -> Result:
        left = report.folder(trial.number) / "sum.json"
        epochs, total = json.loads(left.read_text()) if left.exists() else (0, 0.0)
        if self.fault == "begins again":
            epochs, total = 0, 0.0
        goal = trial.candidate.recipe.epochs if self.fault == "goes too far" else trial.goal
        stopped = False
        while epochs < goal and not stopped:
            epochs += 1
            total += 1 / (1 + trial.seed + epochs)
            if self.fault == "is random":
                total += random.random()
            name = "other" if self.fault == "hides the metric" else problem.metric.name
            if self.fault != "keeps the last to itself" or epochs < goal:
                stopped = not report(epochs, {name: total}) and epochs < goal
            stopped = stopped and self.fault != "does not listen"
        left.write_text(json.dumps([epochs, total]))
        if self.fault == "strews":
            (left.parents[1] / "stray.txt").write_text("here")
        score = float("nan") if self.fault == "diverges" else total
        return Result(score, {problem.metric.name: score}, epochs, stopped=stopped)

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        (target / "sum.json").write_text((artifacts / "sum.json").read_text())

    def load(self, target: Path) -> Any:
        raise DataError("a sum predicts nothing.", str(target))


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    folder = tmp_path / "problem"
    folder.mkdir()
    return Problem(TASK, Metric("sum", True), vector(4), folder=str(folder), digest="1")


class TestLawful(EvaluatorConformance):
    @pytest.fixture
    def evaluator(self) -> Evaluator:
        return Lawful()

    @pytest.fixture
    def problem(self, problem: Problem) -> Problem:
        return problem

    @pytest.fixture
    def candidate(self) -> Candidate:
        return CANDIDATE

    @pytest.fixture
    def registry(self) -> Registry:
        return toy_registry()


KIT = EvaluatorConformance


@pytest.mark.parametrize(
    ("fault", "promise", "told"),
    [
        (
            "begins again",
            KIT.test_a_promoted_trial_goes_on_and_does_not_begin_again,
            "it must go on from what it left",
        ),
        (
            "goes too far",
            KIT.test_a_promoted_trial_goes_on_and_does_not_begin_again,
            "`trial.goal` says how many epochs",
        ),
        ("is random", KIT.test_the_same_trial_comes_out_the_same, "follow from `trial.seed`"),
        (
            "hides the metric",
            KIT.test_each_report_tells_the_metric_of_the_problem,
            "schedulers need 'sum'",
        ),
        (
            "keeps the last to itself",
            KIT.test_it_reports_epochs_in_order_and_the_last_one_too,
            "report the last epoch too",
        ),
        ("does not listen", KIT.test_it_stops_where_a_report_says_so, "`report` answered False"),
        ("diverges", KIT.test_a_result_is_of_finite_numbers, "TrialFailure('not_finite'"),
        (
            "strews",
            KIT.test_it_writes_in_the_folder_of_its_trial_alone,
            "write below `report.folder",
        ),
    ],
)
def test_a_fault_is_told(
    fault: str, promise: Callable[..., None], told: str, problem: Problem, tmp_path: Path
) -> None:
    given = {
        "run": partial(evaluated, Lawful(fault), problem, toy_registry(), tmp_path),
        "trial": Trial(3, CANDIDATE, seed=5),
        "problem": problem,
        "tmp_path": tmp_path,
    }
    wanted = list(signature(promise).parameters)[1:]

    with pytest.raises(AssertionError) as failure:
        promise(KIT(), **{name: given[name] for name in wanted})
    assert told in str(failure.value)
