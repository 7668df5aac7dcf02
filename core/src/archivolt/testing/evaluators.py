"""Conformance of evaluators: one small test for each promise.

Nothing here knows a framework; it needs what the evaluator needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve, field, frozen

from archivolt.components.evaluator import Evaluator, Result
from archivolt.errors import DataError
from archivolt.execution.evaluation import TrialReport
from archivolt.plugins.checks import faults
from archivolt.plugins.codec import Codec
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.registry import Registry, load_plugins
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import ALL_ROWS, FRESH
from archivolt.values.problem import TRAIN, VALIDATION, Problem
from archivolt.values.trial import FINISHED, RUNNING, Trial

NUMBER = 3  # of the trial
TOLERANCE = 1e-6  # between two scores that ought to be one

Evaluate = Callable[..., "Heard"]


@frozen
class Heard:
    """What came of an evaluation."""

    result: Result
    epochs: tuple[int, ...]  # in the order of the reports
    metrics: tuple[Mapping[str, float], ...] = field(repr=False)


class EvaluatorConformance:
    """The promises of an evaluator. Override `evaluator`, `problem` and `candidate`.

    The candidate's recipe should have three epochs or more.
    """

    @pytest.fixture
    def evaluator(self) -> Evaluator:
        raise NotImplementedError("override the fixture `evaluator`: return one of yours")

    @pytest.fixture
    def problem(self, evaluator: Evaluator) -> Problem:
        raise NotImplementedError(
            "override the fixture `problem`: return a small one, as your `prepare` made it"
        )

    @pytest.fixture
    def candidate(self) -> Any:
        raise NotImplementedError("override the fixture `candidate`: return one for `problem`")

    @pytest.fixture
    def registry(self) -> Registry:
        """Return the plugins that the candidate's blocks come from: every installed one."""
        return load_plugins(warn=False)

    @pytest.fixture
    def trial(self, candidate: Any) -> Trial:
        return Trial(NUMBER, candidate, seed=5, state=RUNNING)

    @pytest.fixture
    def run(
        self, evaluator: Evaluator, problem: Problem, registry: Registry, tmp_path: Path
    ) -> Evaluate:
        """Return what evaluates a trial in a run folder of a name, and hears its reports."""
        return partial(evaluated, evaluator, problem, registry, tmp_path)

    @pytest.fixture
    def ended(self, run: Evaluate, trial: Trial) -> Trial:
        """Return the trial, evaluated."""
        result = run(trial).result
        return evolve(
            trial,
            state=FINISHED,
            score=result.score,
            metrics=result.metrics,
            epochs=result.epochs,
            parameters=result.parameters,
        )

    def test_the_class_can_be_registered(self, evaluator: Evaluator) -> None:
        assert list(faults(type(evaluator), KINDS["evaluator"])) == []

    def test_the_problem_is_plain_data_to_a_worker(
        self, problem: Problem, registry: Registry
    ) -> None:
        codec = Codec(registry)
        again = codec.decode_problem(codec.encode(problem))
        assert (again.task, again.metric, again.features) == (
            problem.task,
            problem.metric,
            problem.features,
        )
        assert again.digest, "`prepare` must set `digest`, by which trials know their data again."

    def test_a_result_is_of_finite_numbers(self, run: Evaluate, trial: Trial) -> None:
        result = run(trial).result
        numbers = {"score": result.score, **result.metrics}
        wrong = {name: value for name, value in numbers.items() if not math.isfinite(value)}
        assert not wrong, (
            f"{wrong}: leave a metric out that cannot be told; raise TrialFailure('not_finite', …) "
            "where it is the score."
        )
        assert 1 <= result.epochs <= trial.goal
        assert not result.stopped, "nobody asked it to stop."

    def test_it_reports_epochs_in_order_and_the_last_one_too(
        self, run: Evaluate, trial: Trial
    ) -> None:
        heard = run(trial)
        assert heard.epochs, "it never called `report`: schedulers and displays live by that."
        assert heard.epochs == tuple(sorted(set(heard.epochs))), (
            "`report` takes the epochs trained so far: 1, 2, 3 …, each once."
        )
        assert heard.epochs[-1] == heard.result.epochs, (
            f"it trained {heard.result.epochs} epochs and reported {heard.epochs}: schedulers "
            "compare trials by their reports, so report the last epoch too."
        )

    def test_each_report_tells_the_metric_of_the_problem(
        self, run: Evaluate, trial: Trial, problem: Problem
    ) -> None:
        for metrics in run(trial).metrics:
            assert problem.metric.name in metrics, (
                f"a report tells {sorted(metrics)}; schedulers need {problem.metric.name!r}."
            )

    def test_the_same_trial_comes_out_the_same(self, run: Evaluate, trial: Trial) -> None:
        once, again = (run(trial, folder) for folder in ("once", "again"))
        assert again.epochs == once.epochs
        assert again.result.score == pytest.approx(once.result.score, abs=TOLERANCE), (
            "all randomness must follow from `trial.seed`: `archivolt replay` trains it again."
        )

    def test_it_stops_where_a_report_says_so(self, run: Evaluate, trial: Trial) -> None:
        first = run(trial, "whole").epochs[0]
        assert first < trial.goal, "give the candidate's recipe more epochs to test this"
        result = run(trial, "stopped", stop_after=first).result
        assert (result.stopped, result.epochs) == (True, first), (
            "`report` answered False: end there, with the score so far and `stopped=True`."
        )

    def test_a_promoted_trial_goes_on_and_does_not_begin_again(
        self, run: Evaluate, trial: Trial
    ) -> None:
        whole = run(trial, "whole")
        first = whole.epochs[0]
        half = run(evolve(trial, target_epochs=first), "parts")
        assert half.result.epochs == first, "`trial.goal` says how many epochs are wanted."
        rest = run(
            evolve(
                trial,
                epochs=first,
                score=half.result.score,
                metrics=half.result.metrics,
                target_epochs=trial.goal,
            ),
            "parts",
        )
        assert half.epochs + rest.epochs == whole.epochs, (
            f"first it reported {half.epochs} and promoted {rest.epochs}: it must go on from what "
            "it left in `report.folder(trial.number)`."
        )
        assert rest.result.score == pytest.approx(whole.result.score, abs=TOLERANCE), (
            "trained in two goes it must come to what it comes to in one."
        )

    def test_it_writes_in_the_folder_of_its_trial_alone(
        self, run: Evaluate, trial: Trial, problem: Problem, tmp_path: Path
    ) -> None:
        before = _files(Path(problem.folder))
        run(trial)
        own = RunFolder(tmp_path / "run").trial(trial.number)
        strangers = [each for each in _files(tmp_path / "run") if not each.is_relative_to(own)]
        assert not strangers, (
            "write below `report.folder(trial.number)`: the quota counts it there."
        )
        assert _files(Path(problem.folder)) == before, "the problem is shared by all workers."

    def test_on_all_rows_it_trains_to_the_end_and_reports_no_score(
        self,
        evaluator: Evaluator,
        problem: Problem,
        registry: Registry,
        trial: Trial,
        tmp_path: Path,
    ) -> None:
        assert set(evaluator.retrains) <= {FRESH, ALL_ROWS}
        if ALL_ROWS not in evaluator.retrains:
            pytest.skip("it does not train on all rows")
        before = _files(Path(problem.folder))
        (tmp_path / "all_rows").mkdir()
        whole = evaluator.pose_on_all_rows(problem, tmp_path / "all_rows")
        assert whole.rows == {
            **{name: count for name, count in problem.rows.items() if name != VALIDATION},
            TRAIN: problem.rows[TRAIN] + problem.rows[VALIDATION],
        }, "both splits are training rows now, and the others stay."
        assert whole.digest != problem.digest
        assert _files(Path(problem.folder)) == before, "the problem stays as it was."
        heard = evaluated(evaluator, whole, registry, tmp_path, trial)
        assert heard.result.epochs == heard.epochs[-1] == trial.goal, (
            "no row is left by which a training could end early."
        )
        for metrics in heard.metrics:
            assert set(metrics) == {"loss"}, "a score on rows that it has seen misleads."

    def test_a_pool_has_predictions_for_each_row(
        self, evaluator: Evaluator, problem: Problem, ended: Trial, tmp_path: Path
    ) -> None:
        pool = evaluator.pool([ended], problem, RunFolder(tmp_path / "run").trial)
        if pool is None:
            return  # it keeps none
        assert [each.number for each in pool.trials] == [ended.number]
        rows = len(pool.labels)
        assert pool.predictions.shape == (1, rows, problem.task.outputs)
        assert np.isfinite(pool.predictions).all()
        found = pool.score(pool.predictions[0])[problem.metric.name]
        assert found == pytest.approx(ended.score, abs=1e-4), (
            "the stored predictions must be those that the trial is scored by."
        )

    def test_a_pool_leaves_out_trials_whose_predictions_are_gone(
        self, evaluator: Evaluator, problem: Problem, ended: Trial, tmp_path: Path
    ) -> None:
        pool = evaluator.pool([ended], problem, lambda number: tmp_path / "removed" / str(number))
        assert pool is None or pool.trials == ()

    def test_what_is_delivered_loads_and_knows_its_task(
        self, evaluator: Evaluator, problem: Problem, ended: Trial, tmp_path: Path
    ) -> None:
        target = tmp_path / "best"
        target.mkdir()
        evaluator.deliver(ended, problem, RunFolder(tmp_path / "run").trial(ended.number), target)
        assert any(target.iterdir()), "`deliver` must write into its target."
        assert all(math.isfinite(value) for value in evaluator.judge(problem, target).values())
        try:
            delivered = evaluator.load(target)
        except DataError:
            return  # there is no model in what it evaluates, and it says so
        assert delivered.task == problem.task
        assert delivered.inputs


def evaluated(
    evaluator: Evaluator,
    problem: Problem,
    registry: Registry,
    place: Path,
    trial: Trial,
    folder: str = "run",
    stop_after: float = math.inf,
) -> Heard:
    """Evaluate a trial in a run folder below `place`; from some epoch on it is asked to stop."""
    told: list[tuple[int, Mapping[str, float]]] = []

    def say(epoch: int, metrics: Mapping[str, float]) -> bool:
        told.append((epoch, dict(metrics)))
        return epoch < stop_after

    result = evaluator.evaluate(trial, problem, TrialReport(place / folder, registry, say))
    return Heard(result, tuple(epoch for epoch, _ in told), tuple(each for _, each in told))


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())
