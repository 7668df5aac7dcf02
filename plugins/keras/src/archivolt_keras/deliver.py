"""What is delivered: one Keras model with everything inside, and what to know about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from archivolt.components.source import FrontEnd
from archivolt.values.encoding import encode
from archivolt.values.logits import predictions_of
from archivolt.values.problem import MULTICLASS, REGRESSION, REPORT, Problem
from archivolt.values.trial import told_prior
from archivolt_keras.about import (
    BEST,
    about_problem,
    read_about,
    scored,
    validation,
    write_about,
)
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.model_files import load_model, save
from archivolt_keras.network import NETWORK, Network
from archivolt_keras.predictions import score_split
from archivolt_keras.prepared import Prepared
from archivolt_keras.several_labels import SeveralLabels
from archivolt_keras.training.predict import predict
from archivolt_keras.whole import whole_network

if TYPE_CHECKING:
    from archivolt.values.trial import Trial

PREDICTION = "prediction"


def deliver(trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
    """Write a trained candidate as a model that needs no Archivolt into the folder `target`.

    Args:
        trial: The candidate and how it was scored.
        problem: What it was trained on; the prepared data are still there.
        artifacts: The trial's own folder.
        target: Made where it is not there.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    network = trained_network(trial, problem, artifacts)
    model = compose(prepared.front_end(), network.model, problem, prepared.encoding)
    save(model, target / BEST)
    write_about(_describe(trial, problem, prepared, network), target)


def trained_network(trial: Trial, problem: Problem, artifacts: Path) -> Network:
    """Rebuild the network of a trial from plain layers, with its stored weights, in float32.

    The whole of it, where it was trained beside a prior.
    """
    return whole_network(
        trial.number, trial.candidate, trial.prior, problem, TrialArtifacts(artifacts)
    )


def compose(
    front: keras.Model, network: keras.Model, problem: Problem, encoding: LabelEncoding
) -> keras.Model:
    """Put preprocessing, network and output in one model: raw inputs to predictions.

    The outputs are probabilities, `(batch, outputs)`: of the second class where there are two,
    of each class or label otherwise; for regression they are in the target's unit. Where each step
    has a label they are `(batch, time, outputs)`. Of several tasks they are a mapping by target.
    """
    parts = {name: front.output[name] for name in FrontEnd.part_names(problem.features)}
    return keras.Model(front.input, _outputs(network(parts), problem, encoding))


def without_front_end(
    network: keras.Model, problem: Problem, encoding: LabelEncoding
) -> keras.Model:
    """Put network and output in one model: a mapping of prepared parts to what `compose` gives."""
    inputs = {
        name: keras.Input(part.shape[1:], name=name, dtype=part.dtype)
        for name, part in network.input.items()
    }
    return keras.Model(inputs, _outputs(network(inputs), problem, encoding))


def _outputs(logits: Any, problem: Problem, encoding: LabelEncoding) -> Any:
    if not isinstance(encoding, SeveralLabels):
        return _output(logits, encoding, PREDICTION)
    return {
        part.target: _output(logits[..., at], own, f"{PREDICTION}_{number}")
        for number, ((part, at), own) in enumerate(
            zip(problem.task.columns, encoding.parts, strict=True)
        )
    }


def _output(logits: Any, encoding: LabelEncoding, name: str) -> Any:
    task = encoding.task
    if task.kind == REGRESSION:
        # One number where one will do: Keras writes lists of numbers as they are, too.
        single = task.outputs == 1
        scale = encoding.scale[0] if single else list(encoding.scale)
        mean = encoding.mean[0] if single else list(encoding.mean)
        return layers.Rescaling(scale, mean, name=name)(logits)
    kind = "softmax" if task.kind == MULTICLASS else "sigmoid"
    return layers.Activation(kind, name=name)(logits)


def judge(problem: Problem, target: Path) -> dict[str, float]:
    """Score a delivered model on the report rows, and write the score beside it.

    Nothing may be chosen by this score: it is the one that is shown.

    Returns:
        Every metric of the task; {} where no rows are held back.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    split = prepared.split(REPORT)
    if split is None:
        return {}
    about = read_about(target)
    model = load_model(target / about["file"])
    logits = predict(model.get_layer(NETWORK), split.parts)
    metrics = score_split(problem, prepared.encoding, split, predictions_of(problem.task, logits))
    about["report"] = scored(metrics, problem.metric.name, split.rows)
    write_about(about, target)
    return metrics


def _describe(
    trial: Trial, problem: Problem, prepared: Prepared, network: Network
) -> dict[str, Any]:
    """Collect what whoever uses the model should know, as plain data."""
    return {
        **about_problem(problem, prepared, BEST),
        "validation": validation(problem, trial.metrics, trial.score or 0.0),
        "trial": trial.number,
        "seed": trial.seed,
        "epochs": trial.epochs,
        "prior": told_prior(trial.memo),
        "parameters": network.parameters,
        "flops": network.flops,
        "summary": str(trial.candidate),
        "architecture": encode(trial.candidate.architecture),
        "recipe": encode(trial.recipe),
    }
