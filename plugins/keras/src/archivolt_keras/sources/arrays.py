"""The source `arrays`: numpy arrays, passed from Python or in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import in_, optional
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError, nearest
from archivolt.values.encoding import in_memory
from archivolt_keras.sources.checks import (
    check_features,
    check_labels,
    check_weights,
    is_one_hot,
)
from archivolt_keras.sources.padding import LENGTHS, TEST_LENGTHS, marked, real_steps
from archivolt_keras.sources.shapes import ARRAY_KINDS, INPUT, guess_kind, input_of, kind_of_input
from archivolt_keras.sources.standardising import standardise

FEATURES = ("x", "x_train")  # keys, the first that is there
LABELS = ("y", "y_train")
MAGIC = (b"PK", b"\x93NUMPY")  # how an .npz and an .npy begin
KNOWN = (*FEATURES, *LABELS, "x_test", "y_test", "weights", LENGTHS, TEST_LENGTHS)


@frozen
class ArraySource(Source):
    """Numpy arrays: passed from Python, or an .npz file with the keys x and y.

    `x` has 2 axes (rows, features), 3 (rows, time, features; bytes: grey pictures) or 4 (rows,
    height, width, channels). Further keys: `x_test` and `y_test` are kept for the report,
    `weights` weigh the rows, `lengths` (and `lengths_test`) tell how many steps of a sequence are
    real, and any other may be named as group or time.
    """

    name = "arrays"

    path: str | None = None  # .npz, or .npy with the features alone
    labels: str | None = None  # .npy with the labels, where `path` is an .npy
    kind: str | None = field(default=None, validator=optional(in_(ARRAY_KINDS)))  # None: guessed
    padding: float | None = None  # steps of a sequence that hold this number alone are none
    arrays: Mapping[str, Any] | None = in_memory()  # by the same keys, instead of `path`

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.is_file() and path.suffix.lower() in (".npz", ".npy")

    @classmethod
    def from_memory(
        cls, x: Any, y: Any = None, weights: Any = None, test: tuple[Any, Any] | None = None
    ) -> ArraySource | None:
        if isinstance(x, Mapping):
            if not any(key in x for key in FEATURES):
                return None
            arrays = dict(x)
        elif isinstance(x, (np.ndarray, list, tuple)) or _is_tensor(x):
            arrays = {"x": x}
        else:
            return None
        more = {"y": y, "weights": weights}
        if test is not None:
            more |= {"x_test": test[0], "y_test": test[1]}
        arrays |= {key: value for key, value in more.items() if value is not None}
        return cls(arrays=arrays)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        where, arrays = self._arrays()
        notes: list[str] = []
        x = check_features(_pick(arrays, FEATURES, where), "x")
        if not any(key in arrays for key in LABELS):
            raise DataError(
                "there are no labels, y.",
                where,
                "Pass archivolt.search(x, y), or give the file the key y (labels: names an .npy).",
            )
        y = check_labels(_pick(arrays, LABELS, where), len(x))
        one_hot = is_one_hot(y)
        if one_hot:
            notes.append(
                f"y has a single 1 in each row: read as the number of one of {y.shape[1]} classes."
            )
            y = y.argmax(axis=1)
        kind = guess_kind(x.shape[1:], x.dtype, self.kind, notes)
        x, padding = marked(x, arrays.get(LENGTHS), self.padding, kind)
        if padding is not None:
            share = 1 - float(real_steps(x, padding).mean())
            notes.append(f"{share:.0%} of the steps are padding, {padding:g} in every feature.")
        given = evolve(input_of(kind, x.shape[1:], x.dtype), padding=padding)
        dataset = self._dataset(x, y, given)
        dataset.notes = notes
        if "weights" in arrays:
            dataset.weights = check_weights(arrays["weights"], len(x))
        dataset.groups = _column(arrays, group, len(x), where)
        dataset.times = _column(arrays, time, len(x), where)
        dataset.test = self._test(arrays, dataset, one_hot)
        unread = sorted(set(arrays) - set(KNOWN) - {group, time})
        if unread:
            notes.append(f"Arrays that are not read: {', '.join(unread)}.")
        return dataset

    def read_new(self, path: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read a file of arrays, or arrays: a mapping by the same keys, or the features alone."""
        return read_new_arrays(path, inputs[0], targets)

    def front_end(self, training: Dataset) -> FrontEnd:
        given = training.inputs[0]
        return standardise(given, kind_of_input(given, self.kind), training.features[given.name])

    def _arrays(self) -> tuple[str, Mapping[str, Any]]:
        if self.arrays is not None:
            return "", self.arrays
        if self.path is None:
            raise DataError(
                "there are no arrays: they are not part of a configuration.",
                hint="Pass them again, archivolt.search(x, y), or name a file: data.path.",
            )
        arrays = load(Path(self.path))
        if self.labels is not None:
            arrays |= {"y": load(Path(self.labels))["x"]}
        return self.path, arrays

    def _dataset(self, x: NDArray[Any], y: NDArray[Any] | None, given: Input) -> Dataset:
        return Dataset(
            inputs=(given,),
            features={INPUT: x.astype(given.dtype, copy=False)},
            labels=y,
            targets=_targets(y),
        )

    def _test(self, arrays: Mapping[str, Any], training: Dataset, one_hot: bool) -> Dataset | None:
        if "x_test" not in arrays:
            return None
        given = training.inputs[0]
        x = _like_training(check_features(arrays["x_test"], "x_test"), given, "x_test")
        x = _marked_alike(x, arrays, TEST_LENGTHS, given)
        if "y_test" not in arrays:
            raise DataError("x_test has no labels.", "y_test", "Give y_test, or leave out x_test.")
        y = check_labels(arrays["y_test"], len(x), "y_test", "x_test")
        if one_hot and is_one_hot(y):
            y = y.argmax(axis=1)
        training_labels = training.labels
        if training_labels is not None and y.shape[1:] != training_labels.shape[1:]:
            raise DataError(
                f"labels of the shape {list(y.shape[1:])} a row, in y {training_labels.shape[1:]}.",
                "y_test",
            )
        return self._dataset(x, y, given)


def read_new_arrays(data: Any, given: Input, targets: Sequence[str]) -> Dataset:
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
    x = _like_training(check_features(_pick(arrays, FEATURES, where), where), given, where)
    x = _marked_alike(x, arrays, LENGTHS, given)
    y = None
    if any(key in arrays for key in LABELS):
        y = check_labels(_pick(arrays, LABELS, where), len(x))
        if is_one_hot(y) and len(targets) == 1:
            y = y.argmax(axis=1)
    return Dataset(
        inputs=(given,),
        features={given.name: x.astype(given.dtype, copy=False)},
        labels=y,
        targets=tuple(targets),
    )


def load(path: Path) -> dict[str, Any]:
    """Load an .npz by its keys; an .npy as `x`, from disk as it is needed.

    Raises:
        DataError: there is no such file, it is damaged, or it holds Python objects.
    """
    try:
        with path.open("rb") as file:
            # numpy takes anything else for a pickle, and says so.
            if not file.read(6).startswith(MAGIC):
                raise DataError("the file is damaged, or no .npz or .npy.", str(path))
        if path.suffix.lower() == ".npy":
            return {"x": np.load(path, mmap_mode="r", allow_pickle=False)}
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError as cause:
        raise DataError("there is no such file.", str(path)) from cause
    except ValueError as cause:
        if "allow_pickle" in str(cause) or "pickled" in str(cause):
            raise DataError(
                "the file holds Python objects, which are not read from files.",
                str(path),
                "Save arrays of numbers or of text: np.savez(path, x=x, y=y.astype(str)).",
            ) from cause
        raise DataError(f"the file cannot be read: {cause}.", str(path)) from cause
    except (OSError, EOFError, BadZipFile) as cause:
        raise DataError(f"the file cannot be read: {cause}.", str(path)) from cause


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


def _like_training(x: NDArray[Any], given: Input, where: str) -> NDArray[Any]:
    if x.shape[1:] != given.shape:
        raise DataError(
            f"the rows have the shape {list(x.shape[1:])}; the training rows had "
            f"{list(given.shape)}.",
            where,
        )
    if given.dtype == "uint8" and x.dtype != np.uint8:
        raise DataError(
            "these pictures are not bytes; the training rows were numbers from 0 to 255, uint8.",
            where,
            "Pass the pictures as they were before any scaling: x.astype('uint8').",
        )
    return x


def _marked_alike(
    x: NDArray[Any], arrays: Mapping[str, Any], key: str, given: Input
) -> NDArray[Any]:
    """Mark padded steps as those of the training rows are marked."""
    lengths = arrays.get(key)
    if lengths is None:
        return x
    if given.padding is None:
        raise DataError(
            "there are lengths; the training rows had neither lengths nor padding.",
            key,
            "Leave them out, or search again with the lengths of the training rows.",
        )
    return marked(x, lengths, given.padding, where=key)[0]


def _targets(y: NDArray[Any] | None) -> tuple[str, ...]:
    if y is None or y.ndim == 1:
        return ("y",)
    return tuple(f"y{at}" for at in range(y.shape[1]))


def _is_tensor(x: Any) -> bool:
    # A frame offers itself as an array too, but its columns would lose their types.
    return hasattr(x, "__array__") and hasattr(x, "shape") and not hasattr(x, "columns")
