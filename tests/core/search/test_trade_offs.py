"""Trade-offs of a run: the Pareto front, limits, the best within them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.config.setting import Setting
from archivolt.errors import ConfigError, RunError
from archivolt.search.api import reopen, start
from archivolt.search.events import Noted
from archivolt.search.run import Run
from archivolt.search.trade_offs import parse_limit

Write = Callable[..., Path]


def searched(config: Path, run: Path, *settings: Setting) -> tuple[Run, list[str]]:
    begun = start(config, overrides=list(settings), run=run)
    notes = [event.text for event in begun.events() if isinstance(event, Noted)]
    return begun, notes


def objectives(*given: Any) -> Setting:
    return Setting("objectives", list(given))


def costs_of(rows: list[dict[str, Any]]) -> list[tuple[float, int]]:
    return [(row["score"], row["parameters"]) for row in rows]


def test_the_front_is_told_at_the_end_and_listed_best_score_first(
    toy_config: Write, tmp_path: Path
) -> None:
    run, notes = searched(toy_config(), tmp_path / "run", objectives("parameters"))

    found, everything = costs_of(run.pareto()), costs_of(run.leaderboard())
    assert found == sorted(found, reverse=True)
    for score, parameters in found:
        assert not any(s >= score and p < parameters for s, p in everything)
        assert not any(s > score and p <= parameters for s, p in everything)
    assert any(f"{len(found)} trials are beaten by no other" in note for note in notes)


def test_without_objectives_the_front_is_of_score_and_parameters(
    toy_config: Write, tmp_path: Path
) -> None:
    run, notes = searched(toy_config(), tmp_path / "run")

    assert run.pareto() == run.pareto("parameters")
    assert not any("beaten" in note for note in notes)


def test_a_quantity_that_no_trial_tells_is_told_with_the_nearest(
    toy_config: Write, tmp_path: Path
) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")

    with pytest.raises(RunError, match="no trial tells 'paramters'.*'parameters'"):
        run.pareto("paramters")


def test_a_search_for_what_trials_do_not_tell_ends_after_the_first_and_goes_on_without(
    toy_config: Write, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="no trial tells 'lattency'"):
        searched(toy_config(), tmp_path / "run", objectives("lattency"))

    again, notes = reopen(tmp_path / "run", overrides=[objectives("parameters")])
    again.drive()

    assert any("objectives" in note for note in notes)
    assert len(again.leaderboard()) == 10


def test_what_breaks_a_limit_is_shown_last_and_not_delivered(
    toy_config: Write, tmp_path: Path
) -> None:
    free, _ = searched(toy_config(), tmp_path / "free")
    middle = sorted(row["parameters"] for row in free.leaderboard())[4]

    limit = {"name": "parameters", "limit": middle}
    run, _ = searched(toy_config(), tmp_path / "run", objectives(limit))

    rows = run.leaderboard()
    inside = [row["parameters"] <= middle for row in rows]
    assert 0 < sum(inside) < len(inside)
    assert inside == sorted(inside, reverse=True) == [row["within_limits"] for row in rows]
    (delivered,) = [row for row in rows if row["selected"]]
    assert delivered["parameters"] <= middle


def test_a_limit_that_nothing_keeps_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, notes = searched(
        toy_config(), tmp_path / "run", objectives({"name": "parameters", "limit": 1})
    )

    smallest = min(run.leaderboard(), key=lambda row: row["parameters"])
    assert f"no trial keeps parameters <= 1; trial {smallest['number']} is the nearest" in notes


def test_the_best_within_a_limit_is_delivered_beside(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    rows = run.leaderboard()
    limit = sorted(row["parameters"] for row in rows)[2]

    model = run.best_within(parameters=limit)

    best = next(row for row in rows if row["parameters"] <= limit)
    told = json.loads((model.folder / "model.json").read_text())
    assert told["number"] == best["number"]
    assert model.folder.parent == run.path / "within_limits"
    with pytest.raises(RunError, match=r"no trial keeps parameters <= 2.*nearest is trial"):
        run.best_within(parameters=2)


def test_the_leaderboard_shows_what_keeps_a_limit(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    rows = run.leaderboard()
    limit = sorted(row["parameters"] for row in rows)[2]
    line = ["leaderboard", str(run.path), "--json", "--limit", f"parameters={limit}"]

    found = json.loads(CliRunner().invoke(app, line).stdout)

    assert [row["number"] for row in found] == [
        row["number"] for row in rows if row["parameters"] <= limit
    ]
    front = json.loads(CliRunner().invoke(app, [*line[:3], "--pareto"]).stdout)
    assert front == json.loads(json.dumps(run.pareto()))


@pytest.mark.parametrize("text", ["parameters", "parameters=many"])
def test_a_limit_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"NAME=NUMBER, such as parameters=50000, got"):
        parse_limit(text)


def test_an_objective_named_twice_is_refused(toy_config: Write, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="objectives: must name each once, not flops"):
        searched(toy_config(), tmp_path / "run", objectives("flops", {"name": "flops"}))
