"""A best trial that cannot be delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from archivolt.errors import SearchError
from archivolt.search.api import start
from archivolt.search.delivery import Delivery
from archivolt.search.events import Noted, SearchFinished
from archivolt.storage.run_folder import RunFolder

Write = Callable[..., Path]


def test_a_search_goes_on_where_its_best_cannot_be_delivered(
    toy_config: Write, tmp_path: Path
) -> None:
    evaluator = {"name": "toy", "fault": "deliver"}
    run = start(toy_config(evaluator=evaluator), run=tmp_path / "run")

    events = list(run.events())

    notes = [each.text for each in events if isinstance(each, Noted) and "deliver" in each.text]
    last = events[-1]
    assert len(notes) == 1
    assert notes[0].startswith(
        "trial 0 is the best so far, and cannot be delivered: the evaluator 'toy' failed: "
        "ValueError: the toy cannot be packed"
    )
    assert isinstance(last, SearchFinished)
    assert last.trials == 10
    assert last.error is not None
    assert "was selected, and cannot be delivered" in last.error
    assert (run.path / "leaderboard.csv").exists()


def test_the_model_before_stays_where_a_better_one_cannot_be_delivered(
    toy_config: Write, tmp_path: Path
) -> None:
    run = start(toy_config(), run=tmp_path / "run")
    list(run.events())
    packs_uneven_ones = evolve(run.config.evaluator, fault="deliver", every=2)
    folder = RunFolder(run.path)
    delivery = Delivery(packs_uneven_ones, folder, run.problem, run.config.problem.selection)

    delivery.finish(run.history[1])
    with pytest.raises(SearchError, match="the toy cannot be packed"):
        delivery.finish(run.history[4])

    assert json.loads((folder.best / "model.json").read_text())["number"] == 1
