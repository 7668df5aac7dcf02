"""What a display counts, in a search that was resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archivolt.cli.json_lines import as_data
from archivolt.cli.standing import Standing
from archivolt.search.api import reopen, start
from archivolt.search.events import SearchStarted, TrialFinished

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
