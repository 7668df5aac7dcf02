"""Several networks as one: from the same feature parts to the logits of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log1p
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import SMALLEST
from archivolt.values.prior import SUM, Prior
from archivolt.values.problem import MULTICLASS, REGRESSION, Task
from archivolt_keras.network import NETWORK


def side_by_side(members: Sequence[keras.Model], ensemble: Ensemble, task: Task) -> keras.Model:
    """Combine networks into one, from the same feature parts to the logits of the whole.

    Args:
        members: From feature parts to logits, in the order of the ensemble's members.
        ensemble: How they are combined.
        task: What is predicted.
    """
    inputs = _inputs(members[0])
    each = []
    for number, member in zip(ensemble.members, members, strict=True):
        member.name = f"trial_{number}"
        each.append(member(inputs))
    logits = _stacked(each, ensemble, task) if ensemble.kernel else _mean(each, ensemble, task)
    if ensemble.temperature != 1.0:
        logits = layers.Rescaling(1 / ensemble.temperature, name="temperature")(logits)
    model = keras.Model(inputs, logits, name=NETWORK)
    if ensemble.kernel:
        kernel, bias = np.asarray(ensemble.kernel), np.asarray(ensemble.bias)
        model.get_layer("stack").set_weights([kernel, bias])
    return model


def joined(
    prior: Prior, frozen: keras.Model, number: int, tower: keras.Model, task: Task
) -> keras.Model:
    """Put the tower of a trial beside its prior.

    Args:
        prior: How they are joined.
        frozen: The network of the prior.
        number: Of the trial.
        tower: The network that it trained; like the other, from feature parts to logits.
        task: What is predicted.
    """
    if prior.rule != SUM:
        ensemble = Ensemble((prior.trial, number), prior.shares)
        return side_by_side((frozen, tower), ensemble, task)
    inputs = _inputs(tower)
    frozen.name, tower.name = f"trial_{prior.trial}", f"trial_{number}"
    return keras.Model(inputs, layers.Add()([frozen(inputs), tower(inputs)]), name=NETWORK)


def _inputs(model: keras.Model) -> dict[str, Any]:
    return {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for name, tensor in model.input.items()
    }


def _stacked(each: Sequence[Any], ensemble: Ensemble, task: Task) -> Any:
    # The layer was fitted on what `logits_of` gives: bounded, and of classes the logarithms of
    # probabilities, from which logits may lie away by a number.
    low, high = log(SMALLEST), log1p(-SMALLEST)
    if task.kind == MULTICLASS:
        each = [ops.clip(layers.Activation("log_softmax")(logits), low, high) for logits in each]
    elif task.kind != REGRESSION:
        each = [ops.clip(logits, low - high, high - low) for logits in each]
    beside = layers.Concatenate()(list(each)) if len(each) > 1 else each[0]
    return layers.Dense(len(ensemble.bias), dtype="float32", name="stack")(beside)


def _mean(each: Sequence[Any], ensemble: Ensemble, task: Task) -> Any:
    """Take the weighted mean of what the members predict, as logits."""
    if len(each) == 1:
        return each[0]
    if task.parts:
        means = [
            _mean([logits[..., at] for logits in each], ensemble, part.task)
            for part, at in task.columns
        ]
        return layers.Concatenate()(means)
    if task.kind == REGRESSION:
        return _weighted(each, ensemble)
    activation = "softmax" if task.kind == MULTICLASS else "sigmoid"
    likely = _weighted([layers.Activation(activation)(logits) for logits in each], ensemble)
    likely = ops.clip(likely, SMALLEST, 1 - SMALLEST)
    if task.kind == MULTICLASS:
        return ops.log(likely)
    return ops.log(likely) - ops.log(1 - likely)


def _weighted(each: Sequence[Any], ensemble: Ensemble) -> Any:
    return layers.Add()(
        [
            layers.Rescaling(weight)(tensor)
            for weight, tensor in zip(ensemble.weights, each, strict=True)
        ]
    )
