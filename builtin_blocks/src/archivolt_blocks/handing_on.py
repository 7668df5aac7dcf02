"""Handing on: how a new block of a network gives what it is given, and can still learn.

Either the way past a residual stays open and what is added to it begins at zero (Goyal et al.,
2017, section 5.1; Zhang et al., 2019), or a kernel begins as the identity (Chen et al., 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.growth import Layer, Rewrite
from archivolt_blocks.recording import INPUT, Operation
from archivolt_blocks.widening import LAYERS, NORMALISATION

# f(x) = x for x >= 0
_IDENTITIES = ("relu", "leaky_relu", "elu")
# f(0) = 0 with a slope there: behind a zero the slope of relu is zero too, for ever.
_PASS_ZERO = ("tanh", "gelu", "silu", "elu", "leaky_relu")
_WITH_WEIGHTS = (*LAYERS, "normalise")
Made = dict[Operation, Layer]


def hand_on(
    operations: Sequence[Operation], output: Operation, nonnegative: bool
) -> list[Layer] | None:
    """Tell how the layers with weights are to begin; None where the block cannot hand on.

    Args:
        operations: The plan of the block; the first one is its input.
        output: What it gives.
        nonnegative: Whether nothing that it is given is negative.
    """
    made = _as_input(output, operations[0], nonnegative)
    if made is None:
        return None
    weighted = [
        each
        for each in operations
        if each.name in _WITH_WEIGHTS and each.settings.get("normalisation") != "none"
    ]
    return [made.get(each) or Layer(_layer(each), {}) for each in weighted]


def _layer(operation: Operation) -> str:
    if operation.name == "normalise":
        return NORMALISATION[operation.settings["normalisation"]]
    return LAYERS[operation.name]


def _as_input(x: Operation, wanted: Operation, nonnegative: bool) -> Made | None:
    """Make an operation give what the block is given."""
    if x is wanted:
        return {}
    if x.name == INPUT or x.shape != wanted.shape:
        return None
    if x.name in ("same", "dropout", "match") or x.settings.get("normalisation") == "none":
        return _as_input(x.inputs[0], wanted, nonnegative)
    if x.name == "activation":
        able = nonnegative and x.settings["activation"] in _IDENTITIES
        return _as_input(x.inputs[0], wanted, nonnegative) if able else None
    if x.name == "add":
        for past, beside in (x.inputs, x.inputs[::-1]):
            first, second = _as_input(past, wanted, nonnegative), _as_zero(beside)
            if first is not None and second is not None:
                return first | second
        return None
    if x.name in LAYERS:
        layer = _identity(x)
        below = _as_input(x.inputs[0], wanted, nonnegative)
        return None if layer is None or below is None else {**below, x: layer}
    return None


def _as_zero(x: Operation) -> Made | None:
    """Make an operation give zeros, in a way that training can leave."""
    if x.name in LAYERS:
        kernel = "pointwise_kernel" if x.name == "separable" else "kernel"
        weights: dict[str, Rewrite] = {kernel: _zeros}
        if x.settings["bias"]:
            weights["bias"] = _zeros
        return {x: Layer(LAYERS[x.name], weights)}
    if x.name == "normalise" and x.settings["normalisation"] != "none":
        return {x: Layer(_layer(x), {"gamma": _zeros, "beta": _zeros})}
    if x.name in ("same", "dropout", "normalise"):
        return _as_zero(x.inputs[0])
    if x.name == "activation" and x.settings["activation"] in _PASS_ZERO:
        return _as_zero(x.inputs[0])
    if x.name == "concatenate":
        parts = [_as_zero(each) for each in x.inputs]
        merged: Made = {}
        for each in parts:
            if each is None:
                return None
            merged |= each
        return merged
    return None


def _identity(x: Operation) -> Layer | None:
    weights: dict[str, Rewrite] = {"bias": _zeros} if x.settings["bias"] else {}
    if x.name == "dense":
        return Layer("dense", {**weights, "kernel": _eye_at(())})
    if x.settings["stride"] != 1:
        return None
    centre = []
    for extent in x.settings["kernel"]:
        # The border is filled to the size of the image, the smaller half of it before.
        dilation = x.settings.get("dilation", 1)
        index, odd = divmod((extent - 1) * dilation // 2, dilation)
        if odd:
            return None
        centre.append(index)
    if x.name == "separable":
        spots = {"depthwise_kernel": _one_at(tuple(centre)), "pointwise_kernel": _eye_at((0, 0))}
        return Layer(LAYERS[x.name], {**weights, **spots})
    return Layer(LAYERS[x.name], {**weights, "kernel": _eye_at(tuple(centre))})


def _zeros(_: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
    return np.zeros_like(fresh)


def _eye_at(place: tuple[int, ...]) -> Rewrite:
    def rewrite(_: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
        made = np.zeros_like(fresh)
        made[place] = np.eye(fresh.shape[-1])
        return made

    return rewrite


def _one_at(place: tuple[int, ...]) -> Rewrite:
    def rewrite(_: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
        made = np.zeros_like(fresh)
        made[place] = 1.0
        return made

    return rewrite
