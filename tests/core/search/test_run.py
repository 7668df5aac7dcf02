"""A run on disk: resumed, opened, refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archivolt
from archivolt.config.setting import Setting
from archivolt.errors import ConfigError, RunError, SearchError
from archivolt.search.api import reopen, start
from archivolt.search.events import SearchFinished, SearchStarted, TrialFinished
from archivolt.search.run import Run

Write = Callable[..., Path]


def searched(config: Path, run: Path, **settings: Any) -> tuple[Run, SearchFinished]:
    begun = start(
        config, overrides=[Setting(key, value) for key, value in settings.items()], run=run
    )
    *_, last = begun.events()
    assert isinstance(last, SearchFinished)
    return begun, last


def test_a_search_ends_with_the_best_delivered_and_judged(
    toy_config: Write, tmp_path: Path
) -> None:
    run, last = searched(toy_config(), tmp_path / "run")

    top = run.leaderboard()[0]
    delivered = json.loads((run.path / "best" / "model.json").read_text())
    assert last.best is not None
    assert last.best.number == top["number"] == delivered["number"]
    assert top["score"] == max(row["score"] for row in run.leaderboard())
    assert run.report == {"accuracy": 0.5}
    assert (run.path / "leaderboard.csv").read_text().count("\n") == 11


def test_the_same_seed_gives_the_same_trials(toy_config: Write, tmp_path: Path) -> None:
    boards = []
    for name in ("a", "b"):
        run, _ = searched(toy_config(), tmp_path / name)
        boards.append([(row["fingerprint"], row["score"]) for row in run.leaderboard()])
    other, _ = searched(toy_config(), tmp_path / "c", seed=1)

    assert boards[0] == boards[1]
    assert [row["fingerprint"] for row in other.leaderboard()] != [each for each, _ in boards[0]]


def test_a_resumed_search_proposes_what_an_uninterrupted_one_would(
    toy_config: Write, tmp_path: Path
) -> None:
    whole, _ = searched(toy_config(), tmp_path / "whole")
    config = toy_config()
    part, _ = searched(config, tmp_path / "part", **{"budget.trials": 4})

    again, _ = reopen(tmp_path / "part")
    events = list(again.events(trials=6))

    started = next(each for each in events if isinstance(each, SearchStarted))
    assert started.trials == 4
    assert sum(isinstance(each, TrialFinished) for each in events) == 6
    assert [trial.candidate for trial in again.history] == [
        trial.candidate for trial in whole.history
    ]


def test_a_search_that_is_abandoned_in_a_trial_tries_it_again(
    toy_config: Write, tmp_path: Path
) -> None:
    run = start(toy_config(), run=tmp_path / "run")
    events = run.events()
    for event in events:
        if isinstance(event, TrialFinished) and event.trial.number == 2:
            break
    events.close()
    run.close()

    again, _ = reopen(tmp_path / "run")
    *_, last = again.events()

    assert isinstance(last, SearchFinished)
    assert [trial.state for trial in again.history] == ["finished"] * 10


@pytest.mark.parametrize(
    ("budget", "ended"),
    [
        ({"trials": 3}, "3 trials are done"),
        ({"trials": 1}, "1 trial is done"),
        ({"epochs": 7}, "7 epochs are trained"),
        ({"trials": 50, "target": 0.5}, "the target 0.5 is reached"),
        ({"trials": 50, "plateau": 4}, "4 trials brought nothing better"),
        ({"minutes": 0.01}, "0.01 minutes are over"),
    ],
)
def test_each_budget_ends_a_search(
    budget: dict[str, Any], ended: str, toy_config: Write, tmp_path: Path
) -> None:
    evaluator = {"name": "toy", "seconds": 0.02} if "minutes" in budget else "toy"
    run, last = searched(toy_config(budget=budget, evaluator=evaluator), tmp_path / "run")

    assert last.reason == ended
    assert last.best is not None
    if "trials" in budget and "target" not in budget and "plateau" not in budget:
        assert last.trials == budget["trials"]


def test_a_search_without_a_budget_is_refused(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(budget={}), run=tmp_path / "run")

    with pytest.raises(SearchError, match="when to stop"):
        list(run.events())


def test_an_exhausted_space_ends_the_search(toy_config: Write, tmp_path: Path) -> None:
    space = {"blocks": [{"name": "toy_dense", "units": [1, 2]}], "depth": [1, 1]}
    run, last = searched(
        toy_config(space=space, mutators={}, budget={"trials": 50}), tmp_path / "run"
    )

    assert last.trials == 2
    assert "nothing new" in last.reason


def test_an_interrupted_search_delivers_the_best_so_far(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(budget={"trials": 1000}), run=tmp_path / "run")

    last = None
    for last in run.events():
        if isinstance(last, TrialFinished) and last.trial.number == 5:
            run.interrupt()

    assert isinstance(last, SearchFinished)
    assert last.interrupted
    assert last.trials < 10
    assert (run.path / "best" / "model.json").exists()


def test_a_replayed_trial_has_its_score(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")

    recorded, again = run.replay(3)

    assert again.score == recorded.score
    assert not list(run.path.glob(".replay-*"))


def test_a_trial_that_is_not_there_cannot_be_replayed(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")

    with pytest.raises(SearchError, match="there is no trial 99"):
        run.replay(99)


# Folders that cannot be used


def test_a_folder_that_holds_a_run_is_not_searched_into(toy_config: Write, tmp_path: Path) -> None:
    searched(toy_config(), tmp_path / "run")

    with pytest.raises(RunError, match=r"holds a run already\. .*archivolt resume"):
        start(toy_config(), run=tmp_path / "run")


def test_a_run_in_use_is_not_searched_twice(toy_config: Write, tmp_path: Path) -> None:
    first = start(toy_config(), run=tmp_path / "run")
    events = first.events()
    next(events)
    second, _ = reopen(tmp_path / "run")

    with pytest.raises(RunError, match="in use by another process"):
        next(iter(second.events()))
    events.close()


def test_a_folder_that_is_not_there_names_runs_beside_it(toy_config: Write, tmp_path: Path) -> None:
    searched(toy_config(), tmp_path / "run")

    with pytest.raises(RunError, match="does not exist. Runs beside it: run"):
        archivolt.open(tmp_path / "rum")


def test_a_run_whose_history_is_gone_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    run.close()
    (run.path / "history.sqlite").unlink()

    with pytest.raises(RunError, match="only half there: its history is gone"):
        archivolt.open(run.path)


def test_a_run_whose_prepared_data_are_gone_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    shutil.rmtree(run.path / "problem")

    with pytest.raises(RunError, match="its prepared data .problem/. are gone"):
        list(reopen(run.path)[0].events(trials=1))


def test_a_damaged_history_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    run.close()
    for each in run.path.glob("history.sqlite-*"):
        each.unlink()
    (run.path / "history.sqlite").write_bytes(b"this is no database, but long enough" * 100)

    with pytest.raises(RunError, match="is damaged"):
        archivolt.open(run.path)


def test_a_run_of_a_newer_version_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    run.close()
    connection = sqlite3.connect(run.path / "history.sqlite")
    connection.execute("UPDATE facts SET value = '99' WHERE key = 'version'")
    connection.commit()
    connection.close()

    with pytest.raises(RunError, match="newer Archivolt .format 99"):
        archivolt.open(run.path)


def test_a_resumed_search_may_change_its_budget_and_not_its_data(
    toy_config: Write, tmp_path: Path
) -> None:
    searched(toy_config(), tmp_path / "run")

    again, notes = reopen(tmp_path / "run", overrides=["budget.trials=12"])
    list(again.events())
    assert len(again.history) == 12
    assert notes == ()

    with pytest.raises(RunError, match=r"another data: data\.rows: 100 -> 200"):
        reopen(tmp_path / "run", overrides=["data.rows=200"])


def test_a_resumed_search_tells_what_else_was_changed(toy_config: Write, tmp_path: Path) -> None:
    searched(toy_config(), tmp_path / "run")

    _, notes = reopen(tmp_path / "run", overrides=["space.depth=[1, 2]"])

    assert any("space.depth" in note for note in notes)


def test_a_run_from_before_a_field_was_added_is_resumed(toy_config: Write, tmp_path: Path) -> None:
    toy = (Path(__file__).parents[1] / "toy.py").read_text()
    plugin = tmp_path / "mine.py"
    plugin.write_text(toy)
    run, _ = searched(toy_config(plugins=[str(plugin)]), tmp_path / "run")
    released = toy.replace("    leak: bool = False", "    added: int = 5\n    leak: bool = False")
    (run.path / "plugins" / "mine.py").write_text(released)

    again, notes = reopen(run.path, overrides=["searcher=toy_search"])
    list(again.events(trials=1))

    assert len(again.history) == 11
    assert [note for note in notes if "another content" not in note] == []
    with pytest.raises(RunError, match=r"another evaluator: evaluator\.added: 5 -> 6"):
        reopen(run.path, overrides=["evaluator.added=6"])


def test_an_edited_copy_of_the_configuration_is_told(toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(), tmp_path / "run")
    config = run.path / "config.yaml"
    assert reopen(run.path)[1] == ()
    config.write_text(config.read_text().replace("trials: 10", "trials: 99"))

    again, (note,) = reopen(run.path)

    assert "config.yaml was edited (budget.trials: 10 -> 99), which changes nothing" in note
    assert again.config.budget.trials == 10


def test_a_run_is_resumed_without_the_files_it_was_started_with(
    toy_config: Write, tmp_path: Path
) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text((Path(__file__).parents[1] / "toy.py").read_text())
    config = toy_config(plugins=[str(plugin)])
    searched(config, tmp_path / "run")
    plugin.unlink()
    config.unlink()

    again, notes = reopen(tmp_path / "run")
    list(again.events(trials=2))

    assert len(again.history) == 12
    assert notes == ()


def test_blocks_that_cannot_read_the_data_are_told(toy_config: Write, tmp_path: Path) -> None:
    plugin = tmp_path / "images.py"
    plugin.write_text(
        "from attrs import frozen\n"
        "from archivolt import Block, hookimpl\n"
        "@frozen\n"
        "class Pool(Block):\n"
        '    """Reads pictures."""\n'
        '    name = "toy_pool"\n'
        '    reads = writes = "image"\n'
        "@hookimpl\n"
        "def archivolt_blocks():\n"
        "    return [Pool]\n"
    )
    toy = Path(__file__).parents[1] / "toy.py"
    config = toy_config(plugins=[str(toy), str(plugin)], space={"blocks": ["toy_pool"]})
    run = start(config, run=tmp_path / "run")

    with pytest.raises(ConfigError, match="the data give vector features, and the blocks read"):
        list(run.events())
