"""What is delivered works with Keras and TensorFlow alone."""

from __future__ import annotations

import csv

import numpy as np

LOADER = """
import csv, gzip, json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition("_")[0].partition(".")[0] == "archivolt":
            raise ImportError(f"{name} must not be needed")

sys.meta_path.insert(0, Blocked())

import keras
import numpy as np
import tensorflow as tf

folder, data, out = sys.argv[1:]
about = json.load(open(f"{folder}/model.json"))
model = keras.saving.load_model(f"{folder}/best.keras")  # safe_mode is on by default
with gzip.open(data, "rt", newline="") as stream:
    rows = list(csv.DictReader(stream))
inputs = {}
for each in about["inputs"]:
    cells = [row[each["name"]] for row in rows]
    if each["dtype"] == "string":
        inputs[each["name"]] = tf.constant(["" if cell == "?" else cell for cell in cells])
    else:
        values = [float("nan") if cell in ("", "?") else float(cell) for cell in cells]
        inputs[each["name"]] = tf.constant(values, tf.float32)
np.save(out, np.asarray(model(inputs)))
assert not [name for name in sys.modules if name.startswith("archivolt")]
"""


def test_the_model_loads_and_predicts_where_archivolt_cannot_be_imported(
    adult, archivolt, apart, examples, tmp_path
):
    data = examples / "data" / "adult_test.csv.gz"
    script = tmp_path / "serve.py"
    script.write_text(LOADER)
    ended = apart(script, adult.run / "best", data, tmp_path / "out.npy", python=True)
    assert ended.status == 0, ended.err

    assert archivolt("predict", adult.run, data, "-o", tmp_path / "out.csv").status == 0
    with (tmp_path / "out.csv").open(newline="") as stream:
        told = [float(row["probability_>50K"]) for row in csv.DictReader(stream)]
    served = np.load(tmp_path / "out.npy")[:, 0]
    np.testing.assert_allclose(served, told, atol=2e-6)
