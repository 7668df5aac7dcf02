"""What a display counts, in a search that was resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archivolt.cli.json_lines import as_data
from archivolt.cli.standing import Standing
from archivolt.search.api import reopen, start
from archivolt.search.events import SearchStarted, TrialFinished, TrialStarted
from archivolt.values.candidate import Candidate
from archivolt.values.objectives import Objective
from archivolt.values.trial import Trial

Write = Callable[..., Path]


def resumed(toy_config: Write, folder: Path, **added: Any) -> tuple[list[Any], Any]:
    first = start(toy_config(), run=folder)
    events = first.events()
    for event in events:
        if isinstance(event, TrialFinished) and event.trial.number == 7:
            break
    events.close()  # with trial 8 in flight, or about to be
    first.close()
    again, _ = reopen(folder)
    best = again.history.best(1)[0]
    return list(again.events(**added)), best


def test_earlier_trials_count_and_the_best_of_them_is_shown(
    toy_config: Write, tmp_path: Path
) -> None:
    events, best = resumed(toy_config, tmp_path / "run", trials=2)
    standing = Standing(began=0.0)
    shown = []
    for event in events:
        standing.take(event, now=1.0)
        if isinstance(event, SearchStarted):
            shown.append((standing.before, standing.best))

    assert shown == [(8, best)]
    assert standing.before + standing.done == 10
    assert standing.share(1.0) == 1.0


def test_the_time_that_is_left_counts_what_earlier_sessions_took(
    toy_config: Write, tmp_path: Path
) -> None:
    events, best = resumed(toy_config, tmp_path / "run", minutes=0.002)
    started = next(event for event in events if isinstance(event, SearchStarted))
    standing = Standing(began=0.0)
    standing.take(started, now=0.0)

    assert started.spent > 0
    left = standing.seconds_left(0.0)
    assert left is not None
    assert abs(left - 0.12) < 1e-6
    data = json.loads(json.dumps(as_data(started, 0.0)))
    assert data["spent"] == started.spent
    assert data["best"]["number"] == best.number


def trial(number: int, score: float | None, parameters: int = 10) -> Trial:
    candidate = Candidate(())
    return Trial(number, candidate, seed=0, score=score, parameters=parameters)


def test_a_trial_that_goes_on_is_counted_once() -> None:
    standing = Standing(began=0.0, budget={"trials": 4})
    for event in (
        TrialStarted(trial(0, None)),
        TrialFinished(trial(0, 0.5), best=True),
        TrialStarted(trial(0, 0.5)),  # promoted
        TrialFinished(trial(0, 0.6), best=True),
        TrialStarted(trial(1, 0.4)),  # cut short by an earlier session
        TrialFinished(trial(1, 0.4), best=False),
    ):
        standing.take(event, now=1.0)

    assert standing.done == 1
    assert standing.share(1.0) == 0.25
    assert not standing.running


def test_what_keeps_the_limits_stands_above_what_does_not() -> None:
    standing = Standing(began=0.0, objectives=(Objective("parameters", limit=100),))
    standing.take(TrialFinished(trial(0, 0.9, parameters=1000), best=True), now=1.0)
    standing.take(TrialFinished(trial(1, 0.5, parameters=50), best=True), now=1.0)

    assert [each.number for each in standing.board] == [1, 0]
