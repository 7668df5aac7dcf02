from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt_tables import FrameSource


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "age": [39, 50, np.nan, 28],
            "job": pd.Categorical(["clerk", None, "cook", "clerk"]),
            "married": [True, False, True, False],
            "born": pd.to_datetime(["1985-02-03", "1974-05-06", None, "1996-07-08"]),
            "income": ["low", "high", "low", "high"],
        }
    )


def test_a_frame_with_the_name_of_its_target_is_read(frame):
    dataset = FrameSource.from_memory(frame, "income").read()

    assert dataset.labels.tolist() == ["low", "high", "low", "high"]
    assert [(each.name, each.role) for each in dataset.inputs] == [
        ("age", "numeric"),
        ("job", "category"),
        ("married", "numeric"),
        ("born", "date"),
    ]
    assert dataset.features["job"].tolist() == ["clerk", "", "cook", "clerk"]
    assert dataset.features["married"].tolist() == [1, 0, 1, 0]


def test_labels_beside_the_frame_are_joined_by_position(frame):
    labels = frame.pop("income")
    labels.index = [9, 8, 7, 6]

    dataset = FrameSource.from_memory(frame, labels).read()

    assert dataset.targets == ("income",)
    assert dataset.labels.tolist() == ["low", "high", "low", "high"]


def test_labels_without_a_name_get_one_that_is_free():
    frame = pd.DataFrame({"target": [1.0, 2.0], "x": [3.0, 4.0]})

    dataset = FrameSource.from_memory(frame, np.array([5, 6])).read()

    assert dataset.targets == ("target_",)
    assert [each.name for each in dataset.inputs] == ["target", "x"]


def test_several_targets_may_be_a_frame():
    dataset = FrameSource.from_memory(
        pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"a": [0, 1], "b": [1, 0]})
    ).read()

    assert dataset.targets == ("a", "b")
    assert dataset.labels.tolist() == [[0, 1], [1, 0]]


def test_test_rows_and_weights_are_kept(frame):
    labels = frame.pop("income")

    source = FrameSource.from_memory(
        frame, labels, weights=[1, 2, 3, 4], test=(frame.tail(1), ["low"])
    )
    dataset = source.read()

    assert dataset.weights.tolist() == [1, 2, 3, 4]
    assert dataset.test.labels.tolist() == ["low"]
    assert dataset.test.features["age"].tolist() == [28]


def test_a_new_frame_is_read_for_the_same_inputs(frame):
    source = FrameSource.from_memory(frame, "income")
    new = frame.drop(columns="income")[["job", "born", "married", "age"]].assign(more=1)

    dataset = source.read_new(new, source.read().inputs, ("income",))

    assert dataset.labels is None
    assert list(dataset.features) == ["age", "job", "married", "born"]


def test_a_new_frame_that_lacks_a_column_is_told(frame):
    source = FrameSource.from_memory(frame, "income")

    with pytest.raises(DataError, match="the data frame: the column 'age'.* is missing"):
        source.read_new(frame.drop(columns="age"), source.read().inputs, ("income",))


def test_names_that_are_no_text_are_written_as_text():
    frame = pd.DataFrame({0: [1.0, 2.0], 1: [2.0, 3.0]})

    assert [each.name for each in FrameSource.from_memory(frame, [0, 1]).read().inputs] == [
        "0",
        "1",
    ]


def test_labels_of_another_length_are_told(frame):
    with pytest.raises(DataError, match=r"labels have the shape \(3,\), and the features 4 rows"):
        FrameSource.from_memory(frame, [1, 2, 3])


def test_infinity_in_a_frame_is_told_with_its_row(frame):
    frame["age"] = [1, np.inf, 2, 3]

    with pytest.raises(DataError, match="column 'age', row 2: a value is infinite"):
        FrameSource.from_memory(frame, "income").read()


@pytest.mark.parametrize("other", [np.zeros((3, 2)), [[1, 2]], "data.csv"])
def test_other_data_are_left_to_other_sources(other):
    assert FrameSource.from_memory(other, None) is None


def test_the_frame_is_no_part_of_the_configuration(frame):
    source = FrameSource.from_memory(frame, "income")

    assert "frame" not in canonical_json(source).replace('"name":"archivolt_tables:frame"', "")
    assert source == FrameSource(target="income")
    assert str(source) == "frame(target=[income])"


def test_a_source_without_its_frame_says_so():
    with pytest.raises(DataError, match="passed in Python"):
        FrameSource(target="income").read()


def test_a_frame_of_rows_without_a_target_is_kept_apart(frame):
    source = FrameSource.from_memory(frame, "income", unlabelled=frame.drop(columns="income")[:2])

    dataset = source.read()

    assert dataset.unlabelled.rows == 2
    assert dataset.unlabelled.features["job"].tolist() == ["clerk", ""]


def test_rows_without_a_target_that_are_no_frame_are_told(frame):
    with pytest.raises(DataError, match="unlabelled: a frame is needed"):
        FrameSource.from_memory(frame, "income", unlabelled=np.zeros((2, 4)))
