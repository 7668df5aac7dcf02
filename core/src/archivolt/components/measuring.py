"""Measuring a block by building it: the fallback for blocks that do not tell their footprint."""

from __future__ import annotations

from functools import lru_cache
from math import prod
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
        return [tensor], as_read(features, tensor)
    layout = features.columns
    numeric = Input((len(layout.numeric),), name="numeric") if layout.numeric else None
    categories = (
        Input((len(layout.categorical),), dtype="int32", name="categories")
        if layout.categorical
        else None
    )
    bundle = Columns(layout, numeric, categories)
    return [each for each in (numeric, categories) if each is not None], bundle


def as_read(features: Features, tensor: Any) -> Any:
    """Mark the padded steps of a sequence; Keras hands the mask on from layer to layer."""
    if not features.padded:
        return tensor
    from keras import layers

    return layers.Masking()(tensor)


def count_flops(model: Any) -> int:
    """Count the forward arithmetic of one example: products of kernels, a multiply-add as 2.

    Counted are the layers whose arithmetic is a product with a kernel (dense, convolutions,
    recurrent layers) and attention; additions, activations and normalisation are left out, as
    is usual. An axis of any length counts once.
    """
    return sum(map(_layer_flops, model._flatten_layers(include_self=False)))  # nested ones too


def _layer_flops(layer: Any) -> int:
    from keras import layers

    output = getattr(layer, "output", None)  # None for a layer inside another layer
    if getattr(output, "shape", None) is None:
        return 0
    if isinstance(layer, layers.EinsumDense):
        return 2 * _einsum_products(layer.equation, layer.input.shape, layer.kernel.shape)
    if isinstance(layer, layers.MultiHeadAttention):
        return 2 * _attention_products(layer)
    if isinstance(layer, layers.Bidirectional):
        return _recurrent_flops(layer.forward_layer, layer) + _recurrent_flops(
            layer.backward_layer, layer
        )
    if isinstance(layer, layers.RNN):
        return _recurrent_flops(layer, layer)
    if isinstance(layer, (layers.SeparableConv1D, layers.SeparableConv2D)):
        kernel = _size(layer.depthwise_kernel) + _size(layer.pointwise_kernel)
        return 2 * _positions(output) * kernel
    if isinstance(layer, (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)):
        return 2 * _positions(layer.input) * _size(layer.kernel)
    with_kernel = (
        layers.Dense,
        layers.Conv1D,
        layers.Conv2D,
        layers.Conv3D,
        layers.DepthwiseConv1D,
        layers.DepthwiseConv2D,
    )
    if isinstance(layer, with_kernel):
        return 2 * _positions(output) * _size(layer.kernel)
    return 0


def _positions(tensor: Any) -> int:
    return prod(length or 1 for length in tensor.shape[1:-1])


def _einsum_products(equation: str, inputs: Any, kernel: Any) -> int:
    """Multiply the lengths of all axes that an einsum runs over, the batch axis left out."""
    read, _, rest = equation.replace(" ", "").partition(",")
    lengths = dict(zip(rest.partition("->")[0], kernel, strict=True))
    elided = len(inputs) - len(read.replace("...", "")) if "..." in read else 0
    marks: list[str] = list(read)
    if elided:
        at = read.index("...")
        marks = [*read[:at], *(f"...{axis}" for axis in range(elided)), *read[at + 3 :]]
    for mark, length in list(zip(marks, inputs, strict=True))[1:]:
        lengths[mark] = length or 1
    return prod(lengths.values())


def _attention_products(layer: Any) -> int:
    inputs = layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]
    query = _positions(inputs[0])
    value = _positions(inputs[1]) if len(inputs) > 1 else query
    projections = sum(
        positions * _size(dense.kernel)
        for positions, dense in (
            (query, layer.query_dense),
            (value, layer.key_dense),
            (value, layer.value_dense),
            (query, layer.output_dense),
        )
    )
    products = query * value * layer.num_heads * (layer.key_dim + layer.value_dim)
    return int(projections + products)


def _recurrent_flops(layer: Any, outermost: Any) -> int:
    # The biases of a GRU have two axes too.
    kernels = sum(_size(each) for each in layer.weights if "bias" not in each.name)
    # A layer that is given a mask has it among its inputs.
    inputs = outermost.input
    first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
    return 2 * (first.shape[1] or 1) * kernels


def _size(weight: Any) -> int:
    return prod(weight.shape)
