from __future__ import annotations

import numpy as np
import pytest

from archivolt.components.source import ARRAY, PICTURE, Input
from archivolt_keras.sources import standardising
from archivolt_keras.sources.standardising import standardise, statistics


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_statistics_in_chunks_are_those_of_the_whole(rng, monkeypatch):
    x = rng.normal([1e4, -3.0, 0.0], [2.0, 1e-3, 50.0], (1000, 3))
    monkeypatch.setattr(standardising, "CHUNK", 100)

    mean, variance = statistics(x, 3)

    assert np.allclose(mean, x.mean(axis=0), rtol=1e-12)
    assert np.allclose(variance, x.var(axis=0), rtol=1e-9)


def test_a_feature_that_never_changes_stays_where_it_is(rng):
    x = np.stack([np.full(50, 0.1, np.float32), rng.normal(size=50).astype("f4")], axis=1)
    front_end = standardise(Input("x", ARRAY, (2,)), "vector", x)

    new = front_end.model({"x": np.array([[0.2, 0.0]], "f4")})["features"].numpy()

    assert abs(new[0, 0]) < 0.2


@pytest.mark.parametrize(
    ("kind", "shape", "axes"),
    [("vector", (5,), 0), ("sequence", (7, 3), (0, 1)), ("image", (6, 5, 3), (0, 1, 2))],
)
def test_each_feature_gets_mean_0_and_variance_1(rng, kind, shape, axes):
    x = rng.normal(3.0, 2.0, (400, *shape)).astype("float32")

    front_end = standardise(Input("x", ARRAY, shape), kind, x)
    y = front_end.model({"x": x})["features"].numpy()

    assert np.allclose(y.mean(axis=axes), 0, atol=1e-4)
    assert np.allclose(y.std(axis=axes), 1, atol=1e-3)


def test_bytes_of_pictures_are_scaled_and_grey_ones_get_a_channel(rng):
    x = rng.integers(0, 256, (50, 9, 8)).astype("uint8")

    front_end = standardise(Input("x", PICTURE, (9, 8), "uint8"), "image", x)
    y = front_end.model({"x": x})["features"].numpy()

    assert y.shape == (50, 9, 8, 1)
    assert np.allclose(y[..., 0], (x - x.mean()) / x.std(), atol=1e-3)
    assert {type(layer).__name__ for layer in front_end.model.layers} == {
        "InputLayer",
        "Rescaling",
        "Reshape",
        "Normalization",
    }


def test_the_front_end_is_saved_whole(rng, tmp_path):
    import keras

    x = rng.normal(5.0, 3.0, (50, 4)).astype("float32")
    model = standardise(Input("x", ARRAY, (4,)), "vector", x).model

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)

    assert np.array_equal(again({"x": x})["features"], model({"x": x})["features"])
