"""One evaluation: whatever an evaluator gives, the search can store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen

from archivolt import Evaluator, Result
from archivolt.errors import TrialFailure
from archivolt.execution.evaluation import TrialReport, evaluate
from archivolt.plugins.registry import load_plugins
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector
from archivolt.values.problem import Metric, Problem, Task
from archivolt.values.trial import Trial

PROBLEM = Problem(Task("binary", ("a", "b"), ("y",), 1), Metric("accuracy", True), vector(2))
TRIAL = Trial(0, Candidate((ToyDense(),)), seed=0)


@frozen
class InNumPy(Evaluator):
    """Gives what NumPy gives."""

    name = "in_numpy"
    score: Any = 0.5

    def evaluate(self, trial: Trial, problem: Problem, report: Any) -> Result:
        report(np.int64(1), {"loss": np.float32(0.25)})
        return Result(
            self.score and np.float32(self.score),
            {"loss": np.float32(0.25), "accuracy": np.array(0.5)},
            epochs=np.int64(1),
            parameters=np.int32(7),
            stopped=np.bool_(False),
            schedule_epochs=np.int64(3),
        )


def evaluated(evaluator: Evaluator, folder: Path) -> tuple[Result | TrialFailure, list[Any]]:
    said: list[Any] = []

    def say(epoch: int, metrics: Any) -> bool:
        said.append((epoch, metrics))
        return True

    report = TrialReport(folder, load_plugins(allow=()), say)
    return evaluate(evaluator, TRIAL, PROBLEM, report), said


def test_numbers_of_numpy_become_plain_ones(tmp_path: Path) -> None:
    result, said = evaluated(InNumPy(), tmp_path)

    assert isinstance(result, Result)
    assert json.loads(json.dumps([asdict(result), said])) == [
        {
            "score": 0.5,
            "metrics": {"loss": 0.25, "accuracy": 0.5},
            "epochs": 1,
            "parameters": 7,
            "flops": None,
            "stopped": False,
            "schedule_epochs": 3,
            "warnings": [],
        },
        [[1, {"loss": 0.25}]],
    ]


def test_a_score_that_is_no_number_fails_the_trial(tmp_path: Path) -> None:
    result, _ = evaluated(InNumPy(None), tmp_path)

    assert isinstance(result, TrialFailure)
    assert result.cause == "error"
    assert "float() argument must be" in result.message
