from __future__ import annotations

import json
import subprocess
import sys
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt_tables import FrameSource, TableSource

ODD_NAMES = (
    "hours per week", "a/b", "a-b", "a b", "a.b", "a_b", "größe 年", "x:0", "dense", "stack", "A b",
    "lookup_0", "%", "front_end",
)  # fmt: skip


def prepared(frame: pd.DataFrame, **options):
    """Read a frame (its target is `y`) and build the front end on all of its rows."""
    source = FrameSource(frame=frame, target="y", **options)
    dataset = source.read()
    return dataset, source.front_end(dataset)


def applied(front, features) -> dict[str, np.ndarray]:
    return {key: np.asarray(each) for key, each in front.model(dict(features)).items()}


def normal(rows: int, **more) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(5, 3, rows), "y": np.arange(rows) % 2, **more})


def test_numbers_are_standardised():
    dataset, front = prepared(normal(2000))

    numeric = applied(front, dataset.features)["numeric"]

    assert numeric.shape == (2000, 1)
    assert abs(numeric.mean()) < 0.05
    assert abs(numeric.std() - 1) < 0.05


def test_outliers_do_not_squeeze_the_rest():
    frame = normal(2000)
    frame.loc[:3, "x"] = 1e9

    dataset, front = prepared(frame)

    numeric = applied(front, dataset.features)["numeric"]
    assert abs(numeric[4:].std() - 1) < 0.05
    assert np.isfinite(numeric).all()


def test_a_column_that_is_nearly_always_one_value_keeps_its_others_apart():
    frame = normal(2000, rarely=np.where(np.arange(2000) % 500 == 0, 4.0, 0.0))

    dataset, front = prepared(frame)

    column = applied(front, dataset.features)["numeric"][:, 1]
    assert len(set(column.tolist())) == 2
    assert np.isfinite(column).all()


def test_very_small_and_very_large_numbers_stay_apart():
    small, large = np.linspace(1, 2, 100) * 1e-30, np.linspace(1, 2, 100) * 1e30

    dataset, front = prepared(normal(100, small=small, large=large))

    numeric = applied(front, dataset.features)["numeric"]
    assert np.isfinite(numeric).all()
    assert (np.abs(numeric).max(axis=0) < 3).all()
    assert (numeric.std(axis=0) > 0.5).all()


def test_a_gap_becomes_the_median_and_is_indicated():
    frame = normal(5)
    frame["x"] = [1.0, 2.0, np.nan, 4.0, 30.0]

    dataset, front = prepared(frame)

    numeric = applied(front, dataset.features)["numeric"]
    assert front.features.columns.numeric == ("x", "x is missing")
    middle = applied(front, {"x": np.array([3.0], np.float32)})["numeric"]
    assert numeric[2, 0] == middle[0, 0]
    assert numeric[2, 1] > numeric[0, 1]


def test_a_gap_where_the_training_rows_have_none_becomes_the_median():
    dataset, front = prepared(normal(101))
    median = np.median(dataset.features["x"])

    gap, middle = applied(front, {"x": np.array([np.nan, median], np.float32)})["numeric"]

    assert front.features.columns.numeric == ("x",)
    assert gap == middle


def test_only_training_rows_are_looked_at():
    source = FrameSource(
        frame=normal(200, c=np.repeat(["a", "b", "new"], [90, 90, 20])), target="y"
    )
    dataset = source.read()
    training = dataset.take(np.arange(180))

    before = source.front_end(training).features
    dataset.features["x"][180:] = 1e6
    after = source.front_end(dataset.take(np.arange(180)))

    assert after.features == before
    assert after.features.columns.cardinalities == (3,)
    assert applied(after, dataset.features)["categories"][180:].tolist() == [[0]] * 20


def test_categories_are_indices_and_the_unknown_is_zero():
    dataset, front = prepared(normal(4, c=["b", "a", "b", "c"]))

    layout = front.features.columns
    categories = applied(front, dataset.features)["categories"]
    assert categories.dtype == np.int32
    assert categories[:, 0].tolist() == [1, 2, 1, 3]
    assert (layout.categorical, layout.cardinalities) == (("c",), (4,))
    new = {"x": np.zeros(1, np.float32), "c": np.array(["never seen"], object)}
    assert applied(front, new)["categories"].tolist() == [[0]]


def test_gaps_of_a_category_are_a_value_however_they_are_written():
    _, front = prepared(normal(4, c=["b", None, "b", "a"]))

    new = {"x": np.zeros(4, np.float32), "c": np.array(["", "?", "NA", "a"], object)}

    assert front.features.columns.cardinalities == (4,)
    assert applied(front, new)["categories"][:, 0].tolist() == [3, 3, 3, 2]


def test_rare_values_share_the_unknown_index():
    cities = ["rome"] * 50 + ["oslo"] * 30 + [f"village {index}" for index in range(20)]

    dataset, front = prepared(normal(100, c=cities))

    assert front.features.columns.cardinalities == (3,)
    assert applied(front, dataset.features)["categories"][80:].max() == 0


def test_a_vocabulary_is_cut_to_the_most_frequent():
    cities = [f"city {index}" for index in range(20) for _ in range(index + 5)]

    dataset, front = prepared(normal(len(cities), c=cities), vocabulary=4)

    categories = applied(front, dataset.features)["categories"][:, 0]
    assert front.features.columns.cardinalities == (5,)
    assert set(np.array(cities)[categories > 0]) == {f"city {index}" for index in range(16, 20)}


def test_a_value_that_is_written_like_the_unknown_is_one_of_its_own():
    dataset, front = prepared(normal(3, c=["[UNK]", "a", "a"]))

    assert applied(front, dataset.features)["categories"][:, 0].tolist() == [2, 1, 1]


def test_dates_have_their_parts():
    days = pd.date_range("2023-01-01", periods=731, freq="D")

    dataset, front = prepared(normal(731, d=days))

    names = front.features.columns.numeric
    numeric = applied(front, dataset.features)["numeric"]
    assert names == (
        "x", "d", "d year sine", "d year cosine", "d week sine", "d week cosine"
    )  # fmt: skip
    week = numeric[:, names.index("d week cosine")]
    np.testing.assert_allclose(week[7:], week[:-7], atol=2e-3)
    assert (week[days.day_of_week == 0] == week.max()).mean() > 0.1  # Mondays begin the cycle
    year = numeric[:, names.index("d year cosine")]
    assert year[:3].min() > year[150:200].max() + 2  # January against summer


def test_hours_are_a_part_of_dates_that_have_them():
    moments = pd.date_range("2023-01-01", periods=400, freq="h")

    _, front = prepared(normal(400, d=moments))

    assert "d day sine" in front.features.columns.numeric


def test_knots_are_distinct_quantiles_of_the_standardised_rows():
    dataset, front = prepared(normal(5000, whole=np.arange(5000) % 7))

    columns = front.features.columns
    numeric = applied(front, dataset.features)["numeric"]
    for index, knots in enumerate(columns.quantiles):
        assert all(low < high for low, high in pairwise(knots))
        assert knots[0] == pytest.approx(numeric[:, index].min(), abs=1e-4)
        assert knots[-1] == pytest.approx(numeric[:, index].max(), abs=1e-4)
    assert [len(knots) for knots in columns.quantiles] == [65, 7]
    middle = columns.quantiles[0][32]
    assert middle == pytest.approx(np.median(numeric[:, 0]), abs=1e-3)


def test_features_are_plain_data_and_the_same_every_time():
    frame = normal(300, c=["a", "b", "c"] * 100)

    first, again = (prepared(frame)[1].features for _ in range(2))

    assert canonical_json(first) == canonical_json(again)


def test_a_column_that_is_constant_in_the_training_rows_is_no_feature():
    source = FrameSource(
        frame=normal(10, late=[0.0] * 8 + [1.0] * 2, c=["a"] * 8 + ["b"] * 2), target="y"
    )
    dataset = source.read()

    front = source.front_end(dataset.take(np.arange(8)))

    assert front.features.columns.numeric == ("x",)
    assert front.features.columns.categorical == ()
    assert list(applied(front, dataset.features)) == ["numeric"]


def test_training_rows_without_any_variation_are_told():
    source = FrameSource(frame=pd.DataFrame({"x": [1, 1, 2], "y": [0, 1, 0]}), target="y")

    with pytest.raises(DataError, match="no column varies within the training rows"):
        source.front_end(source.read().take(np.arange(2)))


def test_any_name_of_a_column_is_a_key_of_the_model():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=20) for name in ODD_NAMES})
    frame["word/s"] = ["a", "b"] * 10
    frame["y"] = np.arange(20) % 2

    dataset, front = prepared(frame)

    out = applied(front, dataset.features)
    assert set(front.model.input) == {*ODD_NAMES, "word/s"}
    assert front.features.columns.numeric == ODD_NAMES
    for index, name in enumerate(ODD_NAMES):
        assert np.corrcoef(out["numeric"][:, index], frame[name])[0, 1] > 0.999


LOADING = """
import sys, json
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("archivolt"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
rows = json.load(open(sys.argv[2]))
inputs = {key: np.array(value, object if isinstance(value[0], str) else "float32")
          for key, value in rows.items()}
out = model.predict(inputs, verbose=0)
print(json.dumps({key: np.asarray(value).tolist() for key, value in out.items()}))
"""


@pytest.mark.slow
def test_a_saved_front_end_needs_keras_alone(data, tmp_path):
    source = TableSource(path=data.parents[2] / "examples" / "data" / "adult.csv.gz")
    dataset = source.read()
    front = source.front_end(dataset)
    front.model.save(tmp_path / "front_end.keras")
    rows = dataset.take(np.arange(50)).features
    plain = {
        key: [None if value != value else value for value in values.tolist()]
        for key, values in rows.items()
    }
    (tmp_path / "rows.json").write_text(json.dumps(plain))

    done = subprocess.run(
        [sys.executable, "-c", LOADING, tmp_path / "front_end.keras", tmp_path / "rows.json"],
        capture_output=True,
        text=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", "PATH": ""},
        check=False,
    )

    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    expected = applied(front, rows)
    np.testing.assert_allclose(loaded["numeric"], expected["numeric"], atol=1e-5)
    np.testing.assert_array_equal(loaded["categories"], expected["categories"])
    assert "UserWarning: When providing `inputs`" not in done.stderr


def test_odd_names_dates_and_gaps_survive_saving(tmp_path):
    import keras

    frame = normal(60, d=pd.date_range("2024-01-01", periods=60), c=["a", None, "b"] * 20)
    frame["a/b"] = np.where(np.arange(60) % 5 == 0, np.nan, np.arange(60.0))
    dataset, front = prepared(frame)
    front.model.save(tmp_path / "front_end.keras")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = keras.saving.load_model(tmp_path / "front_end.keras", safe_mode=True)

    backwards = dict(reversed(dataset.features.items()))
    for key, values in loaded(backwards).items():
        np.testing.assert_array_equal(np.asarray(values), applied(front, dataset.features)[key])


def test_three_hundred_columns_are_prepared():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(100, 250)), columns=[f"n{i}" for i in range(250)])
    words = pd.DataFrame(rng.choice(["a", "b"], (100, 50)), columns=[f"c{i}" for i in range(50)])

    dataset, front = prepared(pd.concat([frame, words], axis=1).assign(y=np.arange(100) % 2))

    shapes = {key: each.shape for key, each in applied(front, dataset.features).items()}
    assert shapes == {"numeric": (100, 250), "categories": (100, 50)}
