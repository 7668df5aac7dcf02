"""Conformance of sources: one small test for each promise.

What a source reads is checked with NumPy alone; its preprocessing needs Keras and TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from attrs import fields
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Source
from archivolt.errors import DataError
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.saved_models import foreign_classes

TOLERANCE = 1e-5  # what float32 leaves when batches have other sizes


class SourceConformance:
    """The promises of a source. Override `source` and `further`.

    Where there is nothing to predict, as of a table of results, set `predicts` to False in place
    of overriding `further`.
    """

    predicts: ClassVar[bool] = True

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError(
            "override the fixture `source`: return one of yours, on a few dozen labelled rows"
        )

    @pytest.fixture
    def further(self, source: Source) -> Any:
        if not self.predicts:
            pytest.skip("there is nothing to predict")
        raise NotImplementedError(
            "override the fixture `further`: return a few further rows, as `archivolt predict` or "
            "`run.best.predict` would be given them: a path, or what Python holds"
        )

    @pytest.fixture
    def dataset(self, source: Source) -> Dataset:
        return source.read()

    @pytest.fixture
    def front(self, source: Source, dataset: Dataset) -> FrontEnd:
        """Return the preprocessing, adapted on the first two thirds of the rows."""
        if not self.predicts:
            pytest.skip("there is nothing to preprocess")
        return source.front_end(training_rows(dataset))

    # What is read

    def test_the_class_can_be_registered(self, source: Source) -> None:
        assert list(faults(type(source), KINDS["source"])) == []

    def test_the_field_that_a_bare_path_fills_is_one(self, source: Source) -> None:
        names = [each.name for each in fields(type(source))]  # type: ignore[arg-type]  # attrs
        assert source.path_field in ("", *names), (
            f"`path_field` is {source.path_field!r}, and the fields are {', '.join(names)}: name "
            'one of them, or "" where no path leads to such data.'
        )

    def test_each_input_has_a_value_for_each_row(self, dataset: Dataset) -> None:
        names = [each.name for each in dataset.inputs]
        assert sorted(names) == sorted(dataset.features), (
            "`inputs` and `features` must name the same, each once."
        )
        rows = {name: len(array) for name, array in dataset.features.items()}
        assert set(rows.values()) == {dataset.rows}, f"rows of the features: {rows}"
        for each in dataset.inputs:
            shape = dataset.features[each.name].shape[1:]
            assert len(shape) == len(each.shape), f"{each.name}: {shape} is not {each.shape}"
            assert all(want in (None, have) for want, have in zip(each.shape, shape, strict=True))

    def test_every_row_has_a_label(self, dataset: Dataset) -> None:
        assert dataset.labels is not None, "`read` must bring labels: a search needs them."
        assert len(dataset.labels) == dataset.rows, (
            "rows that have no label are `unlabelled`, or left out and counted in `notes`."
        )
        assert len(dataset.targets) == (1 if dataset.labels.ndim == 1 else dataset.labels.shape[1])

    def test_what_belongs_to_rows_has_one_for_each(self, dataset: Dataset) -> None:
        for name in ("weights", "groups", "times"):
            values = getattr(dataset, name)
            assert values is None or len(values) == dataset.rows, f"`{name}` is of other rows"
        assert len(dataset.row_names) in (0, dataset.rows)

    def test_it_reads_the_same_again(self, source: Source, dataset: Dataset) -> None:
        again = source.read()
        assert again.inputs == dataset.inputs
        for name, array in dataset.features.items():
            np.testing.assert_array_equal(
                np.asarray(again.features[name]),
                np.asarray(array),
                err_msg="a resumed search reads again: the order of rows must not change.",
            )
        np.testing.assert_array_equal(again.labels, dataset.labels)

    def test_what_is_no_data_is_not_recognised(self, source: Source, tmp_path: Path) -> None:
        strange = tmp_path / "strange.bin"
        strange.write_bytes(bytes(range(256)))
        empty = tmp_path / "empty"
        empty.mkdir()
        for path in (strange, empty, tmp_path / "not_there"):
            assert source.recognises(path) is False, (
                f"`recognises({path.name})` must be False and raise nothing: every source is asked "
                "about every path."
            )

    def test_what_it_does_not_know_in_python_is_left_to_others(self, source: Source) -> None:
        assert type(source).from_memory(object()) is None, (
            "return None for what is of another kind; raise `DataError` for what is yours and "
            "cannot be used."
        )

    # Further data

    def test_further_data_have_the_inputs_of_the_training(
        self, source: Source, dataset: Dataset, further: Any
    ) -> None:
        new = source.read_new(further, dataset.inputs, dataset.targets)
        assert new.rows > 0
        assert {each.name for each in dataset.inputs} <= set(new.features), (
            "`read_new` must bring every one of `inputs`, by its name."
        )
        for each in dataset.inputs:
            assert new.features[each.name].ndim == dataset.features[each.name].ndim

    def test_further_data_that_are_not_there_are_told(
        self, source: Source, dataset: Dataset, tmp_path: Path
    ) -> None:
        with pytest.raises(DataError):
            source.read_new(tmp_path / "not_there", dataset.inputs, dataset.targets)

    def test_where_there_is_nothing_to_predict_that_is_told(
        self, source: Source, dataset: Dataset
    ) -> None:
        if not self.predicts:
            with pytest.raises(DataError):
                source.front_end(training_rows(dataset))

    # Preprocessing

    def test_the_front_end_gives_the_features_that_it_tells(
        self, dataset: Dataset, front: FrontEnd
    ) -> None:
        parts = applied(front, dataset)
        assert set(parts) >= set(FrontEnd.part_names(front.features)), (
            f"the model gives {sorted(parts)}; for {front.features.kind} features it must give "
            f"{FrontEnd.part_names(front.features)}."
        )
        for name in FrontEnd.part_names(front.features):
            assert len(parts[name]) == dataset.rows
        if front.features.columns is None:
            shape = parts["features"].shape[1:]
            assert len(shape) == len(front.features.shape)
            pairs = zip(front.features.shape, shape, strict=True)
            assert all(want in (None, have) for want, have in pairs), (
                f"it gives {shape} an example, and `features` tells {front.features.shape}."
            )

    def test_rows_that_it_was_not_adapted_on_come_out_finite(
        self, source: Source, dataset: Dataset, front: FrontEnd, further: Any
    ) -> None:
        new = source.read_new(further, dataset.inputs, dataset.targets)
        for rows in (dataset, new):
            for name in FrontEnd.part_names(front.features):
                part = applied(front, rows)[name]
                assert np.isfinite(part).all(), (
                    f"`{name}` holds NaN or infinity: gaps, unseen categories and columns without "
                    "variance must come out as numbers."
                )

    def test_the_same_training_rows_give_the_same_front_end(
        self, source: Source, dataset: Dataset, front: FrontEnd
    ) -> None:
        again = source.front_end(training_rows(dataset))
        assert again.features == front.features
        once, twice = applied(front, dataset), applied(again, dataset)
        for name, part in once.items():
            np.testing.assert_array_equal(part, twice[name])

    def test_each_row_is_preprocessed_by_itself(self, dataset: Dataset, front: FrontEnd) -> None:
        whole = applied(front, dataset)
        first = applied(front, dataset.take(np.arange(2)))
        for name, part in first.items():
            np.testing.assert_allclose(
                part,
                whole[name][:2],
                rtol=TOLERANCE,
                atol=TOLERANCE,
                err_msg="rows come out otherwise beside other rows: serving sees them one by one.",
            )

    def test_the_front_end_is_of_keras_own_layers_and_loads_without_this_pack(
        self, dataset: Dataset, front: FrontEnd, tmp_path: Path
    ) -> None:
        import keras

        path = tmp_path / "front.keras"
        front.model.save(path)
        assert list(foreign_classes(path)) == [], (
            "it becomes a part of the delivered model, which must load without Archivolt: build it "
            "of Keras' own layers."
        )
        loaded = FrontEnd(keras.saving.load_model(path, safe_mode=True), front.features)
        once, again = applied(front, dataset), applied(loaded, dataset)
        for name, part in once.items():
            np.testing.assert_array_equal(part, again[name])


def training_rows(dataset: Dataset) -> Dataset:
    """Return the first two thirds of the rows."""
    return dataset.take(np.arange(2 * dataset.rows // 3))


def applied(front: FrontEnd, dataset: Dataset) -> Mapping[str, NDArray[Any]]:
    """Apply preprocessing to every row; the tensors by name."""
    import tensorflow as tf

    given = {}
    for each in dataset.inputs:
        values = np.asarray(dataset.features[each.name])
        if each.dtype == "string":
            words = ["" if value is None else str(value) for value in values.reshape(-1)]
            given[each.name] = tf.constant(words, shape=values.shape)
        else:
            given[each.name] = tf.constant(values.astype(each.dtype))
    return {name: np.asarray(part) for name, part in front.model(given, training=False).items()}
