"""Files of a run that are gone or damaged are told by name."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.problem import REGRESSION, Task
from archivolt_keras.artifacts import Kept, TrialArtifacts
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.model_files import load_model
from archivolt_keras.prepared import Prepared


@pytest.fixture
def artifacts(tmp_path):
    found = TrialArtifacts(tmp_path / "00003")
    found.leave(Kept({"kernel": np.ones((4, 4), np.float32)}))
    return found


def test_weights_that_are_gone_are_told(artifacts):
    path = artifacts.folder / "weights.safetensors"
    path.unlink()
    with pytest.raises(DataError) as told:
        artifacts.read_weights()
    assert str(told.value).startswith(f"{path}: the weights of the trial are gone.")


def test_weights_that_are_damaged_are_told(artifacts):
    path = artifacts.folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-16])
    with pytest.raises(DataError) as told:
        artifacts.read_weights()
    assert str(told.value).startswith(f"{path}: the weights of the trial are damaged: ")


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "train").mkdir()
    np.save(tmp_path / "train" / "features.npy", np.ones((50, 3), np.float32))
    np.save(tmp_path / "train" / "labels.npy", np.ones(50, np.float32))
    task = Task(REGRESSION, (), ("y",), 1)
    encoding = LabelEncoding.fit(task, np.arange(50.0), None)
    return Prepared(tmp_path, (), encoding, ())


def test_prepared_data_that_are_cut_off_are_told(prepared):
    path = prepared.folder / "train" / "features.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError) as told:
        prepared.split("train")
    assert str(told.value).startswith(f"{path}: the prepared data are damaged: ")


def test_prepared_data_without_labels_are_told(prepared):
    (prepared.folder / "train" / "labels.npy").unlink()
    with pytest.raises(DataError, match="the labels of the prepared data are gone"):
        prepared.split("train")


@pytest.mark.parametrize("damage", ["gone", "cut", "flipped"])
def test_a_model_file_that_is_damaged_is_told(tmp_path, damage):
    path = tmp_path / "best.keras"
    inputs = keras.Input((3,))
    keras.Model(inputs, keras.layers.Dense(64)(inputs)).save(path)
    assert load_model(path).count_params() == 256
    content = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        at = content.index(b"model.weights.h5") + 2000
        content[at] ^= 0xFF
        path.write_bytes(content)
    with pytest.raises(DataError) as told:
        load_model(path)
    assert str(told.value).startswith(f"{path}: the model file is ")
