"""Archivolt from Python: arrays, data frames, datasets, and a training loop of one's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import archivolt as library

QUICK = (
    "space.recipe.epochs=1",
    "space.recipe.batch_size=128",
    "space.blocks=[{name: dense, units: [16, 32]}]",
    "space.depth=[1, 2]",
)


@pytest.fixture(scope="session")
def fashion(data: Path) -> dict[str, np.ndarray]:
    with np.load(data / "fashion_mnist.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.fixture(scope="session")
def satellite(tables: Path):
    import pandas as pd

    return pd.read_csv(tables / "satellite.csv.gz")


def test_arrays(fashion, tmp_path):
    run = library.search(
        fashion["x"], fashion["y"],
        test=(fashion["x_test"], fashion["y_test"]),
        trials=3, workers=1, run=tmp_path / "run",
        overrides=(
            "space.recipe.epochs=1",
            "space.recipe.batch_size=64",
            "space.blocks=[{name: convolution, filters: [8, 16], kernel: 3x3, stride: 2}]",
            "space.depth=[1, 2]",
        ),
    )  # fmt: skip
    rows = run.leaderboard()
    assert len(rows) == 3
    assert rows[0]["score"] == max(row["score"] for row in rows)

    predicted = run.best.predict(fashion["x_test"])
    assert predicted.shape == (300,)
    assert set(predicted) <= set(range(10))
    assert run.report["accuracy"] == pytest.approx(np.mean(predicted == fashion["y_test"]))
    probabilities = run.best.predict_probabilities(fashion["x_test"])
    assert probabilities.shape == (300, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)

    again = library.open(tmp_path / "run")
    assert again.leaderboard() == rows
    np.testing.assert_array_equal(again.best.predict(fashion["x_test"]), predicted)


def test_a_data_frame(satellite, tmp_path):
    run = library.search(
        satellite, "target", trials=2, workers=1, run=tmp_path / "run", overrides=QUICK
    )
    new = satellite.drop(columns="target").iloc[::-1]
    predicted = run.best.predict(new)
    assert len(predicted) == len(satellite)
    assert set(predicted) <= set(satellite["target"])
    assert len(run.best.classes) == 6
    found = run.best.evaluate(satellite)
    metrics, rows = found.metrics, found.rows
    assert rows == len(satellite)
    assert metrics["accuracy"] == pytest.approx(
        np.mean(predicted[::-1] == satellite["target"].to_numpy())
    )


def test_a_dataset_that_streams(satellite, tmp_path):
    import tensorflow as tf

    x = satellite.drop(columns="target").to_numpy(np.float32)
    classes, y = np.unique(satellite["target"], return_inverse=True)
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(64)
    run = library.search(dataset, trials=2, workers=1, run=tmp_path / "run", overrides=QUICK)
    assert len(run.leaderboard()) == 2
    assert run.best.predict(x).shape == (len(x),)
    assert run.report["accuracy"] > 0


def test_a_study_is_told_what_a_loop_of_ones_own_finds(fashion):
    study = library.Study.from_config(
        {
            "space": {"blocks": ["dense"], "depth": [1, 2]},
            "searcher": {"name": "greedy", "beam": 2, "starts": 2},
        },
        features=library.vector(28 * 28),
        outputs=10,
    )
    x = (fashion["x"].reshape(-1, 28 * 28) / 255).astype(np.float32)
    rng = np.random.default_rng(0)
    for _ in range(6):
        trial = study.ask()
        widths = [block.units for block in trial.candidate.architecture if hasattr(block, "units")]
        projected = np.maximum(x @ rng.normal(size=(x.shape[1], min(widths))), 0)
        centres = np.stack([projected[fashion["y"] == c].mean(axis=0) for c in range(10)])
        nearest = ((projected[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        study.tell(trial, {"accuracy": float(np.mean(nearest == fashion["y"]))})
    assert len(study.history) == 6
    assert study.best.score == max(trial.score for trial in study.history)
    assert len({trial.candidate.fingerprint for trial in study.history}) == 6
    assert any(trial.parent is not None for trial in study.history)


def test_a_replay_in_this_process_says_nothing_of_the_framework(adult, tmp_path):
    run = shutil.copytree(adult.run, tmp_path / "run")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from archivolt.search.api import reopen\n"
        "again, _ = reopen(Path(sys.argv[1]), overrides=['executor=inline'])\n"
        "again.replay(1)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(run)], capture_output=True, text=True, check=True
    )

    assert (ended.stdout, ended.stderr) == ("", "")


def test_a_script_without_a_main_guard_searches(apart, tables, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
            import json

            import archivolt

            run = archivolt.search(
                {str(tables / "wine_quality.csv.gz")!r}, "target", trials=3, workers=2,
                run="here", task="multiclass", overrides={QUICK!r},
            )
            print(json.dumps([row["number"] for row in run.leaderboard()]))
        """)
    )
    ended = apart(script, python=True, folder=tmp_path)
    assert ended.status == 0, ended
    (line,) = ended.lines  # once: no worker ran the script again
    assert sorted(json.loads(line)) == [0, 1, 2]
    assert ended.err == ""
    assert (tmp_path / "here" / "best" / "best.keras").exists()
