"""The loop with schedulers that promote and stop, with failing strategies, and cut short."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archivolt.search.api import reopen, start
from archivolt.search.events import EpochEnded, SearchFinished, TrialFinished, TrialStarted
from archivolt.search.run import Run

Write = Callable[..., Path]
TOY = Path(__file__).parents[1] / "toy.py"
LOCAL = {"name": "local", "workers": 2}
HALVING = {"name": "toy_halving", "stop_after": 2}

UNRULY = '''
from attrs import frozen
from archivolt import Scheduler, Searcher, hookimpl
from archivolt.components.strategies import New, Promote, Proposal

@frozen
class Breaks(Searcher):
    """Breaks after three trials."""
    name = "breaks"
    def propose(self, history, space, rng):
        if len(history) == 3:
            raise ValueError("nothing left in the bag")
        return Proposal(space.sample(rng))

@frozen
class StopsAtOne(Scheduler):
    """Lets trials of an uneven number train for one epoch."""
    name = "stops_at_one"
    def next(self, history):
        return New()
    def goes_on(self, history, number, epoch, metrics):
        return number % 2 == 0

@frozen
class BreaksLater(Scheduler):
    """Breaks when it is asked about an epoch of the fourth trial."""
    name = "breaks_later"
    def next(self, history):
        return New()
    def goes_on(self, history, number, epoch, metrics):
        return number < 3 or 1 / 0

@frozen
class Halves(Scheduler):
    """Trains for an epoch each; those whose number is even, for more."""
    name = "halves"
    to: int = 3
    def next(self, history):
        for trial in history:
            if trial.number % 2 == 0 and trial.scored and not trial.active and trial.epochs == 1:
                if trial.epochs >= trial.goal:
                    return Promote(trial.number, self.to)
        return New(1)

@frozen
class Repeats(Halves):
    """Promotes again and again what cannot be trained further."""
    name = "repeats"
    def next(self, history):
        return Promote(0, 3) if len(history) and not history[0].active else New(1)

@frozen
class BreaksAtTheEnd(Scheduler):
    """Breaks when all ten trials of the budget have ended."""
    name = "breaks_at_the_end"
    def next(self, history):
        if history.ended == 10:
            raise ValueError("ten of them")
        return New(1)

@frozen
class PromotesTwice(Scheduler):
    """Promotes what is in training."""
    name = "promotes_twice"
    def next(self, history):
        return Promote(0, 9) if len(history) else New(1)

@hookimpl
def archivolt_searchers():
    return [Breaks]

@hookimpl
def archivolt_schedulers():
    return [StopsAtOne, BreaksLater, PromotesTwice, Halves, Repeats, BreaksAtTheEnd]
'''


@pytest.fixture
def unruly(tmp_path: Path) -> list[str]:
    path = tmp_path / "unruly.py"
    path.write_text(UNRULY)
    return [str(TOY), str(path)]


def searched(config: Path, run: Path) -> tuple[Run, SearchFinished]:
    begun = start(config, run=run)
    *_, last = begun.events()
    assert isinstance(last, SearchFinished)
    return begun, last


@pytest.mark.parametrize("executor", ["inline", LOCAL])
def test_a_promoted_trial_goes_on_and_the_scheduler_ends_the_search(
    executor: Any, toy_config: Write, tmp_path: Path
) -> None:
    config = toy_config(scheduler=HALVING, executor=executor, budget={"trials": 50})
    run, last = searched(config, tmp_path / "run")

    assert last.reason == "enough is promoted"
    assert [trial.epochs for trial in run.history.best(2)] == [3, 3]
    assert sum(trial.epochs == 3 for trial in run.history) == 2
    assert not run.history.active


def test_the_best_trial_stays_the_best_while_it_is_trained_further(
    toy_config: Write, tmp_path: Path
) -> None:
    run = start(toy_config(scheduler=HALVING), run=tmp_path / "run")

    for event in run.events():
        if isinstance(event, TrialStarted) and event.trial.target_epochs == 3:
            break
    top = run.leaderboard()[0]

    assert top["number"] == event.trial.number
    assert run.history.best(1)[0] == event.trial
    assert (top["state"], top["score"]) == ("running", event.trial.score)


@pytest.mark.parametrize("executor", ["inline", LOCAL])
def test_a_scheduler_stops_running_trials(
    executor: Any, toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "seconds": 0.05, "epochs": 4}
    config = toy_config(
        plugins=unruly, scheduler="stops_at_one", executor=executor, evaluator=evaluator,
        budget={"trials": 4},
    )  # fmt: skip
    run, _ = searched(config, tmp_path / "run")

    assert [trial.state for trial in run.history] == ["finished", "stopped"] * 2
    assert all(
        trial.epochs < 4 and trial.cause is None for trial in run.history if trial.number % 2
    )


def test_a_searcher_that_breaks_is_named_and_the_best_is_delivered(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    run, last = searched(toy_config(plugins=unruly, searcher="breaks"), tmp_path / "run")

    assert last.error is not None
    assert last.error.startswith(
        "the searcher 'breaks' failed: ValueError: nothing left in the bag (/"
    )
    assert "unruly.py:" in last.error
    assert last.best is not None
    assert (run.path / "best" / "model.json").exists()


def test_a_scheduler_that_breaks_is_named_and_the_best_is_delivered(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    run, last = searched(toy_config(plugins=unruly, scheduler="breaks_later"), tmp_path / "run")

    assert last.error is not None
    assert last.error.startswith("the scheduler 'breaks_later' failed: ZeroDivisionError")
    assert (run.path / "best" / "model.json").exists()


def test_a_trial_in_training_is_not_promoted(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "seconds": 0.2}
    config = toy_config(
        plugins=unruly, scheduler="promotes_twice", executor=LOCAL, evaluator=evaluator
    )
    _, last = searched(config, tmp_path / "run")

    assert last.error is not None
    assert "the scheduler wants trial 0 trained to 9 epochs, and it cannot be" in last.error


def test_trials_that_the_end_of_a_search_cut_short_go_on_when_it_is_resumed(
    toy_config: Write, tmp_path: Path
) -> None:
    evaluator = {"name": "toy", "seconds": 0.05, "epochs": 6}
    run = start(toy_config(executor=LOCAL, evaluator=evaluator), run=tmp_path / "run")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.epoch == 2 and event.trial.number >= 8:
            run.interrupt()
    run.close()
    cut = [trial for trial in run.history if trial.state == "stopped"]
    assert cut
    assert {trial.cause for trial in cut} == {"search_ended"}

    again, _ = reopen(tmp_path / "run")
    finished = [event.trial for event in again.events() if isinstance(event, TrialFinished)]

    assert {trial.number for trial in cut} <= {trial.number for trial in finished}
    assert [(trial.state, trial.epochs, trial.cause) for trial in again.history] == [
        ("finished", 6, None)
    ] * 10


@pytest.mark.parametrize("executor", ["inline", LOCAL])
def test_promotions_go_on_when_every_trial_of_the_budget_is_proposed(
    executor: Any, toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    config = toy_config(plugins=unruly, scheduler="halves", executor=executor)
    run, last = searched(config, tmp_path / "run")

    assert last.reason == "10 trials are done"
    assert [trial.epochs for trial in run.history] == [3, 1] * 5


def test_a_scheduler_that_breaks_after_the_last_trial_is_named(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    _, last = searched(toy_config(plugins=unruly, scheduler="breaks_at_the_end"), tmp_path / "run")

    assert last.error is not None
    assert last.error.startswith("the scheduler 'breaks_at_the_end' failed: ValueError: ten of")


def test_a_promotion_that_fails_leaves_the_trial_as_it_was(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "fault": "nan", "every": 4, "after": 1}
    config = toy_config(plugins=unruly, scheduler="halves", evaluator=evaluator)
    run, last = searched(config, tmp_path / "run")

    history = run.history
    assert last.error is None
    assert [trial.epochs for trial in history] == [1, 1, 3, 1, 1, 1, 3, 1, 1, 1]
    assert {trial.state for trial in history} == {"finished"}
    assert history[4].warnings == (
        "not trained further: not_finite: the loss is nan after 1 epoch",
    )
    assert history[4].score == pytest.approx(dict(history[4].curve)[1])
    assert run.replay(4)[1].score == history[4].score


def test_a_worker_killed_in_a_promotion_costs_that_promotion_alone(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "fault": "kill", "every": 4, "after": 1}
    config = toy_config(
        plugins=unruly, scheduler="halves", evaluator=evaluator, executor=LOCAL,
        budget={"trials": 6},
    )  # fmt: skip
    run, last = searched(config, tmp_path / "run")

    assert last.error is None
    assert [trial.epochs for trial in run.history] == [1, 1, 3, 1, 1, 1]
    assert all("worker_died" in run.history[number].warnings[0] for number in (0, 4))
    assert run.history[4].attempts == 2


def test_a_scheduler_that_repeats_a_failing_promotion_ends_the_search(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "fault": "nan", "after": 1}
    config = toy_config(plugins=unruly, scheduler="repeats", evaluator=evaluator)
    _, last = searched(config, tmp_path / "run")

    assert last.error is not None
    assert last.error.startswith("8 trials in a row failed for the same cause, the last one with")


def test_promotions_in_flight_go_on_when_a_search_is_resumed(
    toy_config: Write, tmp_path: Path, unruly: list[str]
) -> None:
    evaluator = {"name": "toy", "seconds": 0.1, "epochs": 6}
    config = toy_config(
        plugins=unruly, scheduler={"name": "halves", "to": 6}, evaluator=evaluator,
        executor={"name": "local", "workers": 1}, budget={"trials": 2},
    )  # fmt: skip
    run = start(config, run=tmp_path / "run")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.epoch == 2:
            run.interrupt()
    run.close()
    before = run.history[0]
    assert 2 <= before.epochs < before.goal == 6

    again, _ = reopen(tmp_path / "run")
    events = list(again.events())

    assert [trial.epochs for trial in again.history] == [6, 1]
    epochs = [each.epoch for each in events if isinstance(each, EpochEnded)]
    assert epochs == [*range(before.epochs + 1, 7), 1]  # and then the second trial
    assert again.history[0].curve[: before.epochs] == before.curve


def test_what_trials_reported_is_in_the_history_and_read_again(
    toy_config: Write, tmp_path: Path
) -> None:
    run, _ = searched(toy_config(scheduler=HALVING, budget={"trials": 6}), tmp_path / "run")

    for trial in run.history:
        stored = [(epoch, metrics["accuracy"]) for epoch, metrics in run.curve(trial.number)]
        assert trial.curve == tuple(stored)
        assert len(stored) == trial.epochs
