"""The examples of blocks for sequences and of NASNet-A, as shipped, with a tiny budget."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import archivolt as library
from archivolt.testing.saved_models import foreign_classes

TINY = (
    "--workers", 1,
    "--set", "space.recipe.epochs=1",
    "--set", "space.recipe.batch_size=64",
    "--set", "budget={trials: 1}",
)  # fmt: skip


def names(run: Path) -> list[str]:
    about = json.loads((run / "best" / "model.json").read_text())
    return [block["name"].rpartition(":")[2] for block in about["architecture"]]


@pytest.fixture(scope="module")
def digits(archivolt, examples, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("digits") / "run"
    ended = archivolt(
        "search", examples / "spoken_digits.yaml", "--run", run, *TINY,
        "--set", "space.blocks=[{name: conv1d, filters: 16}, {name: svdf, units: 16, memory: 4}]",
        "--set", "space.depth=[2, 2]",
    )  # fmt: skip
    assert ended.status == 0, ended
    assert "47% of the steps are padding" in ended.out
    return run


def test_sequences_of_unequal_length_are_searched(digits, examples):
    data = np.load(examples / "data" / "spoken_digits.npz")
    model = keras.saving.load_model(digits / "best" / "best.keras", safe_mode=True)
    steps, lengths = data["x_test"].astype("float32"), data["lengths_test"]

    told = library.open(digits).best.predict_probabilities(
        {"x": steps + 200 * (np.arange(steps.shape[1]) >= lengths[:, None])[..., None],
         "lengths": lengths}
    )  # fmt: skip

    # What stands beyond a length is nothing to the model; in the file it is padding as it is.
    np.testing.assert_allclose(told, np.asarray(model({"x": steps})), atol=1e-5)
    assert {"sequence_to_vector"} < set(names(digits)) <= {"conv1d", "svdf", "sequence_to_vector"}


def test_the_delivered_model_of_sequences_is_made_of_keras_layers(digits):
    path = digits / "best" / "best.keras"

    assert set(foreign_classes(path)) == set()
    with zipfile.ZipFile(path) as archive:
        assert "Masking" in archive.read("config.json").decode()


def test_its_page_tells_what_marks_padding(digits):
    page = (digits / "best" / "README.md").read_text()

    assert "| `x` | array, steps of 0 alone are padding | 40 x 20 | float32 |" in page


def test_cells_of_nasnet_are_searched(archivolt, examples, tmp_path):
    run = tmp_path / "run"
    ended = archivolt(
        "search", examples / "nasnet.yaml", "--run", run, *TINY,
        "--set", "space.blocks=[{name: nasnet_normal, filters: 4}]",
        "--set", "space.cells.size=1",
        "--set", "space.cells.reduction.filters=4",
        "--set", "space.depth=[2, 2]",
    )  # fmt: skip

    assert ended.status == 0, ended
    assert names(run) == ["nasnet_normal", "nasnet_reduction", "nasnet_normal", "image_to_vector"]
    model = keras.saving.load_model(run / "best" / "best.keras", safe_mode=True)
    assert set(foreign_classes(run / "best" / "best.keras")) == set()
    assert model.output_shape == (None, 10)
