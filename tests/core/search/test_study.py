"""Asking and telling without the loop."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archivolt
from archivolt.errors import RunError, SearchError
from archivolt.search.study import Study

TOY = Path(__file__).parents[1] / "toy.py"
CONFIG: dict[str, Any] = {
    "plugins": [str(TOY)],
    "space": {"blocks": ["toy_dense"], "depth": [1, 3]},
    "searcher": "toy_search",
    "mutators": {"toy_change": 1},
    "scheduler": "toy_schedule",
    "evaluator": "toy",
    "executor": "inline",
}


def study(**options: Any) -> Study:
    return Study.from_config(CONFIG, features=archivolt.vector(8), outputs=2, **options)


def units(trial: Any) -> float:
    return float(sum(block.units for block in trial.candidate.architecture))


def test_an_own_loop_finds_better_and_better() -> None:
    asked = study(metric="units")

    for _ in range(40):
        trial = asked.ask()
        asked.tell(trial, {"units": units(trial)})

    best = [trial.score for trial in asked.history]
    assert asked.best is not None
    assert asked.best.score == max(each for each in best if each is not None)
    assert asked.best.score > 700


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({}, None),
        ({"transfer": [], "ensembler": None}, None),  # as the warning says
        ({"transfer": ["toy_lineage"]}, "nothing with transfer: "),
        ({"ensembler": "toy_mean"}, "nothing with ensembler: "),
        ({"transfer": ["toy_lineage"], "ensembler": "toy_mean"}, "with transfer and ensembler: "),
    ],
)
def test_what_a_study_does_nothing_with_is_told(
    sections: dict[str, Any], told: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    Study.from_config({**CONFIG, **sections}, features=archivolt.vector(8), outputs=2)

    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == (told is not None)
    for message in messages:
        assert told is not None
        assert told in message


def test_several_trials_may_be_asked_for_at_once() -> None:
    asked = study()

    trials = [asked.ask() for _ in range(20)]

    assert len({trial.candidate for trial in trials}) == 20
    assert [trial.number for trial in asked.history.active] == list(range(20))


def test_a_study_in_a_folder_goes_on_where_it_was(tmp_path: Path) -> None:
    first = study(run=tmp_path / "own")
    for _ in range(3):
        first.tell(first.ask(), {"accuracy": 0.5})
    waiting = first.ask()
    del first

    gc.collect()
    second = study(run=tmp_path / "own")

    assert [trial.state for trial in second.history] == ["finished"] * 3 + ["pending"]
    assert second.ask() == waiting
    assert second.ask().number == 4


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path: Path) -> None:
    first = study(run=tmp_path / "own")
    trial = first.ask()
    first.report(trial, np.int64(1), {"accuracy": np.float32(0.25)})
    told = {"accuracy": np.float32(0.5), "loss": np.float32(0.3)}
    first.tell(trial, told, epochs=np.int64(3), parameters=np.int64(5), seconds=np.float32(2.0))
    first.fail(first.ask(), "error", "no reason", seconds=np.float32(1.0))
    del first
    gc.collect()

    again = study(run=tmp_path / "own").history[0]

    assert (again.epochs, again.parameters, again.seconds) == (3, 5, 2.0)
    assert again.curve == ((1, 0.25), (3, 0.5))


def test_a_call_that_failed_gives_its_folder_back(tmp_path: Path) -> None:
    study(run=tmp_path / "own")
    gc.collect()

    with pytest.raises(RunError) as failure:
        study(run=tmp_path / "own", metric="units")

    # The frames of the call live on in the failure, with all that they hold.
    assert failure.tb is not None
    study(run=tmp_path / "own")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_fails_the_trial(value: float) -> None:
    asked = study()

    trial = asked.tell(asked.ask(), {"accuracy": value})

    assert trial.state == "failed"
    assert trial.cause == "not_finite"
    assert asked.best is None


def test_a_metric_that_is_not_told_is_named() -> None:
    asked = study()

    with pytest.raises(SearchError, match="the metric 'accuracy' is not among those told: acc"):
        asked.tell(asked.ask(), {"acc": 0.5})


def test_a_trial_cannot_be_told_twice() -> None:
    asked = study()
    trial = asked.ask()
    asked.tell(trial, {"accuracy": 0.5})

    with pytest.raises(SearchError, match="trial 0 has ended already, as finished"):
        asked.tell(trial, {"accuracy": 0.6})


def test_suggestions_come_first() -> None:
    drawn = study().ask().candidate
    plain = study()
    asked = Study(plain.space, plain.searcher, suggestions=[drawn])

    trial = asked.ask()

    assert trial.candidate == drawn
    assert trial.memo == {"suggested": True}


def test_a_loop_of_ones_own_obeys_a_scheduler() -> None:
    config = {**CONFIG, "scheduler": {"name": "toy_halving", "pool": 4}}
    asked = Study.from_config(config, features=archivolt.vector(8), outputs=2, metric="units")

    told: list[tuple[int, int]] = []
    for _ in range(6):
        trial = asked.ask()
        for epoch in range(trial.epochs + 1, trial.goal + 1):
            assert asked.report(trial, epoch, {"units": units(trial) + epoch})
        told.append((trial.number, trial.goal))
        asked.tell(trial, {"units": units(trial)})

    (promoted,) = [number for number, goal in told if goal == 3]
    assert [goal for _, goal in told] == [1, 1, 1, 1, 3, 1]
    trial = asked.history[promoted]
    assert trial.curve == tuple((epoch, units(trial) + epoch) for epoch in (1, 2, 3))


def test_a_schedule_that_was_made_shorter_is_recorded(tmp_path: Path) -> None:
    first = study(run=tmp_path / "own")
    trial = first.tell(first.ask(), {"accuracy": 0.5}, epochs=2, schedule_epochs=2)
    assert (trial.schedule, trial.goal, trial.fidelity) == (2, 2, 1.0)
    del first

    gc.collect()
    (again,) = study(run=tmp_path / "own").history
    assert (again.schedule_epochs, again.recipe.epochs) == (2, 2)


def test_a_trial_that_reported_nothing_has_its_score_at_its_last_epoch(tmp_path: Path) -> None:
    first = study(run=tmp_path / "own")
    first.tell(first.ask(), {"accuracy": 0.5})
    first.tell(first.ask(), {"accuracy": 0.6}, epochs=3)
    curves = [trial.curve for trial in first.history]
    assert curves == [((10, 0.5),), ((3, 0.6),)]
    del first

    gc.collect()
    assert [trial.curve for trial in study(run=tmp_path / "own").history] == curves
