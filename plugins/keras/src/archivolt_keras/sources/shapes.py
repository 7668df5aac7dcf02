"""Which kind of features an array holds: a vector, a sequence or a picture a row."""

from __future__ import annotations

from math import prod

import numpy as np

from archivolt.components.source import ARRAY, PICTURE, Input
from archivolt.errors import DataError
from archivolt.values.features import IMAGE, SEQUENCE, VECTOR, Features, image, sequence, vector

ARRAY_KINDS = (VECTOR, SEQUENCE, IMAGE)
INPUT = "x"
LEAST_SIDE = 8  # pixels: bytes with two axes at least so long are taken for grey pictures


def guess_kind(shape: tuple[int, ...], dtype: np.dtype, asked: str | None, notes: list[str]) -> str:
    """Choose the kind from the shape of one example, and tell it where it is a guess.

    Raises:
        DataError: the kind that is asked for has other axes.
    """
    if asked is not None:
        fits = {VECTOR: True, SEQUENCE: len(shape) == 2, IMAGE: len(shape) in (2, 3)}
        if not fits[asked]:
            raise DataError(f"examples of the shape {list(shape)} are no {asked}.", INPUT)
        return asked
    if len(shape) == 1:
        return VECTOR
    if len(shape) == 3:
        if shape[0] in (1, 3) and shape[2] not in (1, 3, 4):
            notes.append(
                f"Pictures are read as {shape[0]} x {shape[1]} pixels with {shape[2]} channels; "
                "if the channels come first, pass np.moveaxis(x, 1, -1)."
            )
        return IMAGE
    if dtype == np.uint8 and min(shape) >= LEAST_SIDE:
        notes.append(
            f"x holds bytes, {shape[0]} x {shape[1]} a row: read as grey pictures. "
            "kind: sequence reads them as sequences."
        )
        return IMAGE
    hint = ""
    if min(shape) >= LEAST_SIDE:
        hint = " Grey pictures have an axis for the channel, x[..., None], or say kind: image."
    notes.append(
        f"x has 3 axes: read as sequences of {shape[0]} steps with {shape[1]} features.{hint}"
    )
    return SEQUENCE


def asked_of(asked: str | None, shape: tuple[int | None, ...]) -> str | None:
    """Return the kind that is asked for, unless it is one of several inputs that has other axes."""
    return None if asked in (SEQUENCE, IMAGE) and len(shape) == 1 else asked


def features_of(kind: str, shape: tuple[int, ...]) -> Features:
    """Return what an example of `shape` is to the first block."""
    if kind == VECTOR:
        return vector(prod(shape))
    if kind == SEQUENCE:
        return sequence(shape[0], shape[1])
    return image(shape[0], shape[1], shape[2] if len(shape) == 3 else 1)


def input_of(kind: str, shape: tuple[int, ...], dtype: np.dtype) -> Input:
    """Return the raw input of the delivered model."""
    raw = "uint8" if kind == IMAGE and dtype == np.uint8 else "float32"
    return Input(INPUT, PICTURE if kind == IMAGE else ARRAY, tuple(map(int, shape)), raw)


def kind_of_input(given: Input, asked: str | None) -> str:
    """Return the kind that `input_of` was called with."""
    if asked is not None:
        return asked
    if given.role == PICTURE:
        return IMAGE
    return VECTOR if len(given.shape) == 1 else SEQUENCE
