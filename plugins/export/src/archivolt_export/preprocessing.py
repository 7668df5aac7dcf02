"""A delivered model in two: its preprocessing, and its network with the output."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import chain
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from attrs import frozen

from archivolt_export.ports import Exportable, Features, exportable
from archivolt_keras.network import NETWORK

AT_ONCE = 256  # rows


@frozen(eq=False)
class Parted:
    """The two, of which the second reads what the first gives, by name."""

    front: Exportable  # raw inputs to prepared parts
    network: Exportable  # prepared parts to predictions

    def prepare(self, features: Features) -> Features:
        """Return what the network reads of rows, `(rows, …)` by part."""
        graph, feed = self.front.function(None), self.front.feed(features)
        rows = len(next(iter(feed.values())))
        found = []
        for start in range(0, rows, AT_ONCE):
            part = {port: each[start : start + AT_ONCE] for port, each in feed.items()}
            found.append(graph(**{port: tf.constant(each) for port, each in part.items()}))
        return {
            each.name: np.concatenate([given[each.port].numpy() for given in found])
            for each in self.front.outputs
        }


def parted(model: keras.Model) -> Parted | None:
    """Part a delivered model before its network; None where nothing stands there."""
    parts = _read_by_network(model)
    raw = {id(each) for each in model.inputs}
    if all(id(each) in raw for each in parts.values()):
        return None
    with warnings.catch_warnings():
        # Keys are names of columns and of parts; not each of them is that of its Keras tensor.
        warnings.filterwarnings("ignore", message="When providing `inputs` as a dict")
        front = keras.Model(model.input, parts)
        network = keras.Model(parts, model.output)
    return Parted(exportable(front), exportable(network))


def _read_by_network(model: Any) -> Mapping[str, Any]:
    """Return the tensors that the network in a model reads; {} where there is no network."""
    # Keras has no public way from a layer to what it was called on in one of several models.
    for node in chain.from_iterable(getattr(model, "_nodes_by_depth", {}).values()):
        if node.operation.name == NETWORK and isinstance(node.operation, keras.Model):
            (read,) = node.arguments.args
            return dict(read) if isinstance(read, Mapping) else {}
    return {}
