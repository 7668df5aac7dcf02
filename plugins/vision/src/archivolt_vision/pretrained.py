"""Weights of whole networks from files, and pictures as those weights want them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras import layers, saving

from archivolt.errors import DataError, SpaceError
from archivolt_vision.catalogue import CENTRED, STANDARDISED

Tensor = Any

# Of the red, green and blue pixels of ImageNet, from 0 to 1.
MEANS = (0.485, 0.456, 0.406)
DEVIATIONS = (0.229, 0.224, 0.225)
CENTRES = (123.68, 116.779, 103.939)  # what is taken off pixels from 0 to 255


def as_published(x: Tensor, preprocessing: str) -> Tensor:
    """Bring standardised pictures to the scale for which published weights were made.

    Pixels come with mean 0 and deviation 1 over the training pictures; they go on as if those had
    the mean and deviation of ImageNet.

    Args:
        x: `(batch, height, width, 1 or 3)`.
        preprocessing: Of the network.

    Raises:
        SpaceError: there are neither one channel nor three.
    """
    channels = x.shape[-1]
    if channels not in (1, 3):
        raise SpaceError(
            f"published weights read pictures of three channels, not of {channels}.",
            "Without `weights` the network takes any number.",
        )
    if channels == 1:
        x = layers.Concatenate()([x, x, x])
    if preprocessing == STANDARDISED:
        return x
    if preprocessing == CENTRED:
        scales = [255 * deviation for deviation in DEVIATIONS]
        offsets = [255 * mean - centre for mean, centre in zip(MEANS, CENTRES, strict=True)]
        return layers.Rescaling(scales, offsets)(x)[..., ::-1]
    scales = [2 * deviation for deviation in DEVIATIONS]
    return layers.Rescaling(scales, [2 * mean - 1 for mean in MEANS])(x)


def load_weights(model: Any, name: str, path: Path) -> None:
    """Load the weights of a file into a network without head.

    A `.keras` file may hold the network with its head, or more behind it: what comes first counts.

    Args:
        model: The network.
        name: What people call it.
        path: Of the file.

    Raises:
        DataError: there is no such file, or its weights are those of another network.
    """
    if not path.is_file():
        raise DataError(f"there is no file with weights of {name}.", str(path))
    try:
        if path.suffix != ".keras":
            model.load_weights(path)
            return
        stored = saving.load_model(path, compile=False).get_weights()
    except Exception as cause:  # Keras and h5py raise nearly anything
        raise DataError(f"no weights of {name} can be read: {cause}", str(path)) from cause
    _assign(model, name, stored, path)


def _assign(model: Any, name: str, stored: Sequence[Any], path: Path) -> None:
    wanted = [tuple(weight.shape) for weight in model.weights]
    given = [tuple(weight.shape) for weight in stored]
    if given[: len(wanted)] != wanted:
        odd = next(
            (at for at, pair in enumerate(zip(given, wanted, strict=False)) if pair[0] != pair[1]),
            min(len(given), len(wanted)),
        )
        there = list(given[odd]) if odd < len(given) else "nothing"
        raise DataError(
            f"these are no weights of {name}: its {model.weights[odd].path} has the shape "
            f"{list(wanted[odd])}, and the file has {there} in its place.",
            str(path),
            "Is it of this network, and as wide as `width` says?",
        )
    model.set_weights(stored[: len(wanted)])
