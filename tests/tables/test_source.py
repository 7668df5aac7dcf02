from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from archivolt.components.source import Input
from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt_tables import TableSource

PEOPLE = """age,job,born,income,trust
39,clerk,1985-02-03,low,1
50,?,1974-05-06,high,2
,cook,,low,0.5
28,clerk,1996-07-08,,1
41,cook,1983-09-10,high,1
"""


def message(source: TableSource, **options) -> str:
    with pytest.raises(DataError) as caught:
        source.read(**options)
    return str(caught.value)


@pytest.fixture
def people(write):
    return write(PEOPLE, "people.csv")


def test_columns_get_their_roles(people):
    dataset = TableSource(path=people, target="income", weight="trust").read()

    assert [(each.name, each.role, each.dtype) for each in dataset.inputs] == [
        ("age", "numeric", "float32"),
        ("job", "category", "string"),
        ("born", "date", "float32"),
    ]
    np.testing.assert_array_equal(dataset.features["age"], [39, 50, np.nan, 41])
    assert dataset.features["job"].tolist() == ["clerk", "", "cook", "cook"]
    assert dataset.weights.tolist() == [1, 2, 0.5, 1]


def test_rows_without_a_target_are_kept_apart_and_told(people):
    dataset = TableSource(path=people, target="income", weight="trust").read(group="job")

    assert dataset.labels.tolist() == ["low", "high", "low", "high"]
    assert dataset.rows == len(dataset.weights) == len(dataset.groups) == 4
    assert "A row without a target is kept apart (line 5)." in dataset.notes
    assert dataset.unlabelled.labels is None
    assert dataset.unlabelled.inputs == dataset.inputs
    assert dataset.unlabelled.features["age"].tolist() == [28]


def test_a_table_of_rows_without_a_target_comes_behind_them(write, people):
    more = write("job,born,age,income\npilot,2000-01-01,20,high\ncook,,?,\n", "more.csv")

    dataset = TableSource(path=people, target="income", drop="trust", unlabelled=more).read()

    assert dataset.rows == 4
    np.testing.assert_array_equal(dataset.unlabelled.features["age"], [28, 20, np.nan])
    assert dataset.unlabelled.features["job"].tolist() == ["clerk", "pilot", "cook"]
    assert dataset.unlabelled.labels is None  # although there is one


def test_a_table_without_targets_that_lacks_a_column_is_told(write, people):
    more = write("job,age\npilot,20\n", "more.csv")
    source = TableSource(path=people, target="income", drop="trust", unlabelled=more)

    assert "more.csv: the column 'born', which the model reads, is missing" in message(source)


def test_labels_stay_as_they_are(write):
    path = write("x,whole,part,word\n1,3,0.5,a\n2,4,1.5,b\n")

    labels = {
        name: TableSource(path=path, target=name).read().labels
        for name in ("whole", "part", "word")
    }

    assert labels["whole"].tolist() == [3, 4]
    assert labels["whole"].dtype == np.int64
    assert labels["part"].tolist() == [0.5, 1.5]
    assert labels["word"].tolist() == ["a", "b"]


def test_several_targets_are_read_side_by_side(write):
    path = write("x,a,b\n1,0,1\n2,1,0\n3,,1\n")

    dataset = TableSource(path=path, target=["b", "a"]).read()

    assert dataset.targets == ("b", "a")
    np.testing.assert_array_equal(dataset.labels.astype(float), [[1, 0], [0, 1], [1, np.nan]])
    assert dataset.unlabelled is None
    assert [each.name for each in dataset.inputs] == ["x"]


def test_of_several_targets_a_row_needs_one(write):
    path = write("x,a,b\n1,u,1.5\n2,,2.5\n3,,\n4,v,\n")

    dataset = TableSource(path=path, target=["a", "b"]).read()

    assert dataset.labels[:, 0].tolist() == ["u", None, "v"]
    np.testing.assert_array_equal(dataset.labels[:, 1].astype(float), [1.5, 2.5, np.nan])
    assert dataset.unlabelled.features["x"].tolist() == [3]


def test_a_target_that_is_not_named_is_guessed_and_told(write):
    named = TableSource(path=write("Label,x\n1,2\n2,3\n", "named.csv")).read()
    last = TableSource(path=write("x,what\n1,2\n2,3\n", "last.csv")).read()

    assert (named.targets, last.targets) == (("Label",), ("what",))
    assert "The target is taken to be 'Label', by its name" in named.notes[0]
    assert "being the last column" in last.notes[0]


def test_groups_are_no_feature_and_times_are(write):
    path = write("house,day,x,y\na,2024-01-02,1,0\nb,2024-01-01,2,1\n")

    dataset = TableSource(path=path, target="y").read(group="house", time="day")

    assert [each.name for each in dataset.inputs] == ["day", "x"]
    assert dataset.groups.tolist() == ["a", "b"]
    assert np.diff(dataset.times).tolist() == [-1]


def test_columns_that_say_nothing_are_left_out_and_named(write):
    rows = "\n".join(f"{index},7,,{index % 2}" for index in range(5))

    dataset = TableSource(path=write(f"x,same,none,y\n{rows}\n"), target="y").read()

    assert [each.name for each in dataset.inputs] == ["x"]
    assert "Left out, as all their values are missing: 'none'." in dataset.notes
    assert "Left out, as they have one value only: 'same'." in dataset.notes


def test_a_table_whose_columns_all_say_nothing_is_told(write):
    source = TableSource(path=write("none,y\n?,1\n,2\n"), target="y")

    assert "no column is left to predict from. 'none': all their values are missing." in message(
        source
    )


def test_the_test_file_is_read_like_the_first(write, people):
    held = write("income,born,job,age\nlow,2000-01-01,pilot,20\n,2000-01-01,cook,30\n", "held.csv")

    test = TableSource(path=people, target="income", test=held, drop="trust").read().test

    assert test.labels.tolist() == ["low"]
    assert test.features["job"].tolist() == ["pilot"]
    assert test.features["age"].tolist() == [20]


def test_new_rows_may_have_another_order_more_columns_and_no_target(write, people):
    source = TableSource(path=people, target="income", drop="trust")
    new = write("extra,born,job,age\n1,2000-01-01,pilot,?\n", "new.csv")

    dataset = source.read_new(new, source.read().inputs, ("income",))

    assert dataset.labels is None
    assert list(dataset.features) == ["age", "job", "born"]
    assert dataset.features["job"].tolist() == ["pilot"]
    assert np.isnan(dataset.features["age"][0])


def test_new_rows_bring_their_labels_and_keep_their_places(write, people):
    source = TableSource(path=people, target="income", drop="trust")

    dataset = source.read_new(people, source.read().inputs, ("income",))

    assert dataset.labels.tolist() == ["low", "high", "low", None, "high"]


def test_a_column_that_new_rows_lack_is_named_with_the_nearest(write, people):
    source = TableSource(path=people, target="income", drop="trust")
    new = write("ages,job,born\n1,cook,2000-01-01\n", "new.csv")

    with pytest.raises(DataError) as caught:
        source.read_new(new, source.read().inputs, ("income",))

    assert "the column 'age', which the model reads, is missing. Did you mean 'ages'?" in str(
        caught.value
    )


def test_new_rows_that_hold_something_else_are_told(write):
    source = TableSource(path="unused.csv")
    new = write("age,job\nyoung,cook\n,cook\n", "new.csv")

    with pytest.raises(DataError, match=r"column 'age', line 2: 'young' is no number"):
        source.read_new(new, (Input("age", "numeric"),), ())


@pytest.mark.parametrize(
    "options",
    [
        {"target": "incom"},
        {"target": "age", "weight": "incom"},
        {"target": "age", "drop": "incom"},
        {"target": "age", "categories": ["incom"]},
    ],
)
def test_a_column_that_is_not_there_is_told_with_the_nearest(people, options):
    text = message(TableSource(path=people, **options))

    assert "there is no column 'incom'" in text
    assert "Did you mean 'income'?" in text


def test_a_group_column_that_is_not_there_is_told(people):
    text = message(TableSource(path=people, target="income"), group="jobs")

    assert "there is no column 'jobs' (named under `group`). Did you mean 'job'?" in text


def test_a_target_that_is_given_twice_is_told(people):
    assert "the target 'income' is given twice" in message(
        TableSource(path=people, target=["income", "income"])
    )


def test_a_target_that_is_also_dropped_is_told(people):
    assert "'income' is both the target and named under `drop`" in message(
        TableSource(path=people, target="income", drop="income")
    )


def test_a_column_of_two_roles_is_told(people):
    assert "'age' is named under `categories` and `numbers`" in message(
        TableSource(path=people, target="income", categories="age", numbers="age")
    )


def test_a_target_without_any_value_is_told(write):
    path = write("x,y\n1,\n2,NA\n")

    assert "the target 'y' is missing in all 2 rows" in message(TableSource(path=path, target="y"))


def test_infinity_is_told_with_its_line(write):
    path = write("x,y\n1,0\n-inf,1\n1e39,1\n")

    text = message(TableSource(path=path, target="y"))

    assert "column 'x', line 3: 2 values are infinite, or beyond 32-bit numbers." in text


@pytest.mark.parametrize(
    ("weight", "told"),
    [("-1", "the weight is negative"), ("", "the weight is missing"), ("inf", "infinite")],
)
def test_a_bad_weight_is_told_with_its_line(write, weight, told):
    path = write(f"x,w,y\n1,1,0\n2,1,\n3,{weight},1\n")

    text = message(TableSource(path=path, target="y", weight="w"))

    assert told in text
    assert "column 'w', line 4" in text


def test_weights_that_are_all_zero_are_told(write):
    path = write("x,w,y\n1,0,0\n2,0,1\n")

    assert "all weights are 0" in message(TableSource(path=path, target="y", weight="w"))


def test_a_value_that_contradicts_the_given_role_is_told(write):
    path = write("x,d,y\n1,2024-01-01,0\nmany,soon,1\n")

    numbers = message(TableSource(path=path, target="y", numbers="x"))
    dates = message(TableSource(path=path, target="y", dates="d"))

    assert "column 'x', line 3: 'many' is no number." in numbers
    assert "column 'd', line 3: 'soon' is no date." in dates


def test_rows_that_cannot_be_ordered_by_time_are_told(write):
    words = write("t,x,y\nred,1,0\nblue,2,1\n", "words.csv")
    gaps = write("t,x,y\n5,1,0\n,2,1\n", "gaps.csv")

    assert "neither numbers nor dates" in message(TableSource(path=words, target="y"), time="t")
    assert "column 't', line 3: the time is missing." in message(
        TableSource(path=gaps, target="y"), time="t"
    )


def test_stray_words_among_numbers_are_told(write):
    rows = "\n".join(f"{index / 7},{index % 2}" for index in range(200))

    dataset = TableSource(path=write(f"x,y\nunknown,1\n{rows}\n"), target="y").read()

    assert (
        "Column 'x': a value is no number and counts as a gap: 'unknown' (line 2)." in dataset.notes
    )


@pytest.mark.parametrize(
    ("name", "recognised"),
    [("a.csv", True), ("a.CSV.gz", True), ("a.tsv", True), ("a.parquet", True), ("a.npz", False)],
)
def test_files_are_recognised_by_their_ending(tmp_path, name, recognised):
    assert TableSource.recognises(tmp_path / name) is recognised


def test_a_source_is_a_value_and_plain_data(people):
    source = TableSource(path=people, target="income", test=str(people))

    assert source == TableSource(path=str(people), target=["income"], test=people)
    assert hash(source) == hash(TableSource(path=people, target="income", test=people))
    assert '"target":["income"]' in canonical_json(source)


@pytest.mark.parametrize(
    ("name", "classes", "inputs"),
    [("letter", 26, 16), ("satellite", 6, 36), ("wine_quality", 7, 12)],
)
def test_real_tables_are_read(data, name, classes, inputs):
    dataset = TableSource(path=data / f"{name}.csv.gz", target="target").read()

    assert len(set(dataset.labels.tolist())) == classes
    assert [each.role for each in dataset.inputs] == ["numeric"] * inputs
    assert dataset.notes == []


def test_parquet_is_read_like_csv(data, tmp_path):
    packed = data / "wine_quality.csv.gz"
    pd.read_csv(packed).to_parquet(tmp_path / "wine.parquet")

    one = TableSource(path=packed, target="target").read()
    other = TableSource(path=tmp_path / "wine.parquet", target="target").read()

    assert one.inputs == other.inputs
    np.testing.assert_array_equal(one.labels, other.labels)
    for name, values in one.features.items():
        np.testing.assert_array_equal(values, other.features[name])


def test_a_table_and_a_frame_are_read_for_the_same_model(people):
    source = TableSource(path=people, target="income")
    inputs = source.read().inputs
    told = source.read_new(people, inputs, ("income",))

    found = source.read_new(pd.read_csv(people), inputs, ("income",))

    for name, values in told.features.items():
        assert found.features[name].tolist() == pytest.approx(values.tolist(), nan_ok=True)
    with pytest.raises(DataError, match="a list is no table"):
        source.read_new([[1, 2]], inputs, ("income",))


def test_truth_is_read_from_text_where_it_was_read_from_parquet(write, tmp_path):
    frame = pd.DataFrame({"b": [True, False, True, False], "y": [0, 1, 0, 1]})
    frame.to_parquet(tmp_path / "table.parquet")
    inputs = TableSource(path=tmp_path / "table.parquet", target="y").read().inputs

    new = TableSource(path=tmp_path / "table.parquet").read_new(
        write(frame.to_csv(index=False)), inputs, ("y",)
    )

    assert new.features["b"].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_weights_may_have_decimal_commas(write):
    dataset = TableSource(
        path=write("x;w;t\n1,5;0,5;a\n2,5;2,0;b\n"), target="t", weight="w"
    ).read()

    assert dataset.weights.tolist() == [0.5, 2.0]


def test_what_only_labels_need_does_not_keep_new_rows_from_being_read(write):
    source = TableSource(path=write("x,w,t\n1,1,a\n2,1,b\n"), target="t", weight="w")
    inputs = source.read().inputs

    new = source.read_new(write("x,w,t\n1,,a\n2,1,b\n", "new.csv"), inputs, ("t",))

    assert new.features["x"].tolist() == [1.0, 2.0]
    assert new.labels is None
    assert "the weight is missing" in new.unread_labels
    assert "line 2" in new.unread_labels


def test_lists_behind_a_hundred_gaps_are_seen(tmp_path):
    lists = [None] * 120 + [[1, 2]] * 10
    frame = pd.DataFrame({"l": lists, "x": range(130), "y": [0, 1] * 65})
    frame.to_parquet(tmp_path / "table.parquet")

    dataset = TableSource(path=tmp_path / "table.parquet", target="y").read()

    assert "l" not in dataset.features
