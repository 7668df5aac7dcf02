"""Runs below a run: on the same rows, whole or not there, and movable."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archivolt
from archivolt.cli.app import app
from archivolt.errors import ConfigError, RunError
from archivolt.search.api import reopen, start
from archivolt.search.run import Run

Write = Callable[..., Path]

CHANGES = {"budget": {"trials": 3}, "space.depth": [1, 1]}
ABOUT = {"what": "shallow networks", "reason": "a test"}


@pytest.fixture
def run(toy_config: Write, tmp_path: Path) -> Run:
    begun = start(toy_config(), run=tmp_path / "run")
    list(begun.events(trials=4))
    return begun


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*")}


def test_a_branch_searches_the_same_rows_with_what_was_changed(run: Run) -> None:
    branch = run.branch("shallow", CHANGES, ABOUT)
    list(branch.events())

    assert branch.path == run.path / "shallow"
    assert branch.problem.digest == run.problem.digest
    assert branch.problem.rows == run.problem.rows
    rows = json.loads((run.path / "problem" / "rows.json").read_text())
    assert json.loads((branch.path / "problem" / "rows.json").read_text()) == rows
    assert len(branch.history) == 3
    assert all(len(trial.candidate.architecture) == 1 for trial in branch.history)
    assert len(run.history) == 4
    assert branch.config.searcher == run.config.searcher


def test_the_prepared_rows_lie_on_the_disk_once(run: Run) -> None:
    branch = run.branch("shallow", CHANGES, ABOUT)

    assert files(branch.path / "problem") == files(run.path / "problem")


def test_a_run_knows_what_lies_below_it(run: Run) -> None:
    assert run.branches() == ()
    branch = run.branch("shallow", CHANGES, ABOUT)
    (before,) = run.branches()
    list(branch.events())
    (after,) = run.branches()

    assert (before.name, before.about, before.single) == ("shallow", ABOUT, None)
    assert after.single == branch.about_single
    assert after.single is not None
    assert after.single.report == {"accuracy": 0.5}


def test_the_leaderboard_tells_of_it(run: Run) -> None:
    branch = run.branch("shallow", CHANGES, ABOUT)
    asked = ["leaderboard", str(run.path)]
    before = CliRunner().invoke(app, asked).stdout.splitlines()[-1]
    list(branch.events())
    after = CliRunner().invoke(app, asked).stdout.splitlines()[-1]

    assert before == "shallow/: shallow networks; its search has not ended"
    parameters = branch.leaderboard()[0]["parameters"]
    assert after == (
        f"shallow/: shallow networks, {parameters:,} parameters: accuracy 0.5000 on 20 rows that "
        "took part in no choice"
    )
    json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)


def test_it_is_resumed_as_any_run(run: Run) -> None:
    list(run.branch("shallow", CHANGES, ABOUT).events())

    again, notes = reopen(run.path / "shallow")
    again.resume(trials=2)

    assert notes == ()
    assert len(again.history) == 5


def test_what_else_belongs_to_it_is_there_at_once_or_it_is_not_there(run: Run) -> None:
    def fail(folder: Path) -> None:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        run.branch("shallow", CHANGES, ABOUT, fail)
    assert not [path for path in run.path.iterdir() if "shallow" in path.name]

    def write(folder: Path) -> None:
        assert not (run.path / "shallow").exists()
        (folder / "more").mkdir()

    assert (run.branch("shallow", CHANGES, ABOUT, write).path / "more").is_dir()


def test_what_a_killed_one_left_half_is_in_nobodys_way(run: Run) -> None:
    (run.path / ".shallow.new" / "trials").mkdir(parents=True)

    assert run.branches() == ()
    run.branch("shallow", CHANGES, ABOUT)
    assert not (run.path / ".shallow.new").exists()


def test_a_second_one_of_the_name_takes_its_place_if_asked(run: Run) -> None:
    list(run.branch("shallow", CHANGES, ABOUT).events())

    with pytest.raises(RunError, match=r"shallow: holds a run already\. .*archivolt resume"):
        run.branch("shallow", CHANGES, ABOUT)
    assert len(archivolt.open(run.path / "shallow").history) == 3

    assert len(run.branch("shallow", CHANGES, ABOUT, replace=True).history) == 0


def test_one_that_is_searched_is_not_replaced(run: Run) -> None:
    branch = run.branch("shallow", CHANGES, ABOUT)
    events = branch.events()
    next(events)

    with pytest.raises(RunError, match="in use by another process"):
        run.branch("shallow", CHANGES, ABOUT, replace=True)
    events.close()


@pytest.mark.parametrize("name", ["best", "trials"])
def test_folders_of_the_run_itself_are_no_branches(run: Run, name: str) -> None:
    with pytest.raises(RunError, match="is there already, and is no run"):
        run.branch(name, CHANGES, ABOUT, replace=True)


def test_changes_that_make_no_configuration_are_told_and_leave_nothing(run: Run) -> None:
    with pytest.raises(ConfigError, match="no key 'deep'"):
        run.branch("shallow", {"space.deep": 1}, ABOUT)

    assert not (run.path / "shallow").exists()


def test_it_may_be_moved_with_its_run_and_what_it_refers_to_moves_too(
    run: Run, tmp_path: Path
) -> None:
    def write(folder: Path) -> None:
        shutil.copy(Path(__file__).parents[1] / "toy.py", folder / "toy.py")

    changes: dict[str, Any] = {**CHANGES, "plugins": [str(run.path / "shallow" / "toy.py")]}
    run.branch("shallow", changes, ABOUT, write).close()
    run.close()
    os.rename(run.path, tmp_path / "moved")

    moved, notes = reopen(tmp_path / "moved" / "shallow")

    assert moved.config.plugins == (tmp_path / "moved" / "shallow" / "toy.py",)
    assert notes == ()
    list(moved.events())
    assert len(moved.history) == 3
