"""Killing any process of a search, at any moment, loses at most the trials in flight."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

import archivolt

KILLS = 20
FIRST = 8  # trials, at least, before the first kill: later kills come at any moment


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "archivolt", *arguments]


def begin(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as stream:
        return subprocess.Popen(arguments, stdout=stream, stderr=stream, start_new_session=True)


def finished_in(log: Path) -> dict[int, float]:
    """Read the trials that the search said it had committed, with their scores."""
    told = {}
    for line in log.read_text().splitlines():
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:
            continue  # cut by the kill, or no event
        if event.get("event") == "trial_finished":
            told[event["trial"]["number"]] = event["trial"]["score"]
    return told


def wait_for(log: Path, trials: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while len(finished_in(log)) < trials:
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


def strike(process: subprocess.Popen[bytes], victim: str, rng: random.Random) -> None:
    """Kill the search, one of its workers, or all its processes at once."""
    family = psutil.Process(process.pid).children(recursive=True)
    if victim == "search":
        process.kill()
    elif victim == "all":
        for each in [psutil.Process(process.pid), *family]:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
    elif family:
        try:
            rng.choice(family).kill()
        except psutil.NoSuchProcess:
            return


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_twenty_kills_lose_no_finished_trial(
    tmp_path: Path, toy_document: Callable[..., dict[str, Any]]
) -> None:
    rng = random.Random(7)
    run, log = tmp_path / "run", tmp_path / "events.jsonl"
    config = tmp_path / "search.yaml"
    config.write_text(
        yaml.safe_dump(
            toy_document(
                evaluator={"name": "toy", "seconds": 0.01},
                executor={"name": "local", "workers": 2},
                budget={"trials": 100000},
            )
        )
    )
    process = begin(command("search", str(config), "--run", str(run), "--json"), log)
    wait_for(log, FIRST)
    for number in range(KILLS):
        time.sleep(rng.random() * 1.5)
        strike(process, rng.choice(["search", "worker", "all"]), rng)
        if process.poll() is None and number == KILLS - 1:
            process.kill()
        if process.poll() is not None or _dies_soon(process):
            process.wait(30)
            process = begin(command("resume", str(run), "--json"), log)
            wait_for(log, len(finished_in(log)) + 1)
    if process.poll() is None:
        process.kill()
        process.wait(30)

    told = finished_in(log)
    kept = {trial.number: trial.score for trial in archivolt.open(run).history if trial.scored}
    assert len(told) > KILLS
    assert told.items() <= kept.items()

    end = subprocess.run(
        command("resume", str(run), "--trials", "4", "--json"),
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    last = json.loads(end.stdout.splitlines()[-1])
    history = archivolt.open(run).history
    assert last["event"] == "finished"
    assert not [trial for trial in history if trial.active]
    assert [trial.number for trial in history] == list(range(len(history)))


def _dies_soon(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_workers_end_with_a_search_that_was_killed(
    tmp_path: Path, toy_document: Callable[..., dict[str, Any]]
) -> None:
    run, log = tmp_path / "run", tmp_path / "events.jsonl"
    config = tmp_path / "search.yaml"
    config.write_text(
        yaml.safe_dump(
            toy_document(
                space={"blocks": ["toy_dense"]},
                evaluator={"name": "toy", "seconds": 30.0},
                executor={"name": "local", "workers": 2},
                budget={"trials": 5},
            )
        )
    )
    process = begin(command("search", str(config), "--run", str(run), "--json"), log)
    deadline = time.monotonic() + 60
    while log.read_text().count('"trial_started"') < 2:
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2

    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)

    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_finalists_that_were_trained_before_a_kill_are_found_again(
    tmp_path: Path, toy_document: Callable[..., dict[str, Any]]
) -> None:
    run, log = tmp_path / "run", tmp_path / "events.jsonl"
    config = tmp_path / "search.yaml"
    config.write_text(
        yaml.safe_dump(
            toy_document(
                space={"blocks": ["toy_dense"]},
                evaluator={"name": "toy_again", "seconds": 0.2},
                ensembler={"name": "toy_mean", "members": 4},
                executor={"name": "local", "workers": 1},
                budget={"trials": 4},
            )
        )
    )
    subprocess.run(command("search", str(config), "--run", str(run), "-q"), check=True)
    finish = command("finish", str(run), "--train", "all_rows", "--json")
    process = begin(finish, log)
    deadline = time.monotonic() + 60
    while '"finalist"' not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.02)

    process.kill()
    process.wait(30)

    assert not (run / "finalists" / "all_rows").exists()
    assert len(archivolt.open(run).leaderboard()) == 4
    again = subprocess.run(finish, capture_output=True, text=True, timeout=120, check=True)
    events = [json.loads(line) for line in again.stdout.splitlines()]
    trained = [each["trial"]["number"] for each in events if each["event"] == "finalist"]
    assert events[0]["trained"]
    assert sorted([*events[0]["trained"], *trained]) == sorted(events[0]["trials"])
    assert (run / "finalists" / "all_rows" / "ensemble").exists()
