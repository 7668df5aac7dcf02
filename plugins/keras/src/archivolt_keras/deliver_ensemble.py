"""An ensemble as one Keras model: the members side by side behind one preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, log1p
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from archivolt.components.measuring import count_flops
from archivolt.values.combined import Combined
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import SMALLEST
from archivolt.values.problem import MULTICLASS, REGRESSION, Problem, Task
from archivolt_keras.about import ENSEMBLE, about_problem, validation, write_about
from archivolt_keras.deliver import compose, save, trained_network
from archivolt_keras.network import NETWORK
from archivolt_keras.prepared import Prepared

if TYPE_CHECKING:
    from archivolt.values.trial import Trial


def deliver_ensemble(
    combined: Combined,
    trials: Sequence[Trial],
    problem: Problem,
    artifacts: Callable[[int], Path],
    target: Path,
) -> None:
    """Write an ensemble as a model that needs no Archivolt into the folder `target`.

    Args:
        combined: The ensemble, and what is known about it.
        trials: Its members, in their order.
        problem: What they were trained on; the prepared data are still there.
        artifacts: The folder of a trial, by its number.
        target: Made where it is not there.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    members = [trained_network(trial, problem, artifacts(trial.number)).model for trial in trials]
    network = side_by_side(members, combined.ensemble, problem.task)
    model = compose(prepared.front_end(), network, problem, prepared.encoding)
    save(model, target / ENSEMBLE)
    write_about(_describe(combined, trials, problem, prepared, network), target)


def side_by_side(members: Sequence[keras.Model], ensemble: Ensemble, task: Task) -> keras.Model:
    """Combine networks into one, from the same feature parts to the logits of the whole.

    Args:
        members: From feature parts to logits, in the order of the ensemble's members.
        ensemble: How they are combined.
        task: What is predicted.
    """
    inputs = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for name, tensor in members[0].input.items()
    }
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


def _describe(
    combined: Combined,
    trials: Sequence[Trial],
    problem: Problem,
    prepared: Prepared,
    network: keras.Model,
) -> dict[str, Any]:
    name = problem.metric.name
    adds = combined.adds or (None,) * len(trials)
    return {
        **about_problem(problem, prepared, ENSEMBLE),
        "validation": validation(problem, combined.metrics, combined.metrics[name]),
        "trial": None,
        "members": [
            {
                "trial": trial.number,
                "weight": weight,
                "adds": added,
                "score": trial.score,
                "parameters": trial.parameters,
                "epochs": trial.epochs,
                "summary": str(trial.candidate),
            }
            for trial, weight, added in zip(trials, combined.ensemble.weights, adds, strict=True)
        ],
        "temperature": combined.ensemble.temperature,
        "stacked": bool(combined.ensemble.kernel),
        "parameters": network.count_params(),
        "flops": count_flops(network),
    }
