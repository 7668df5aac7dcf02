"""Searching from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import archivolt
from archivolt.errors import RunError, SearchError
from archivolt.search.study import Study

Write = Callable[..., Path]


def test_an_interrupt_ends_the_trial_in_this_process_after_its_epoch(
    toy_config: Write, tmp_path: Path
) -> None:
    evaluator = {"name": "toy", "fault": "interrupt", "epochs": 5}

    run = archivolt.search(toy_config(evaluator=evaluator), run=tmp_path / "run")

    (trial,) = run.history
    assert (trial.state, trial.epochs, trial.cause) == ("stopped", 1, "search_ended")
    assert (run.path / "best" / "model.json").exists()


def test_an_error_at_the_end_names_the_run(toy_config: Write, tmp_path: Path) -> None:
    config = toy_config(evaluator={"name": "toy", "fault": "raise"}, budget={"trials": 20})

    with pytest.raises(SearchError, match=r"8 trials in a row failed .* The run is in .*run"):
        archivolt.search(config, run=tmp_path / "run")


def test_a_folder_of_another_kind_is_told(toy_config: Write, tmp_path: Path) -> None:
    config = toy_config()
    archivolt.search(config, run=tmp_path / "run")
    features = archivolt.vector(8)
    Study.from_config(config, features=features, outputs=2, run=tmp_path / "study")

    with pytest.raises(RunError, match="holds a study of your own training loop"):
        archivolt.open(tmp_path / "study")
    with pytest.raises(RunError, match="holds a run of `archivolt search`, not a study"):
        Study.from_config(config, features=features, outputs=2, run=tmp_path / "run")


def test_a_study_is_judged_by_one_metric(toy_config: Write, tmp_path: Path) -> None:
    features, folder = archivolt.vector(8), tmp_path / "study"
    Study.from_config(toy_config(), features=features, outputs=2, run=folder)

    with pytest.raises(RunError, match="holds a study with metric='accuracy' and maximize=True"):
        Study.from_config(
            toy_config(), features=features, outputs=2, run=folder, metric="rmse", maximize=False
        )


def test_a_study_holds_its_folder_while_it_lives(toy_config: Write, tmp_path: Path) -> None:
    features, folder = archivolt.vector(8), tmp_path / "study"
    first = Study.from_config(toy_config(), features=features, outputs=2, run=folder)

    with pytest.raises(RunError, match="in use"):
        Study.from_config(toy_config(), features=features, outputs=2, run=folder)
    assert first.ask().number == 0
