"""Several arrays as inputs of one network, from the search to the delivered model."""

from __future__ import annotations

import numpy as np

import archivolt as library

CONFIG = {
    "executor": "inline",
    "preset": "sequence",
    "space": {
        "blocks": [{"name": "gru", "units": 16}],
        "depth": [1, 1],
        "recipe": {"epochs": 8, "batch_size": 16, "learning_rate": 0.02},
    },
}


def rows(count: int, seed: int):
    """Whether a walk and an offset beside it come out above 0: neither tells it alone."""
    rng = np.random.default_rng(seed)
    x = {
        "offset": rng.normal(0, 3, (count, 1)).astype("float32"),
        "walk": rng.normal(size=(count, 5, 1)).astype("float32"),
    }
    return x, (x["offset"][:, 0] + x["walk"].sum(axis=(1, 2)) > 0).astype(int)


def test_a_sequence_and_numbers_beside_it_are_learned_together(tmp_path, apart):
    x, y = rows(300, 0)

    run = library.search(x, y, run=tmp_path / "run", trials=1, config=CONFIG)

    new_x, new_y = rows(100, 1)
    assert run.best.evaluate({**new_x, "y": new_y}).metrics["accuracy"] > 0.85
    assert run.best.predict(new_x).shape == (100,)
    np.savez(tmp_path / "x.npz", **new_x)
    program = """
import sys

import keras
import numpy as np

model = keras.saving.load_model(sys.argv[1], compile=False)
print(model(dict(np.load(sys.argv[2]))).shape, "archivolt" in sys.modules)
"""
    ended = apart("-c", program, run.path / "best" / "best.keras", tmp_path / "x.npz", python=True)
    assert "(100, 1) False" in ended.out, ended.err
