"""Conformance of executors: one small test for each promise.

It runs an evaluator that trains nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.executor import (
    Done,
    Execution,
    Executor,
    Failed,
    Outcome,
    Progress,
    Started,
    Workplace,
)
from archivolt.components.strategies import Proposal
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.storage.run_folder import RunFolder
from archivolt.testing.toy_evaluator import LEFT, ToyEvaluator, toy_registry, toy_score
from archivolt.testing.toy_space import toy_space
from archivolt.testing.toy_trials import proposed
from archivolt.values.features import vector
from archivolt.values.problem import BINARY, Problem, Task, default_metric
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial

PATIENCE = 120.0  # seconds for all outcomes: workers have to begin first
LONG = 10_000  # epochs of a trial that nobody wants to see the end of

Open = Callable[..., Execution]


class ExecutorConformance:
    """The promises of an executor. Override `executor`."""

    @pytest.fixture
    def executor(self) -> Executor:
        raise NotImplementedError("override the fixture `executor`: return one of yours")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> RunFolder:
        """Return the folder of the run that the trials belong to."""
        return RunFolder.create(tmp_path / "run")

    @pytest.fixture
    def open_for(self, executor: Executor, folder: RunFolder) -> Open:
        """Return what opens the executor for a toy evaluator with these fields."""
        return partial(opened, executor, folder)

    def test_the_class_can_be_registered(self, executor: Executor) -> None:
        assert list(faults(type(executor), KINDS["executor"])) == []

    def test_a_trial_may_be_submitted_at_once(self, open_for: Open) -> None:
        with open_for() as execution:
            assert execution.free >= 1, (
                "`free` is 0 before anything was submitted, so the search would never submit. "
                "Count a worker as free while it still begins, and let its trial wait."
            )

    def test_every_trial_starts_reports_its_epochs_in_order_and_ends(self, open_for: Open) -> None:
        trials = toy_trials(5)
        with open_for() as execution:
            heard = outcomes(execution, trials)
        for trial in trials:
            mine = [each for each in heard if each.number == trial.number]
            kinds = [type(each) for each in mine]
            assert kinds == [Started, *[Progress] * trial.goal, Done], (
                f"of trial {trial.number} came {[each.__name__ for each in kinds]}; the search "
                "wants `Started`, a `Progress` for each epoch that is reported, and `Done`."
            )
            epochs = [each.epoch for each in mine if isinstance(each, Progress)]
            assert epochs == list(range(1, trial.goal + 1))

    def test_a_result_is_that_of_its_own_trial(self, open_for: Open) -> None:
        trials = toy_trials(5)
        with open_for() as execution:
            results = {
                each.number: each.result
                for each in outcomes(execution, trials)
                if isinstance(each, Done)
            }
        for trial in trials:
            assert results[trial.number].score == pytest.approx(toy_score(trial))
            assert results[trial.number].epochs == trial.goal
            assert not results[trial.number].stopped

    def test_what_a_trial_leaves_lies_in_its_folder_of_the_run(
        self, open_for: Open, folder: RunFolder
    ) -> None:
        trials = toy_trials(2)
        with open_for() as execution:
            outcomes(execution, trials)
        for trial in trials:
            path = folder.trial(trial.number) / LEFT
            assert path.is_file(), (
                f"trial {trial.number} left nothing in {path}. Evaluate it with a `TrialReport` on "
                "`workplace.folder`, and bring what is written elsewhere back before `Done`."
            )

    def test_a_failure_ends_its_own_trial_with_its_cause(self, open_for: Open) -> None:
        with open_for(raises=(1,), diverges=(2,)) as execution:
            heard = outcomes(execution, toy_trials(4))
        failed = {each.number: each for each in heard if isinstance(each, Failed)}
        done = {each.number for each in heard if isinstance(each, Done)}
        assert set(failed) == {1, 2}
        assert failed[1].cause == "error"
        assert "the toy breaks on trial 1" in failed[1].message
        assert failed[2].cause == "not_finite", (
            "a `TrialFailure` names its cause itself: hand it on as it is."
        )
        assert done == {0, 3}, "a trial that fails must take no other with it."

    def test_a_trial_that_is_asked_to_stop_does(self, open_for: Open) -> None:
        (trial,) = toy_trials(1, epochs=LONG)
        with open_for(seconds=0.002) as execution:
            # One that evaluates while its results are read asks at once; others hear the answer.
            execution.consult = lambda progress: progress.epoch < 3
            heard = outcomes(
                execution,
                [trial],
                lambda progress: execution.answer(progress.number, go_on=progress.epoch < 3),
            )
        (end,) = [each for each in heard if isinstance(each, (Done, Failed))]
        assert isinstance(end, Done)
        assert end.result.epochs >= 3
        assert end.result.stopped, (
            f"it trained {end.result.epochs} epochs: `answer(number, go_on=False)` must make a "
            "later report of the trial return False."
        )

    def test_an_answer_to_one_trial_is_none_to_the_next(self, open_for: Open) -> None:
        first, second = toy_trials(2)
        with open_for() as execution:
            heard = outcomes(
                execution, [first], lambda progress: execution.answer(progress.number, False)
            )
            heard += outcomes(execution, [second])
        ends = {each.number: each for each in heard if isinstance(each, Done)}
        assert not ends[second.number].result.stopped
        assert ends[second.number].result.epochs == second.goal

    def test_results_come_back_when_nothing_happens(self, open_for: Open) -> None:
        with open_for() as execution:
            outcomes(execution, toy_trials(1))
            began = time.monotonic()
            assert list(execution.results(0.2)) == []
            assert time.monotonic() - began < 10, (
                "`results(timeout)` must return after `timeout` seconds, so that the search sees "
                "the clock and Ctrl-C."
            )

    def test_closing_abandons_what_is_in_flight_and_may_be_repeated(self, open_for: Open) -> None:
        execution = open_for(seconds=0.01)
        (trial,) = toy_trials(1, epochs=LONG)
        execution.submit(trial)
        deadline = time.monotonic() + PATIENCE
        while not any(isinstance(each, Started) for each in execution.results(0.2)):
            assert time.monotonic() < deadline, "the trial never began"
        began = time.monotonic()
        execution.close()
        execution.close()
        assert time.monotonic() - began < PATIENCE / 2, "end workers that do not end by themselves"


def opened(executor: Executor, folder: RunFolder, **fields: object) -> Execution:
    """Open an executor in a run folder, for a toy evaluator with these fields."""
    evaluator = ToyEvaluator(**fields)  # type: ignore[arg-type]
    executor.warm_up(evaluator)
    task = Task(BINARY, ("no", "yes"), ("y",), 1)
    return executor.open(
        Workplace(
            folder=folder.path,
            problem=Problem(task, default_metric(BINARY), vector(16)),
            evaluator=evaluator,
            plugins=toy_registry().specification(),
        )
    )


def toy_trials(count: int, epochs: int = 3) -> list[Trial]:
    """Make so many trials of toy candidates, each of so many epochs."""
    space, rng = toy_space(vector(16), searched_recipe=False), default_rng(0)
    trials = [proposed(number, Proposal(space.sample(rng))) for number in range(count)]
    recipe = Recipe(epochs=epochs)
    return [evolve(each, candidate=evolve(each.candidate, recipe=recipe)) for each in trials]


def outcomes(
    execution: Execution,
    trials: Sequence[Trial],
    hear: Callable[[Progress], None] = lambda progress: None,
) -> list[Outcome]:
    """Submit trials as there is room for them, and return what happened until all have ended."""
    waiting, flying, heard = list(trials), set[int](), list[Outcome]()
    deadline = time.monotonic() + PATIENCE
    while waiting or flying:
        while waiting and execution.free > 0:
            flying.add(waiting[0].number)
            execution.submit(waiting.pop(0))
        for outcome in execution.results(0.2):
            heard.append(outcome)
            if isinstance(outcome, Progress):
                hear(outcome)
            elif isinstance(outcome, (Done, Failed)):
                flying.discard(outcome.number)
        assert time.monotonic() < deadline, (
            f"after {PATIENCE:.0f} s the trials {sorted(flying)} have not ended; every trial must "
            f"end with `Done` or `Failed`. Heard so far: {heard[-5:]}"
        )
    return heard
