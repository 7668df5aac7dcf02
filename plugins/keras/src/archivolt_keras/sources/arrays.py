"""The source `arrays`: numpy arrays, passed from Python or in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.converters import optional as optional_of
from attrs.validators import in_, optional
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError, nearest
from archivolt.values.encoding import in_memory
from archivolt_keras.sources.array_files import load
from archivolt_keras.sources.checks import check_labels
from archivolt_keras.sources.inputs import Given, gathered, kind_of, read_alike, read_inputs
from archivolt_keras.sources.joining import join
from archivolt_keras.sources.labelling import Labelled, of_targets
from archivolt_keras.sources.padding import LENGTHS, TEST_LENGTHS
from archivolt_keras.sources.shapes import ARRAY_KINDS
from archivolt_keras.sources.standardising import standardise
from archivolt_keras.sources.step_labels import are_per_step, read_steps

FEATURES = ("x", "x_train")  # keys, the first that is there
LABELS = ("y", "y_train")
BARE = "x_unlabelled"  # features of rows that have no label
BARE_LENGTHS = "lengths_unlabelled"
HELD = ("x_test", "y_test", TEST_LENGTHS)
KNOWN = (*FEATURES, *LABELS, "weights", LENGTHS, *HELD, BARE, BARE_LENGTHS)


@frozen
class ArraySource(Source):
    """Numpy arrays: passed from Python, or an .npz file with the keys x and y.

    `x` has 2 axes (rows, features), 3 (rows, time, features; bytes: grey pictures) or 4 (rows,
    height, width, channels). Several inputs are a mapping by name in Python, in a file keys of the
    form `x.name`; they are joined, numbers repeated at each step or pixel. Further keys: `x_test`
    and `y_test` are kept for the report, a teacher teaches on `x_unlabelled`, `weights` weigh the
    rows, `lengths` (`lengths_test`, `lengths_unlabelled`) tell how many steps of a sequence are
    real, and any other may be named as group or time. Where each step of a sequence has a label,
    `y` is (rows, time), and so may `weights` be: steps of weight 0 need none. Several targets are
    a mapping by name in Python, in a file keys of the form `y.name`: a task each; a row may lack
    some of them.
    """

    name = "arrays"

    path: str | None = None  # .npz, or .npy with the features alone
    labels: str | None = None  # .npy with the labels, where `path` is an .npy
    # .npz or .npy with the features of rows that have no label
    unlabelled: Path | None = field(default=None, converter=optional_of(Path))
    kind: str | None = field(default=None, validator=optional(in_(ARRAY_KINDS)))  # None: guessed
    padding: float | None = None  # steps of a sequence that hold this number alone are none
    per_step: bool | None = None  # whether each step of a sequence has a label; None: guessed
    arrays: Mapping[str, Any] | None = in_memory()  # by the same keys, instead of `path`

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.is_file() and path.suffix.lower() in (".npz", ".npy")

    @classmethod
    def from_memory(
        cls,
        x: Any,
        y: Any = None,
        weights: Any = None,
        test: tuple[Any, Any] | None = None,
        unlabelled: Any = None,
    ) -> ArraySource | None:
        if isinstance(x, Mapping):
            if any(key.partition(".")[0] in FEATURES for key in map(str, x)):
                arrays = dict(x)
            elif y is not None and x:
                arrays = {"x": dict(x)}
            else:
                return None
        elif isinstance(x, (np.ndarray, list, tuple)) or _is_tensor(x):
            arrays = {"x": x}
        else:
            return None
        more = {"y": y, "weights": weights, BARE: unlabelled}
        if test is not None:
            more |= {"x_test": test[0], "y_test": test[1]}
        arrays |= {key: value for key, value in more.items() if value is not None}
        return cls(arrays=arrays)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        where, arrays = self._arrays()
        notes: list[str] = []
        x = _pick(arrays, FEATURES, where)
        if not any(key in arrays for key in LABELS):
            raise DataError(
                "there are no labels, y.",
                where,
                "Pass archivolt.search(x, y), or give the file the key y (labels: names an .npy).",
            )
        given = read_inputs(x, arrays.get(LENGTHS), self.padding, self.kind, notes)
        y = _pick(arrays, LABELS, where)
        kind = kind_of(given[0].input, self.kind)
        if are_per_step(given[0].x, y, kind, self.per_step, notes):
            given = (given[0].with_step_labels(), *given[1:])
        labelled = Labelled.read(given[0].x, given[0].input, y, arrays.get("weights"))
        one_hot = labelled.one_hot
        if one_hot:
            what = "row" if labelled.steps is None else "step"
            notes.append(
                f"y has a single 1 in each {what}: read as the number of one of "
                f"{labelled.of_one[0]} classes."
            )
            labelled = labelled.as_indices()
        dataset = _dataset(given, labelled)
        dataset.notes = notes
        dataset.groups = _column(arrays, group, dataset.rows, where)
        dataset.times = _column(arrays, time, dataset.rows, where)
        dataset.test = _test(arrays, dataset.inputs, labelled, one_hot)
        dataset.unlabelled = self._unlabelled(arrays, dataset)
        unread = sorted(set(arrays) - set(KNOWN) - {group, time})
        if unread:
            notes.append(f"Arrays that are not read: {', '.join(unread)}.")
        return dataset

    def _unlabelled(self, arrays: Mapping[str, Any], dataset: Dataset) -> Dataset | None:
        bare = None
        if BARE in arrays:
            given = arrays[BARE]
            rows = {"x": given, LENGTHS: arrays.get(BARE_LENGTHS)}
            if isinstance(given, Mapping) and any(key in given for key in FEATURES):
                rows = gathered(given)  # by the same keys as the other rows
            bare = _features_alone(rows, dataset, BARE, BARE_LENGTHS)
        if self.unlabelled is None:
            return bare
        arrays = gathered(load(self.unlabelled))
        more = _features_alone(arrays, dataset, str(self.unlabelled), LENGTHS)
        return more if bare is None else bare.followed_by(more)

    def read_new(self, path: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read a file of arrays, or arrays: a mapping by the same keys, or the features alone."""
        return read_new_arrays(path, inputs, targets)

    def front_end(self, training: Dataset) -> FrontEnd:
        fronts = [
            standardise(each, kind_of(each, self.kind), training.features[each.name])
            for each in training.inputs
        ]
        return fronts[0] if len(fronts) == 1 else join(training.inputs, fronts)

    def _arrays(self) -> tuple[str, Mapping[str, Any]]:
        if self.arrays is not None:
            return "", gathered(self.arrays)
        if self.path is None:
            raise DataError(
                "there are no arrays: they are not part of a configuration.",
                hint="Pass them again, archivolt.search(x, y), or name a file: data.path.",
            )
        arrays = load(Path(self.path))
        if self.labels is not None:
            arrays |= {"y": load(Path(self.labels))["x"]}
        return self.path, gathered(arrays)


def _dataset(given: Sequence[Given], labelled: Labelled) -> Dataset:
    return Dataset(
        inputs=tuple(each.input for each in given),
        features={each.input.name: each.features for each in given},
        labels=labelled.labels,
        targets=labelled.targets,
        weights=labelled.weights,
        several=labelled.several,
        steps=labelled.steps,
    )


def _test(
    arrays: Mapping[str, Any], inputs: Sequence[Input], training: Labelled, one_hot: bool
) -> Dataset | None:
    if "x_test" not in arrays:
        return None
    given = read_alike(arrays["x_test"], arrays.get(TEST_LENGTHS), inputs, "x_test", TEST_LENGTHS)
    if "y_test" not in arrays:
        raise DataError("x_test has no labels.", "y_test", "Give y_test, or leave out x_test.")
    y = of_targets(arrays["y_test"], training.targets, "y_test")
    labelled = Labelled.read(given[0].x, given[0].input, y, names=("x_test", "y_test"))
    if one_hot and labelled.one_hot:
        labelled = labelled.as_indices()
    if labelled.of_one != training.of_one:
        raise DataError(
            f"labels of the shape {list(labelled.of_one)} a row, in y {list(training.of_one)}.",
            "y_test",
        )
    return _dataset(given, labelled)


def _features_alone(
    arrays: Mapping[str, Any], like: Dataset, where: str, lengths_where: str
) -> Dataset:
    """Read rows of the inputs of a dataset; labels among them are not looked at."""
    x, lengths = _pick(arrays, FEATURES, where), arrays.get(LENGTHS)
    return _features_of(x, lengths, like.inputs, like.targets, where, lengths_where)[0]


def _features_of(
    x: Any,
    lengths: Any,
    inputs: Sequence[Input],
    targets: Sequence[str],
    where: str,
    lengths_where: str,
) -> tuple[Dataset, Given]:
    given = read_alike(x, lengths, inputs, where, lengths_where)
    lead = given[0]
    dataset = Dataset(
        inputs=tuple(inputs),
        features={each.input.name: each.features for each in given},
        labels=None,
        targets=tuple(targets),
        steps=read_steps(lead.x, lead.input.padding) if lead.input.per_step else None,
    )
    return dataset, lead


def read_new_arrays(data: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
    """Read further rows from an .npz or .npy, or from arrays; labels where there is a key y.

    Raises:
        DataError: the rows are of another shape, or cannot be read.
    """
    where = "x"
    if isinstance(data, (str, Path)):
        where = str(data)
        arrays: Mapping[str, Any] = load(Path(data))
    else:
        arrays = data if isinstance(data, Mapping) else {"x": data}
    arrays = gathered(arrays)
    names = {each.name for each in inputs}
    if len(names) > 1 and names <= set(arrays):
        x: Any = arrays  # the inputs themselves
    else:
        x = _pick(arrays, FEATURES, where)
    dataset, lead = _features_of(x, arrays.get(LENGTHS), inputs, targets, where, LENGTHS)
    if any(key in arrays for key in LABELS):
        y = of_targets(_pick(arrays, LABELS, where), targets, where)
        labelled = Labelled.read(lead.x, lead.input, y, arrays.get("weights"))
        if labelled.one_hot and len(targets) == 1:
            labelled = labelled.as_indices()
        dataset.labels, dataset.weights = labelled.labels, labelled.weights
    return dataset


def _pick(arrays: Mapping[str, Any], keys: Sequence[str], where: str) -> Any:
    for key in keys:
        if key in arrays:
            return arrays[key]
    raise DataError(f"there is no array {keys[0]!r}; there are {', '.join(arrays)}.", where)


def _column(
    arrays: Mapping[str, Any], key: str | None, rows: int, where: str
) -> NDArray[Any] | None:
    if key is None:
        return None
    others = tuple(sorted(set(arrays) - set(KNOWN)))
    if key not in arrays:
        raise DataError(f"there is no array {key!r} to split by.", where, nearest(key, others))
    return check_labels(arrays[key], rows, key).reshape(rows)


def _is_tensor(x: Any) -> bool:
    # A frame offers itself as an array too, but its columns would lose their types.
    return hasattr(x, "__array__") and hasattr(x, "shape") and not hasattr(x, "columns")
