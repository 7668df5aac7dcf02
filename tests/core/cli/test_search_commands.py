"""`archivolt search`, of which nothing says when it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.search.api import search

Write = Callable[..., Path]

# So small that the search ends long before the minutes are over.
SMALL = {
    "space": {"blocks": [{"name": "toy_dense", "units": [1, 2]}], "depth": [1, 1]},
    "mutators": {},
}


def test_a_search_without_a_budget_has_some_minutes_and_says_so(
    toy_config: Write, tmp_path: Path
) -> None:
    config = toy_config(budget={}, **SMALL)

    done = CliRunner().invoke(app, ["search", str(config), "--run", str(tmp_path / "run")])

    assert done.exit_code == 0, done.output
    assert "nothing says when to stop, so it is after 10 minutes; see --minutes." in done.stderr
    assert "budget: 10 minutes" in done.stdout


def test_a_budget_is_kept_as_it_is_given(toy_config: Write, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["search", str(toy_config()), "--run", str(tmp_path / "run"), "--trials", "2"]
    )

    assert done.exit_code == 0, done.output
    assert "nothing says when to stop" not in done.stderr
    assert "done: 2 trials are done" in done.stdout


def test_a_search_from_python_without_a_budget_has_them_too(
    toy_config: Write, tmp_path: Path
) -> None:
    run = search(toy_config(budget={}, **SMALL), run=tmp_path / "run")
    assert len(run.leaderboard()) == 2
