"""What is delivered: one Keras model with everything inside, and what to know about it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from attrs import asdict
from keras import layers

from archivolt import __version__
from archivolt.components.source import FrontEnd
from archivolt.files import replace_file
from archivolt.values.encoding import encode
from archivolt.values.problem import MULTICLASS, REGRESSION, REPORT, VALIDATION, Problem
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.loading import load_model
from archivolt_keras.network import NETWORK, Network, build_network
from archivolt_keras.predictions import from_logits, score_split
from archivolt_keras.prepared import Prepared, encoding_data
from archivolt_keras.readme import readme
from archivolt_keras.training.predict import predict

if TYPE_CHECKING:
    from archivolt.values.trial import Trial

MODEL = "best.keras"
ABOUT = "model.json"
README = "README.md"
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
    model = compose(prepared.front_end(), network, problem, prepared.encoding)
    target.mkdir(parents=True, exist_ok=True)
    # A reader, or a killed process, never leaves half a model under the final name.
    fresh = target / f".new.{MODEL}"
    model.save(fresh)
    os.replace(fresh, target / MODEL)
    about = describe(trial, problem, prepared, network)
    _write_about(about, target)


def trained_network(trial: Trial, problem: Problem, artifacts: Path) -> Network:
    """Rebuild the network of a trial from plain layers, with its stored weights, in float32."""
    network = build_network(
        trial.candidate.architecture,
        problem.features,
        problem.task.outputs,
        seed=trial.seed,
        dropout=trial.candidate.recipe.dropout,
    )
    network.assign(TrialArtifacts(artifacts).read_weights())
    return network


def compose(front: Any, network: Network, problem: Problem, encoding: LabelEncoding) -> Any:
    """Put preprocessing, network and output in one model: raw inputs to predictions.

    The outputs are probabilities, `(batch, outputs)`: of the second class where there are two,
    of each class or label otherwise; for regression they are in the target's unit.
    """
    parts = {name: front.output[name] for name in FrontEnd.part_names(problem.features)}
    logits = network.model(parts)
    if problem.task.kind == REGRESSION:
        # One number where one will do: Keras writes lists of numbers as they are, too.
        single = problem.task.outputs == 1
        scale = encoding.scale[0] if single else list(encoding.scale)
        mean = encoding.mean[0] if single else list(encoding.mean)
        output = layers.Rescaling(scale, mean, name=PREDICTION)(logits)
    else:
        kind = "softmax" if problem.task.kind == MULTICLASS else "sigmoid"
        output = layers.Activation(kind, name=PREDICTION)(logits)
    return keras.Model(front.input, output)


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
    model = load_model(target / MODEL)
    logits = predict(model.get_layer(NETWORK), split.parts)
    metrics = score_split(problem, prepared.encoding, split, from_logits(problem.task, logits))
    about = json.loads((target / ABOUT).read_text(encoding="utf-8"))
    about["report"] = _scored(metrics, problem.metric.name, split.rows)
    _write_about(about, target)
    return metrics


def _write_about(about: Mapping[str, Any], target: Path) -> None:
    replace_file(target / ABOUT, json.dumps(about, indent=1) + "\n")
    replace_file(target / README, readme(about))


def describe(
    trial: Trial, problem: Problem, prepared: Prepared, network: Network
) -> dict[str, Any]:
    """Collect what whoever uses the model should know, as plain data."""
    task, metric = problem.task, problem.metric
    return {
        "archivolt": __version__,
        "task": task.kind,
        "targets": list(task.targets),
        "classes": list(task.classes),
        "outputs": task.outputs,
        "inputs": [asdict(each) for each in prepared.inputs],
        "labels": encoding_data(prepared.encoding),
        "metric": asdict(metric),
        "report": None,  # `judge` fills it in, at the end
        "validation": {
            **_scored(trial.metrics, metric.name, problem.rows.get(VALIDATION)),
            "score": trial.score,
            "note": "The model was chosen by these rows, so new data will hardly reach it.",
        },
        "trial": trial.number,
        "seed": trial.seed,
        "epochs": trial.epochs,
        "parameters": network.parameters,
        "flops": network.flops,
        "summary": str(trial.candidate),
        "architecture": encode(trial.candidate.architecture),
        "recipe": encode(trial.candidate.recipe),
        "notes": list(problem.notes),
    }


def _scored(metrics: Mapping[str, float], name: str, rows: int | None) -> dict[str, Any]:
    return {"score": metrics.get(name), "rows": rows, "metrics": dict(metrics)}
