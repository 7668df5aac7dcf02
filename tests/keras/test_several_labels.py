import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.problem import Part, Task
from archivolt_keras.prepared import encoding_data, encoding_from
from archivolt_keras.several_labels import SeveralLabels

PARTS = (
    Part("kind", "multiclass", ("a", "b", "c"), 3, "accuracy", 2.0),
    Part("sold", "binary", ("no", "yes"), 1, "accuracy", 0.5),
    Part("price", "regression", metric="r2"),
)
SEVERAL = Task("several", (), ("kind", "sold", "price"), 5, parts=PARTS)


@pytest.fixture
def labels():
    rows = [["b", True, 1e6], ["a", False, 3e6], ["c", True, 2e6]]
    return np.array(rows, dtype=object)


@pytest.fixture
def task():
    sold = Part("sold", "binary", ("False", "True"), 1, "accuracy", 0.5)
    return Task("several", (), SEVERAL.targets, 5, parts=(PARTS[0], sold, PARTS[2]))


def test_labels_stand_side_by_side_each_encoded_as_its_own(task, labels):
    encoding = SeveralLabels.fit(task, labels)

    encoded = encoding.encode(labels)

    assert encoded.dtype == np.float32
    assert encoded[:, :2].tolist() == [[1, 1], [0, 0], [2, 1]]
    assert encoded[:, 2].mean() == pytest.approx(0, abs=1e-6)
    assert encoding.mean == (0, 0, 0, 0, pytest.approx(2e6))
    assert encoding.scale[:4] == (1, 1, 1, 1)


def test_predictions_come_back_by_target_as_the_user_wrote_them(task, labels):
    encoding = SeveralLabels.fit(task, labels)
    outputs = np.array([[0.1, 0.8, 0.1, 0.9, 1.5e6], [0.7, 0.2, 0.1, 0.1, 9e5]])

    found = encoding.decode(outputs)

    assert {name: values.tolist() for name, values in found.items()} == {
        "kind": ["b", "a"],
        "sold": [True, False],
        "price": [1.5e6, 9e5],
    }


def test_the_encoding_comes_back_from_plain_data(task, labels):
    encoding = SeveralLabels.fit(task, labels)

    assert encoding_from(task, encoding_data(encoding)) == encoding


def test_another_number_of_columns_is_told(task, labels):
    encoding = SeveralLabels.fit(task, labels)

    with pytest.raises(DataError, match="a column is needed for each target"):
        encoding.encode(labels[:, :2])


def test_a_label_that_is_missing_is_nan_and_fits_nothing(task, labels):
    labels = np.concatenate([labels, [[None, True, np.nan], ["a", None, None]]])

    encoding = SeveralLabels.fit(task, labels, np.ones(5))

    encoded = encoding.encode(labels)
    assert np.isnan(encoded).tolist()[3:] == [[True, False, True], [False, True, True]]
    assert encoded[4, 0] == 0
    assert encoding.mean[4] == pytest.approx(2e6)


def test_whole_numbers_with_gaps_come_back_as_whole_numbers():
    parts = (Part("digit", "multiclass", ("0", "1", "2"), 3), PARTS[2])
    task = Task("several", (), ("digit", "price"), 4, parts=parts)
    labels = np.array([[0, 1.5], [np.nan, 2.5], [2, np.nan], [1, 0.5]])

    encoding = SeveralLabels.fit(task, labels)
    found = encoding.decode(np.eye(4)[:2])

    np.testing.assert_array_equal(encoding.encode(labels)[:, 0], [0, np.nan, 2, 1])
    assert found["digit"].tolist() == [0, 1]
    assert found["digit"].dtype.kind == "i"
