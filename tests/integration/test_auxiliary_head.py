"""An auxiliary head in a whole search, with teachers, ensembles and children."""

from __future__ import annotations

import numpy as np

import archivolt as library


def test_the_example_trains_with_a_second_head_and_delivers_without(
    archivolt, examples, tmp_path, apart
):
    ended = archivolt(
        "search", examples / "auxiliary_head.yaml", "--run", tmp_path / "run", "--trials", "4",
        "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "space.recipe.epochs=2", "--set", "space.recipe.batch_size=32",
        "--set", "space.blocks=[{name: conv1d, filters: [16, 32], kernel: 3}]",
        "--set", "space.depth=[2, 2]", "--set", "ensembler=average",
        "--set", "searcher={name: evolution, population: 2}",
        "--set", "space.recipe.auxiliary=[0.3, 0.4]",
        "--set", "transfer=[weight_sharing, {name: distillation, pool: 1}]",
    )  # fmt: skip

    assert ended.status == 0, ended
    run = library.open(tmp_path / "run")
    board = run.leaderboard()
    assert [row["state"] for row in board] == ["finished"] * 4, [row["message"] for row in board]
    assert {row["recipe"]["auxiliary"] for row in board} <= {0.3, 0.4}
    recorded, again = run.replay(3)
    assert recorded.score == again.score
    program = """
import sys

import keras

model = keras.saving.load_model(sys.argv[1], compile=False)
print(model.output_shape, any("auxiliary" in each.path for each in model.weights))
"""
    ended = apart("-c", program, run.path / "best" / "best.keras", python=True)
    assert ended.out.strip() == "(None, 10) False", ended.err
    assert np.isfinite(run.report["accuracy"])
