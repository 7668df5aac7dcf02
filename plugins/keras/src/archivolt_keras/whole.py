"""The network of a trial, from what it left behind: with its prior, where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archivolt.values.candidate import Candidate
from archivolt.values.prior import Prior
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.combining import joined
from archivolt_keras.model_files import load_model
from archivolt_keras.network import Network, build_network, network_of

if TYPE_CHECKING:
    from archivolt.components.evaluator import Report
    from archivolt.values.problem import Problem


def whole_network(
    number: int,
    candidate: Candidate,
    prior: Prior | None,
    problem: Problem,
    artifacts: TrialArtifacts,
) -> Network:
    """Rebuild the network of a trial from plain layers, in float32.

    Args:
        number: Of the trial.
        candidate: What it trained.
        prior: Beside what; None: alone.
        problem: Tells features, task and outputs.
        artifacts: The trial's folder.

    Raises:
        DataError: weights or prior are gone or damaged.
    """
    tower = build_network(
        candidate.architecture,
        problem.features,
        problem.task.outputs,
        dropout=candidate.recipe.dropout,
        parts=problem.task.parts,
    )
    tower.assign(artifacts.read_weights())
    if prior is None:
        return tower
    frozen = load_model(artifacts.prior)
    return network_of(joined(prior, frozen, number, tower.model, problem.task))


def stored_network(number: int, problem: Problem, report: Report) -> Network:
    """Rebuild the network of another trial of the run in a worker, where it is known by its number.

    Raises:
        DataError: it left nothing, or it is damaged.
    """
    artifacts = TrialArtifacts(report.recorded(number))
    told = artifacts.read_facts()
    candidate = report.codec.decode(told["candidate"], Candidate)
    prior = report.codec.decode(told["prior"], Prior) if told.get("prior") else None
    return whole_network(number, candidate, prior, problem, artifacts)
