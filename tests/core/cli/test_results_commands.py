"""Commands that read a run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.search.api import start

Write = Callable[..., Path]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_a_metric_that_is_no_number_is_null_in_json(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(), run=tmp_path / "run")
    list(run.events())
    run.close()
    connection = sqlite3.connect(run.path / "history.sqlite")
    connection.execute(
        "UPDATE trials SET metrics = ? WHERE number = 3", ('{"auc": NaN, "loss": Infinity}',)
    )
    connection.commit()
    connection.close()

    done = CliRunner().invoke(app, ["leaderboard", str(run.path), "--json"])

    rows = json.loads(done.stdout, parse_constant=refuse)
    (row,) = [row for row in rows if row["number"] == 3]
    assert row["metrics"] == {"auc": None, "loss": None}
    assert len(rows) == 10
