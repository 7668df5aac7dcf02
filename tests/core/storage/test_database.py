"""The file of a history: oddly named, read-only, damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import archivolt
from archivolt.errors import RunError
from archivolt.search.api import reopen, start
from archivolt.search.events import TrialFinished
from archivolt.storage import database
from archivolt.storage.schema import VERSION

Write = Callable[..., Path]


@pytest.fixture
def run(toy_config: Write, tmp_path: Path) -> Path:
    begun = start(toy_config(), run=tmp_path / "run")
    list(begun.events())
    begun.close()
    return begun.path


@pytest.mark.parametrize("name", ["what?", "50%20more", "a#b", "Größe 1"])
def test_a_run_lies_in_its_folder_whatever_that_is_called(
    name: str, toy_config: Write, tmp_path: Path
) -> None:
    begun = start(toy_config(), run=tmp_path / name)
    list(begun.events())

    assert (tmp_path / name / "history.sqlite").is_file()
    assert {each.name for each in tmp_path.iterdir()} == {name, "search.yaml"}
    assert len(archivolt.open(tmp_path / name).leaderboard()) == 10


def test_a_run_that_may_not_be_written_is_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(run.iterdir())
    monkeypatch.setattr(database, "is_writable", lambda _: False)

    assert len(archivolt.open(run).leaderboard()) == 10
    assert sorted(run.iterdir()) == before
    with pytest.raises(RunError, match="readonly database"):
        list(reopen(run)[0].events(trials=1))


def test_a_search_at_work_is_read_by_who_may_not_write(
    toy_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = start(toy_config(), run=tmp_path / "run")
    events = begun.events()
    while not isinstance(event := next(events), TrialFinished) or event.trial.number < 2:
        pass
    monkeypatch.setattr(database, "is_writable", lambda _: False)

    assert len(archivolt.open(tmp_path / "run").leaderboard()) == 3
    events.close()


@pytest.mark.parametrize("value", ['{"half": ', b"\xff\xfe"])
def test_text_that_cannot_be_read_is_told_as_damage(value: object, run: Path) -> None:
    connection = sqlite3.connect(run / "history.sqlite")
    connection.execute("UPDATE trials SET metrics = CAST(? AS TEXT) WHERE number = 3", (value,))
    connection.commit()
    connection.close()

    with pytest.raises(RunError, match=r"history\.sqlite is damaged: .* Restore it from a backup"):
        archivolt.open(run).leaderboard()


def as_format_1(run: Path) -> None:
    """Make of a run what a version before ensembles and `schedule_epochs` would have left."""
    with sqlite3.connect(run / "history.sqlite") as connection:
        connection.execute("ALTER TABLE trials DROP COLUMN schedule_epochs")
        connection.execute("DROP TABLE ensembles")
        connection.execute("UPDATE facts SET value = '1' WHERE key = 'version'")
    connection.close()


def test_a_run_of_an_earlier_format_is_read_and_goes_on(run: Path) -> None:
    before = archivolt.open(run).leaderboard()
    as_format_1(run)

    again, _ = reopen(run)
    list(again.events(trials=2))
    again.close()

    after = {row["number"]: row for row in again.leaderboard()}
    assert [after[row["number"]]["score"] for row in before] == [row["score"] for row in before]
    assert len(after) == 12
    connection = sqlite3.connect(run / "history.sqlite")
    assert connection.execute("SELECT value FROM facts WHERE key = 'version'").fetchone() == (
        VERSION,
    )
    connection.close()


def test_a_run_of_an_earlier_format_that_may_not_be_written_is_read(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = archivolt.open(run).leaderboard()
    as_format_1(run)
    monkeypatch.setattr(database, "is_writable", lambda _: False)

    assert archivolt.open(run).leaderboard() == before
    assert len(archivolt.open(run).history) == 10


def test_a_run_of_an_earlier_format_that_may_not_be_written_judges_and_predicts(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_format_1(run)
    (run / "new.txt").write_text("1\n2\n3\n")
    monkeypatch.setattr(database, "is_writable", lambda _: False)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}

    opened = archivolt.open(run)

    assert opened.ensembles() == []
    assert opened.best.folder == run / "best"
    assert opened.best.evaluate(run / "new.txt").metrics == {"accuracy": 1.0}
    assert list(opened.best.predict(run / "new.txt")) == ["no"] * 3
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_score_that_is_no_number_is_no_part_of_a_curve(run: Path) -> None:
    with sqlite3.connect(run / "history.sqlite") as connection:
        connection.execute(
            "UPDATE epochs SET metrics = ? WHERE trial = 3 AND epoch = 2", ('{"accuracy": NaN}',)
        )
    connection.close()

    assert [epoch for epoch, _ in archivolt.open(run).history[3].curve] == [1, 3]
