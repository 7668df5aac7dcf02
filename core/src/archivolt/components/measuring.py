"""Measuring a block by building it: the fallback for blocks that do not tell their footprint."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archivolt.errors import SpaceError
from archivolt.values.features import COLUMNS, VECTOR, Features
from archivolt.values.footprint import Footprint

if TYPE_CHECKING:
    from archivolt.components.block import Block


@lru_cache(maxsize=1 << 14)
def measure(block: Block, x: Features, earlier: tuple[Features, ...] = ()) -> Footprint:
    """Build `block` once on symbolic inputs; read its shape, weights and arithmetic off the layers.

    Raises:
        SpaceError: the block cannot be built on such features.
    """
    from keras import Model

    inputs, tensor = symbolic(x)
    others = [symbolic(each) for each in earlier]
    try:
        output = block.build(tensor, [each for _, each in others])
    except Exception as cause:
        raise SpaceError(f"{block} does not build on {x.kind} {list(x.shape)}: {cause}") from cause
    reached = [*inputs, *(each for pair, _ in others for each in pair)]
    model = Model(reached, output)
    shape = tuple(output.shape[1:])
    if block.writes == VECTOR and len(shape) != 1:
        raise SpaceError(f"{block} says that it writes a vector, and gives the shape {shape}.")
    return Footprint(Features(block.writes, shape), model.count_params(), count_flops(model))


def symbolic(features: Features) -> tuple[list[Any], Any]:
    """Make symbolic inputs for features: the Keras inputs, and what a block is given of them."""
    from keras import Input

    from archivolt.components.columns import Columns

    if features.kind != COLUMNS or features.columns is None:
        tensor = Input(features.shape)
        return [tensor], tensor
    layout = features.columns
    numeric = Input((len(layout.numeric),), name="numeric") if layout.numeric else None
    categories = (
        Input((len(layout.categorical),), dtype="int32", name="categories")
        if layout.categorical
        else None
    )
    bundle = Columns(layout, numeric, categories)
    return [each for each in (numeric, categories) if each is not None], bundle


def count_flops(model: Any) -> int:
    """Count the forward arithmetic of one example: products of kernels, a multiply-add as 2.

    Counted are the layers whose arithmetic is a product with a kernel (dense, convolutions,
    recurrent layers); additions, activations and normalisation are left out, as is usual.
    """
    from keras import layers

    total = 0
    for layer in model._flatten_layers(include_self=False):  # nested models included
        output = getattr(layer, "output", None)
        shape = getattr(output, "shape", None)
        if shape is None:
            continue
        positions = 1
        for length in shape[1:-1]:
            positions *= length or 1
        if isinstance(layer, layers.SeparableConv2D):
            depthwise, pointwise = layer.depthwise_kernel.shape, layer.pointwise_kernel.shape
            size = depthwise[0] * depthwise[1] * depthwise[2] * depthwise[3]
            total += 2 * positions * (size + pointwise[2] * pointwise[3])
        elif isinstance(layer, layers.DepthwiseConv2D):
            total += 2 * positions * _size(layer.kernel)
        elif isinstance(layer, (layers.Dense, layers.Conv1D, layers.Conv2D, layers.EinsumDense)):
            total += 2 * positions * _size(layer.kernel)
        elif isinstance(layer, layers.RNN):
            steps = layer.input.shape[1] or 1
            total += 2 * steps * sum(_size(each) for each in layer.weights if len(each.shape) == 2)
    return total


def _size(weight: Any) -> int:
    total = 1
    for length in weight.shape:
        total *= length
    return total


