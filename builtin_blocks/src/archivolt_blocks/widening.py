"""Going on as the parent did: a plan beside that of the parent's block, operation by operation.

New units are drawn as usual and have no influence: the weights that lead from them to what the
parent had are zero (Wei et al., 2016; Net2Net, Chen et al., 2016, splits units instead).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.growth import Layer, Rewrite
from archivolt_blocks.recording import INPUT, Operation

Positions = NDArray[np.intp]
# What may differ between parent and child, by operation; everything else must be equal.
_FREE = {
    "dense": {"units"},
    "convolution": {"filters"},
    "separable": {"filters"},
    "match": {"length"},
    "dropout": {"rate"},
}
_NONNEGATIVE = ("relu", "sigmoid")
LAYERS = {"dense": "dense", "convolution": "conv2d", "separable": "separable_conv2d"}
NORMALISATION = {"batch": "batch_normalization", "layer": "layer_normalization"}


@frozen(eq=False)
class Kept:
    """Where the parent's features stand in a tensor of the child."""

    at: Positions
    nonnegative: bool = False


class CannotError(Exception):
    """The child would not compute what the parent did."""


def follow(
    old: Sequence[Operation], new: Sequence[Operation], inputs: Sequence[Kept]
) -> tuple[dict[Operation, Kept], list[Layer]]:
    """Follow the parent's features through the child's plan.

    Args:
        old: The operations of the parent's block.
        new: Those of the child's.
        inputs: What is kept of each input, in their order.

    Returns:
        What is kept after each of the child's operations, and how the layers with weights are
        made, in their order.

    Raises:
        CannotError: the two are no plan of one form, or a new feature would have an influence.
    """
    if len(old) != len(new):
        raise CannotError
    place = {each: index for index, each in enumerate(old)}
    given = iter(inputs)
    kept: dict[Operation, Kept] = {}
    layers: list[Layer] = []
    for before, now in zip(old, new, strict=True):
        if before.name == now.name == INPUT:
            kept[now] = next(given)
            continue
        wired = [new[place[each]] for each in before.inputs]
        same = all(one is other for one, other in zip(wired, now.inputs, strict=True))
        if before.name != now.name or not same or _settings(before) != _settings(now):
            raise CannotError
        follower = _FOLLOWERS.get(now.name)
        if follower is None:
            raise CannotError
        kept[now] = follower(before, now, [kept[each] for each in now.inputs], layers)
    return kept, layers


def _settings(operation: Operation) -> Mapping[str, Any]:
    free = _FREE.get(operation.name, set())
    return {key: value for key, value in operation.settings.items() if key not in free}


# One function an operation: (parent's, child's, what is kept of its inputs, layers so far)


def _hand_on(_: Operation, __: Operation, inputs: list[Kept], ___: list[Layer]) -> Kept:
    return inputs[0]


def _product(before: Operation, now: Operation, inputs: list[Kept], layers: list[Layer]) -> Kept:
    units = _width(before)
    if _width(now) < units:
        raise CannotError
    at = np.arange(units)
    kernel = _kernel(inputs[0].at, units)
    weights: dict[str, Rewrite] = {}
    if now.name == "separable":
        weights |= {"depthwise_kernel": _axis(inputs[0].at, -2), "pointwise_kernel": kernel}
    else:
        weights["kernel"] = kernel
    if now.settings["bias"]:
        weights["bias"] = _axis(at, -1)
    layers.append(Layer(LAYERS[now.name], weights))
    return Kept(at)


def _activation(_: Operation, now: Operation, inputs: list[Kept], __: list[Layer]) -> Kept:
    # Every other activation gives nothing negative for what is not.
    positive = now.settings["activation"] in _NONNEGATIVE or inputs[0].nonnegative
    return Kept(inputs[0].at, positive)


def _normalise(_: Operation, now: Operation, inputs: list[Kept], layers: list[Layer]) -> Kept:
    mode, at = now.settings["normalisation"], inputs[0].at
    if mode == "none":
        return inputs[0]
    if mode == "layer" and len(at) != _width(now):
        raise CannotError  # the new features are part of the average
    names = ["gamma", "beta"] + (["moving_mean", "moving_variance"] if mode == "batch" else [])
    layers.append(Layer(NORMALISATION[mode], {name: _axis(at, -1) for name in names}))
    return Kept(at)


def _together(_: Operation, __: Operation, inputs: list[Kept], ___: list[Layer]) -> Kept:
    first, second = inputs
    if not np.array_equal(first.at, second.at):
        raise CannotError
    return Kept(first.at, first.nonnegative and second.nonnegative)


def _concatenate(_: Operation, now: Operation, inputs: list[Kept], __: list[Layer]) -> Kept:
    ends = np.cumsum([0, *(_width(each) for each in now.inputs)])
    at = np.concatenate([each.at + start for each, start in zip(inputs, ends, strict=False)])
    return Kept(at, all(each.nonnegative for each in inputs))


def _flatten(before: Operation, now: Operation, inputs: list[Kept], __: list[Layer]) -> Kept:
    width, positions = _width(now.inputs[0]), _width(now) // _width(now.inputs[0])
    at = (np.arange(positions)[:, None] * width + inputs[0].at).ravel()
    return Kept(at, inputs[0].nonnegative)


def _match(before: Operation, now: Operation, inputs: list[Kept], __: list[Layer]) -> Kept:
    was, wide = _width(before.inputs[0]), _width(now.inputs[0])
    length, wanted = _width(before), _width(now)
    if wide == was:
        if wanted < length:
            raise CannotError
        return Kept(np.arange(length), inputs[0].nonnegative)
    at = inputs[0].at[:length]
    # Where the parent filled up with zeros, the child would have a new feature.
    if length > was or (len(at) and at.max() >= wanted):
        raise CannotError
    return Kept(at, inputs[0].nonnegative)


Follower = Callable[[Operation, Operation, "list[Kept]", "list[Layer]"], Kept]
_FOLLOWERS: Mapping[str, Follower] = {
    "same": _hand_on,
    "dense": _product,
    "convolution": _product,
    "separable": _product,
    "activation": _activation,
    "normalise": _normalise,
    "dropout": _hand_on,
    "add": _together,
    "scale": _together,
    "concatenate": _concatenate,
    "pool": _hand_on,
    "pool_all": _hand_on,
    "flatten": _flatten,
    "last": _hand_on,
    "match": _match,
    "match_plate": _hand_on,
}


def _width(operation: Operation) -> int:
    return operation.shape[-1] or 1


# Weights


def _kernel(inputs: Positions, units: int) -> Rewrite:
    """Make a kernel `(…, inputs, units)`: the old block in it, zeros from new to old."""

    def rewrite(old: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
        assert old is not None
        made = fresh.copy()
        made[..., :units] = 0.0
        made[..., inputs[:, None], np.arange(units)] = old
        return made

    return rewrite


def _axis(at: Positions, axis: int) -> Rewrite:
    """Make a weight with the old one at these places of an axis, initial values elsewhere."""

    def rewrite(old: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
        assert old is not None
        made = fresh.copy()
        np.moveaxis(made, axis, 0)[at] = np.moveaxis(old, axis, 0)
        return made

    return rewrite
