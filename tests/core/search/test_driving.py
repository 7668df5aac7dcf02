"""Searching to the end in one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archivolt.errors import SearchError
from archivolt.search.api import start

Write = Callable[..., Path]


def test_it_tells_how_the_search_ended(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(), run=tmp_path / "run")

    end = run.drive(trials=3)

    assert (end.trials, end.reason, end.interrupted) == (3, "3 trials are done", False)
    assert end.best is not None
    assert end.report == {"accuracy": 0.5, "rows": 20}


def test_it_draws_where_it_is_asked_to(
    toy_config: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(toy_config(), run=tmp_path / "run")

    run.drive(trials=1)
    assert capsys.readouterr().out == ""
    run.drive(trials=1, show=True)
    assert "done: 2 trials are done" in capsys.readouterr().out


def test_a_search_in_which_no_trial_has_a_score_is_told(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(evaluator={"name": "toy", "fault": "raise"}), run=tmp_path / "run")

    with pytest.raises(SearchError, match="no trial has a score"):
        run.resume(trials=2)
