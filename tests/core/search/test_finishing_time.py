"""How long the finalists will take."""

from __future__ import annotations

import pytest
from attrs import evolve

from archivolt.config.sections import Budget
from archivolt.search.api import start
from archivolt.search.budget import DELIVERY_MOST, Clock
from archivolt.search.ensembling import Ensembling
from archivolt.search.finishing_time import BEGIN, MARGIN, FinishingTime, span


def test_jobs_side_by_side_take_as_long_as_the_busiest_worker():
    assert span([3, 3, 2, 2, 2], workers=2) == 7
    assert span([5, 1, 1], workers=8) == 5
    assert span([1, 2, 3], workers=1) == 6
    assert span([], workers=4) == 0


@pytest.fixture
def finished(toy_config, tmp_path):
    """A finished run whose trials took two seconds each, with its ensembling."""
    run = start(
        toy_config(evaluator="toy_again", ensembler={"name": "toy_mean", "members": 3}),
        run=tmp_path / "run",
    )
    list(run.events())
    history = run.history
    for trial in tuple(history):
        history.record(evolve(trial, seconds=2.0))
    ensembling = Ensembling(run.config, run._folder, run.problem, run._database, run._codec)
    return run, history, ensembling


def timing(run, ensembling, training, workers=1):
    config = evolve(run.config, finalists=evolve(run.config.finalists, training=training))
    return FinishingTime(config, run.problem, ensembling, workers)


def test_fresh_finalists_take_what_their_whole_schedules_take(finished):
    run, history, ensembling = finished
    schedule = history[0].schedule

    found = timing(run, ensembling, "fresh").estimate(history)

    assert found == pytest.approx(BEGIN + MARGIN * 3 * 2.0 * schedule / 3)


def test_on_all_rows_an_epoch_takes_as_much_longer_as_there_are_more_rows(finished):
    run, history, ensembling = finished
    rows = run.problem.rows
    more = 1 + rows["validation"] / rows["train"]

    found = timing(run, ensembling, "all_rows", workers=3).estimate(history)

    assert found == pytest.approx(BEGIN + MARGIN * 2.0 * more)


def test_nothing_is_kept_where_no_finalist_is_trained(finished):
    run, history, ensembling = finished

    assert timing(run, ensembling, "none").estimate(history) == 0.0


def test_a_search_by_minutes_ends_earlier_by_what_is_kept_but_by_half_at_most():
    budget = Budget(minutes=10)
    whole = Clock(budget, spent=0.0, began=0.0).deadline()

    assert Clock(budget, 0.0, 0.0, kept=100).deadline() == whole - 100 - DELIVERY_MOST
    assert Clock(budget, 0.0, 0.0, kept=1e6).deadline() == whole - 300 - DELIVERY_MOST
