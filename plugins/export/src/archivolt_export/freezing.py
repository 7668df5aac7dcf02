"""Graphs with their weights as constants, for converters of other formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf


def with_constants(graph: Any) -> tuple[Any, tuple[str, ...]]:
    """Return a concrete function with its variables as constants, and its inputs in their order.

    Converters freeze by themselves, and forget variables inside the loops of recurrent layers.
    """
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2_as_graph,
    )

    constant, definition = convert_variables_to_constants_v2_as_graph(
        graph, lower_control_flow=False
    )
    _sum_whole_numbers(definition.node)
    for function in definition.library.function:
        _sum_whole_numbers(function.node_def)
    names = [each.name for each in constant.inputs if each.dtype != tf.resource]
    wrapped = tf.compat.v1.wrap_function(
        lambda: tf.graph_util.import_graph_def(definition, name=""), []
    )
    pruned = wrapped.prune(
        [wrapped.graph.get_tensor_by_name(name) for name in names],
        [wrapped.graph.get_tensor_by_name(each.name) for each in constant.outputs],
    )
    return pruned, tuple(name.partition(":")[0] for name in names)


def _sum_whole_numbers(nodes: Iterable[Any]) -> None:
    """Write sums of whole numbers as such: Keras makes a `BiasAdd` of them, which is for floats."""
    for node in nodes:
        if node.op == "BiasAdd" and tf.dtypes.as_dtype(node.attr["T"].type).is_integer:
            node.op = "AddV2"
            del node.attr["data_format"]
