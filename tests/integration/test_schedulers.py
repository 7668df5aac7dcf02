"""Schedulers over real trainings: a promoted trial goes on from its weights, killed or not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import archivolt
from archivolt.search.api import reopen, start
from archivolt.search.events import EpochEnded, TrialFinished

TOY = Path(__file__).parents[1] / "core" / "toy.py"
SCHEDULE = 8  # epochs, so rungs at 2, 4 and 8


def config(folder: Path, **sections: Any) -> Path:
    """Write a search over two rings of points, which takes more than an epoch to learn."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    angles = rng.uniform(0.0, 2 * np.pi, 400)
    radius = 1.0 + labels + rng.normal(scale=0.3, size=400)
    points = np.stack([radius * np.cos(angles), radius * np.sin(angles)], 1)
    rows = [f"{x:.4f},{y:.4f},ring {label}" for (x, y), label in zip(points, labels, strict=True)]
    (folder / "rings.csv").write_text("\n".join(["x,y,ring", *rows]))
    document = {
        "data": {"source": "table", "path": "rings.csv", "target": "ring"},
        "space": {
            "blocks": [{"name": "dense", "units": [16, 32, 64]}],
            "depth": [1, 2],
            "recipe": {
                "epochs": SCHEDULE,
                "batch_size": 32,
                "learning_rate": {"low": 1e-3, "high": 3e-2, "log": True},
                "schedule": "cosine",
                "dropout": [0.0, 0.1],
            },
        },
        "searcher": "random",
        "scheduler": "asha",
        "evaluator": {"name": "keras", "patience": None},
        "executor": {"name": "local", "workers": 1},
        "budget": {"trials": 8},
        **sections,
    }
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(scope="module")
def halved(tmp_path_factory):
    """Search with `asha`; gives the run and the epochs that each trial reported, in order."""
    folder = tmp_path_factory.mktemp("asha")
    run = start(config(folder), run=folder / "run")
    told = defaultdict(list)
    for event in run.events():
        if isinstance(event, EpochEnded):
            told[event.trial.number].append(event.epoch)
    return run, told


def test_half_of_the_trials_go_on_at_each_rung_also_after_the_last_proposal(halved):
    run, _ = halved
    reached = [trial.epochs for trial in run.history]

    assert len(reached) == 8
    assert {*reached} == {2, 4, 8}
    assert sum(epochs >= 4 for epochs in reached) >= 4
    assert sum(epochs == 8 for epochs in reached) >= 2
    assert {trial.state for trial in run.history} == {"finished"}


def test_a_promoted_trial_trains_no_epoch_twice(halved):
    run, told = halved

    assert {number: len(epochs) for number, epochs in told.items()} == {
        trial.number: trial.epochs for trial in run.history
    }
    assert all(epochs == [*range(1, len(epochs) + 1)] for epochs in told.values())


def test_a_promoted_trial_ends_as_one_that_was_trained_in_one_go(halved):
    run, _ = halved
    promoted = [trial for trial in run.history if trial.epochs == SCHEDULE]

    for trial in promoted:
        recorded, replayed = run.replay(trial.number)
        assert recorded.epochs == replayed.epochs == SCHEDULE
        assert replayed.score == recorded.score
        assert replayed.metrics == recorded.metrics


def test_the_leaderboard_tells_the_epochs_of_the_schedule(halved, archivolt):
    run, _ = halved
    rows = json.loads(archivolt("leaderboard", run.path, "--json").out)

    assert {(row["epochs"], row["schedule_epochs"]) for row in rows} == {(2, 8), (4, 8), (8, 8)}
    assert "4 of 8" in archivolt("leaderboard", run.path).out


def test_a_shallow_network_has_a_shorter_schedule_that_comes_to_its_end(tmp_path):
    scheduler = {"name": "depth_scaled", "full_depth": 2}
    path = config(tmp_path, scheduler=scheduler, budget={"trials": 4}, seed=1)
    run = start(path, run=tmp_path / "run")
    list(run.events())

    lengths = {}
    for trial in run.history:
        depth = sum(not block.connector for block in trial.candidate.architecture)
        lengths[depth] = (trial.epochs, trial.recipe.epochs)
    assert run.replay(trial.number)[1].score == trial.score
    assert lengths == {1: (4, 4), 2: (8, 8)}


def epochs_in(log: Path) -> list[tuple[int, int]]:
    """Read which epochs of which trials a search has told of."""
    events = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [(each["trial"], each["epoch"]) for each in events if each["event"] == "epoch"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_a_search_that_is_killed_in_a_promotion_goes_on_from_the_rung_below(tmp_path):
    recipe = {"epochs": 200, "batch_size": 32}  # long enough to be killed on the way
    space = {"blocks": [{"name": "dense", "units": [16, 32]}], "recipe": recipe}
    path = config(tmp_path, space=space, budget={"trials": 2})
    run, log = tmp_path / "run", tmp_path / "events"
    line = [sys.executable, "-m", "archivolt", "search", str(path), "--run", str(run), "--json"]
    with log.open("wb") as out:
        process = subprocess.Popen(line, stdout=out, stderr=out, start_new_session=True)
    try:
        deadline = time.monotonic() + 240
        while not any(epoch > 55 for _, epoch in epochs_in(log)):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it, and its workers
        process.wait(30)
    killed = archivolt.open(run).history
    (promoted,) = [trial for trial in killed if trial.goal == 100]
    assert promoted.active
    assert promoted.epochs == 50

    again, _ = reopen(run)
    told = [event.epoch for event in again.events() if isinstance(event, EpochEnded)]

    assert told == [*range(51, 101)]
    assert again.history[promoted.number].epochs == 100
    other = 1 - promoted.number
    assert again.history[other] == killed[other]
    assert again.replay(promoted.number)[1].score == again.history[promoted.number].score


@pytest.mark.parametrize("scheduler", ["asha", "hyperband", "median_stop", "depth_scaled"])
@pytest.mark.parametrize("after", [3, 11])
def test_a_search_that_is_interrupted_and_resumed_decides_as_one_that_was_not(
    scheduler, after, tmp_path
):
    sections = {
        "plugins": [str(TOY)],
        "data": {"source": "toy_rows"},
        "space": {"blocks": ["toy_dense"], "depth": [1, 9], "recipe": {"epochs": SCHEDULE}},
        "scheduler": scheduler,
        "searcher": "random",
        "mutators": {"toy_change": 1},
        "evaluator": {"name": "toy", "epochs": SCHEDULE},
        "executor": "inline",
        "budget": {"trials": 24},
    }
    path = config(tmp_path, **sections)

    def told(run):
        return [
            (trial.candidate, trial.epochs, trial.goal, trial.state, trial.score, trial.curve)
            for trial in run.history
        ]

    whole = start(path, run=tmp_path / "whole")
    list(whole.events())
    part = start(path, run=tmp_path / "part")
    ended = 0
    for event in part.events():
        ended += isinstance(event, TrialFinished)
        if ended == after:
            part.interrupt()
    part.close()
    assert len(part.history) < 24
    again, _ = reopen(tmp_path / "part")
    list(again.events())

    assert told(again) == told(whole)
    assert len({trial.epochs for trial in whole.history}) > 1  # it decided something
