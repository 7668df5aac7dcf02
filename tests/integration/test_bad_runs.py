"""Run folders that cannot be used, and disks that are full: told, and mended by `resume`."""

from __future__ import annotations

import errno
import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import event
from sqlalchemy.engine import Engine

import archivolt as library

Refused = Callable[..., str]


@pytest.fixture
def config(tmp_path: Path, toy_document: Callable[..., dict[str, Any]]) -> Path:
    """A search whose trials take no time: the run folder is what is tested."""
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(toy_document(budget={"trials": 4})))
    return path


@pytest.fixture
def run(config: Path, tmp_path: Path, archivolt: Callable[..., Any]) -> Path:
    run = tmp_path / "run"
    assert archivolt("search", config, "--run", run).status == 0
    gc.collect()  # closes the history, as the end of the command does
    assert not (run / "history.sqlite-wal").exists()
    return run


def change(run: Path, statement: str) -> None:
    with sqlite3.connect(run / "history.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def test_a_run_that_is_not_there_is_told_with_those_beside_it(refused: Refused, run: Path) -> None:
    for command in ("leaderboard", "resume"):
        said = refused(command, run.with_name("rum"))
        assert said == f"{run.with_name('rum')}: does not exist. Runs beside it: run."


def test_a_run_is_in_use_by_another_process_until_that_dies(
    refused: Refused, archivolt: Callable[..., Any], config: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    longer = ["--set", "evaluator.seconds=0.05", "--set", "budget.trials=100000"]
    line = ["search", str(config), "--run", str(run), "--json", *longer]
    other = subprocess.Popen(
        [sys.executable, "-m", "archivolt", *line], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert any('"trial_started"' in line for line in other.stdout)

        assert refused("resume", run, "--trials", 1) == (
            f"{run}: is in use by another process. Wait for it, stop it, or choose another --run."
        )
        assert "holds a run already" in refused("search", config, "--run", run)
        assert archivolt("leaderboard", run).status == 0  # reading disturbs nobody
    finally:
        other.kill()
        other.wait(10)
    assert archivolt("resume", run, "--trials", 1).status == 0


def test_a_run_from_a_newer_version_is_told(refused: Refused, run: Path) -> None:
    change(run, "UPDATE facts SET value = '99' WHERE key = 'version'")
    for command in ("leaderboard", "resume"):
        said = refused(command, run)
        assert said.startswith(f"{run}: the run was written by a newer Archivolt (format 99;")
        assert "Upgrade" in said


def test_a_run_whose_history_is_gone_is_told(refused: Refused, run: Path) -> None:
    for path in run.glob("history.sqlite*"):
        path.unlink()
    assert "is only half there: its history is gone" in refused("resume", run)


def test_a_run_that_was_stopped_while_it_was_made_is_told(refused: Refused, run: Path) -> None:
    change(run, "DELETE FROM facts WHERE key = 'config'")
    assert "is only half there" in refused("resume", run)


def test_a_run_that_was_stopped_before_its_data_were_read_can_go_on(
    refused: Refused, archivolt: Callable[..., Any], run: Path
) -> None:
    for statement in ("DELETE FROM trials", "DELETE FROM facts WHERE key = 'problem'"):
        change(run, statement)
    shutil.rmtree(run / "problem")
    said = refused("leaderboard", run)
    assert said.endswith("before its data were prepared. Continue it with `archivolt resume`.")
    assert archivolt("resume", run).status == 0
    assert len(library.open(run).history) == 4


def test_a_run_whose_prepared_data_are_gone_is_told(refused: Refused, run: Path) -> None:
    shutil.rmtree(run / "problem")
    said = refused("resume", run, "--trials", 1)
    assert said.startswith(f"{run}: ")
    assert "prepared data" in said


def test_a_run_without_its_model_is_told_and_delivers_it_again(
    refused: Refused, archivolt: Callable[..., Any], run: Path
) -> None:
    shutil.rmtree(run / "best")
    assert "holds no model" in refused("predict", run, "new.csv")
    assert archivolt("resume", run, "--trials", 1).status == 0
    assert (run / "best" / "model.json").exists()


@pytest.mark.parametrize("damage", ["head", "middle", "truncated", "text"])
def test_a_damaged_history_is_told(refused: Refused, run: Path, damage: str) -> None:
    path = run / "history.sqlite"
    content = bytearray(path.read_bytes())
    if damage == "head":
        content[:16] = bytes(16)
    elif damage == "middle":
        content[4096:] = b"\xa5" * (len(content) - 4096)
    elif damage == "truncated":
        content = content[: len(content) // 2 + 100]
    else:
        content = bytearray(b"this is no database, whatever its name says\n" * 100)
    path.write_bytes(content)
    for command in ("leaderboard", "resume"):
        said = refused(command, run)
        assert said.startswith(f"{run}: the history history.sqlite is damaged: ")
        assert "backup" in said


def test_resume_refuses_what_the_scores_depend_on(refused: Refused, run: Path) -> None:
    said = refused("resume", run, "--trials", 1, "--set", "seed=5")
    assert said.startswith(f"{run}: was searched with another seed: ")
    assert "begin another run" in said


def test_resume_tells_what_was_changed_and_goes_on(
    archivolt: Callable[..., Any], run: Path
) -> None:
    ended = archivolt("resume", run, "--trials", 2, "--set", "space.depth=[1, 2]")
    assert ended.status == 0
    assert "note: The configuration changed: space.depth" in ended.err
    assert len(library.open(run).history) == 6


def test_a_folder_that_holds_something_else_is_left_alone(
    refused: Refused, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    said = refused("search", config, "--run", tmp_path / "mine")
    assert said.startswith(f"{tmp_path / 'mine'}: is not empty and holds no run.")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


# Full disks


def finished(lines: list[str]) -> dict[int, float]:
    events = [json.loads(line) for line in lines]
    trials = [each["trial"] for each in events if each["event"] == "trial_finished"]
    return {trial["number"]: trial["score"] for trial in trials}


@pytest.fixture
def few_pages() -> Iterator[dict[str, int]]:
    """Let SQLite find its disk full once a database has so many pages."""
    limit = {"pages": 24}

    def restrict(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages']}")

    event.listen(Engine, "connect", restrict)
    yield limit
    event.remove(Engine, "connect", restrict)


def test_a_full_disk_under_the_history_loses_no_finished_trial(
    archivolt: Callable[..., Any], config: Path, tmp_path: Path, few_pages: dict[str, int]
) -> None:
    run = tmp_path / "run"
    ended = archivolt("search", config, "--run", run, "--set", "budget.trials=500", "--json")
    assert ended.status == 1
    assert ended.err.startswith(f"error: {run}: the disk is full")
    assert "archivolt resume" in ended.err
    told = finished(ended.lines)
    assert 0 < len(told) < 500

    few_pages["pages"] = 100_000
    again = archivolt("resume", run, "--trials", 3, "--json")
    assert again.status == 0
    kept = {trial.number: trial.score for trial in library.open(run).history if trial.scored}
    assert told.items() <= kept.items()
    assert len(kept) >= len(told) + 3


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small file system"
)
def test_a_disk_that_is_really_full_is_told_and_resumed(
    archivolt: Callable[..., Any], config: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount here")
    try:
        run = disk / "run"
        ended = archivolt("search", config, "--run", run, "--set", "budget.trials=2000", "--json")
        assert ended.status == 1
        assert ended.err.startswith(f"error: {run}: the disk is full")
        assert archivolt("leaderboard", run).status == 0

        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert archivolt("resume", run, "--trials", 3).status == 0
        kept = {trial.number: trial.score for trial in library.open(run).history if trial.scored}
        assert finished(ended.lines).items() <= kept.items()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def no_space(path: Path) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@pytest.mark.parametrize("call", ["open", "write"])
def test_a_full_disk_under_what_is_delivered_is_told(
    archivolt: Callable[..., Any],
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    real = Path.write_text

    def write(path: Path, *arguments: Any, **options: Any) -> int:
        if path.name == "model.json":
            raise no_space(path) if call == "open" else OSError(errno.ENOSPC, "no space")
        return real(path, *arguments, **options)

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", write)
        ended = archivolt("search", config, "--run", run)
    assert ended.status == 1
    assert ended.err.startswith(f"error: {run}: the disk is full")
    assert "archivolt resume" in ended.err

    assert archivolt("resume", run, "--trials", 2).status == 0
    assert (run / "best" / "model.json").exists()


def test_a_full_disk_under_a_trial_fails_the_trial_with_its_cause(
    archivolt: Callable[..., Any],
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Path.write_text

    def write(path: Path, *arguments: Any, **options: Any) -> int:
        if path.name in ("weights.txt", "failure.txt"):
            raise no_space(path)
        return real(path, *arguments, **options)

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", write)
        ended = archivolt("search", config, "--run", run, "--set", "budget.trials=100")
    assert ended.status == 1
    assert "No space left on device" in ended.err
    assert len(ended.err.splitlines()) == 1

    assert archivolt("resume", run, "--trials", 2).status == 0
    states = [trial.state for trial in library.open(run).history]
    assert states[-2:] == ["finished"] * 2
    assert set(states[:-2]) == {"failed"}
