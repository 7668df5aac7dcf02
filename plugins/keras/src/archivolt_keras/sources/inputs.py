"""The features of arrays: one array, or several by name that are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from archivolt.components.source import Input
from archivolt.errors import DataError, nearest
from archivolt.values.features import SEQUENCE
from archivolt_keras.sources.checks import check_features
from archivolt_keras.sources.joining import joined
from archivolt_keras.sources.padding import marked, real_steps
from archivolt_keras.sources.shapes import (
    asked_of,
    features_of,
    guess_kind,
    input_of,
    kind_of_input,
)

Array = NDArray[Any]


# Keys that may be `x.name`.
SEVERAL = ("x", "x_train", "x_test", "x_unlabelled", "y", "y_train", "y_test")


def gathered(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Gather what a file holds by name: `x.a` and `x.b` become `x`, a mapping; so does `y`."""
    found: dict[str, Any] = {}
    for key, array in arrays.items():
        whole, _, name = str(key).partition(".")
        if name and whole in SEVERAL:
            found.setdefault(whole, {})[name] = array
        else:
            found[key] = array
    return found


@frozen(eq=False)
class Given:
    """One input with its rows."""

    input: Input
    x: Array  # `(rows, …)`

    def with_step_labels(self) -> Given:
        return evolve(self, input=evolve(self.input, per_step=True))

    @property
    def features(self) -> Array:
        return self.x.astype(self.input.dtype, copy=False)


def read_inputs(
    x: object, lengths: object, padding: float | None, asked: str | None, notes: list[str]
) -> tuple[Given, ...]:
    """Read features; the first is the one whose steps may have labels.

    Args:
        x: An array, or a mapping of arrays by name.
        lengths: Real steps of each sequence, `(rows,)`; None: not given.
        padding: The number that a padded step holds alone.
        asked: Kind that the user said; None: guessed.
        notes: Where guesses are told.

    Raises:
        DataError: they cannot be used, or not together.
    """
    if not isinstance(x, Mapping):
        return (_read(check_features(x, "x"), lengths, padding, asked, notes),)
    if not x:
        raise DataError("there are no inputs.", "x")
    given: list[Given] = []
    for name, each in x.items():
        where, told = f"x, {name!r}", list[str]()
        array = check_features(each, where)
        if given and len(array) != len(given[0].x):
            first = given[0].input.name
            raise DataError(f"{len(array)} rows, and {first!r} has {len(given[0].x)}.", where)
        kind = guess_kind(array.shape[1:], array.dtype, asked_of(asked, array.shape[1:]), told)
        steps = kind == SEQUENCE
        one = _read(array, lengths if steps else None, padding if steps else None, kind, told)
        given.append(evolve(one, input=evolve(one.input, name=str(name))))
        notes += [f"{name}: {note}" for note in told]
    if lengths is not None and not any(each.input.padding is not None for each in given):
        raise DataError("there are lengths, and no input is a sequence.", "lengths")
    joined([_features(each, asked) for each in given])
    return tuple(sorted(given, key=lambda each: kind_of(each.input, asked) != SEQUENCE))


def _read(
    x: Array, lengths: object, padding: float | None, asked: str | None, notes: list[str]
) -> Given:
    kind = guess_kind(x.shape[1:], x.dtype, asked, notes)
    x, marker = marked(x, lengths, padding, kind)
    if marker is not None:
        share = 1 - float(real_steps(x, marker).mean())
        notes.append(f"{share:.0%} of the steps are padding, {marker:g} in every feature.")
    return Given(evolve(input_of(kind, x.shape[1:], x.dtype), padding=marker), x)


def _features(given: Given, asked: str | None) -> Any:
    return features_of(
        kind_of(given.input, asked), tuple(int(each or 1) for each in given.input.shape)
    )


def kind_of(given: Input, asked: str | None) -> str:
    """Return the kind that an input was read as."""
    return kind_of_input(given, asked_of(asked, given.shape))


def read_alike(
    x: object, lengths: object, inputs: Sequence[Input], where: str, lengths_where: str
) -> tuple[Given, ...]:
    """Read further rows of the inputs of a model, in their order.

    Raises:
        DataError: an input is missing, or its rows are not like those of training.
    """
    if isinstance(x, Mapping):
        named = x
    elif len(inputs) == 1:
        named = {inputs[0].name: x}
    else:
        names = ", ".join(each.name for each in inputs)
        raise DataError(f"one array, where the model reads {len(inputs)} inputs: {names}.", where)
    found = []
    for each in inputs:
        if each.name not in named:
            hint = nearest(each.name, tuple(map(str, named)))
            raise DataError(f"the input {each.name!r} is missing.", where, hint)
        at = where if len(inputs) == 1 else f"{where}, {each.name!r}"
        rows = _like_training(check_features(named[each.name], at), each, at)
        if len(inputs) == 1 or each.padding is not None:
            rows = _marked_alike(rows, lengths, lengths_where, each)
        found.append(Given(each, rows))
    return tuple(found)


def _like_training(x: Array, given: Input, where: str) -> Array:
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


def _marked_alike(x: Array, lengths: object, key: str, given: Input) -> Array:
    """Mark padded steps as those of the training rows are marked."""
    if lengths is None:
        return x
    if given.padding is None:
        raise DataError(
            "there are lengths; the training rows had neither lengths nor padding.",
            key,
            "Leave them out, or search again with the lengths of the training rows.",
        )
    return marked(x, lengths, given.padding, where=key)[0]
