"""Where a trial begins: start values that transfer strategies take from earlier trials."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen

from archivolt.components.evaluator import Report
from archivolt.components.transfer import Fresh, Place, Plan, Start, Stored, Transfer
from archivolt.errors import ArchivoltError, DataError, TrialFailure
from archivolt.values.candidate import Candidate
from archivolt.values.features import Features
from archivolt.values.problem import UNLABELLED
from archivolt_keras.artifacts import Arrays, TrialArtifacts
from archivolt_keras.network import HEAD, Network

if TYPE_CHECKING:
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial
    from archivolt_keras.training.trainer import Trainer

MODEL, OPTIMIZER = "model/", "optimizer/"  # of the keys in what a trial began with
STEPS = "steps"


@frozen(eq=False)
class Beginning:
    """The beginning of one trial.

    Args:
        identity: Of the trial: whose start values these are.
        trial: What begins.
        problem: Its features say on what.
        network: At its initial values.
        trainer: At the beginning of the training.
        report: Tells the strategies, and where artifacts lie.
    """

    identity: str
    trial: Trial
    problem: Problem
    network: Network
    trainer: Trainer
    report: Report

    def take(self) -> None:
        """Set the start values, and write down whose they are.

        What was taken is kept with the trial: its sources may be trained further or removed, and
        it begins the same in a replay, or when its worker died.

        Raises:
            DataError: a replay cannot begin as the trial did.
        """
        given = self.report.transfers(self.trial)
        if not given:
            return
        recorded = TrialArtifacts(self.report.recorded(self.trial.number))
        own = TrialArtifacts(self.report.folder(self.trial.number))
        begun = recorded.read_start(self.identity)
        again = is_replay(self.trial, self.report)
        if begun is None and again and self.trial.sources:
            raise DataError(
                f"what trial {self.trial.number} began with is not there any more.",
                str(recorded.folder),
                "artifacts.quota removes it with the artifacts of the worst trials.",
            )
        start, origins = begun or self._decide()
        self._assign(start)
        if begun is None or again:
            own.write_start(self.identity, start, origins)

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of how the trial began, each a sentence."""
        own = TrialArtifacts(self.report.folder(self.trial.number))
        origins = own.read_origins(self.identity) if self.report.transfers(self.trial) else None
        return tuple(origins["notes"]) if origins else ()

    def _decide(self) -> tuple[Arrays, dict[str, Any]]:
        trial, library = self.trial, Library(self.report, self.problem.digest)
        given = self.report.transfers(trial)
        # To read what the optimizer remembers takes as long as all the rest.
        remembered = any(strategy.keeps_optimizer() for strategy, _ in given)
        fresh = Fresh(
            trial.candidate,
            self.problem.features,
            self.report.versions(trial.candidate.architecture),
            self.network.weights(),
            places(self.network),
            optimizer_state(self.network, self.trainer) if remembered else {},
        )
        weights: Arrays = {}
        optimizer: Arrays = {}
        tensors: dict[str, Any] = {}
        notes: list[str] = []
        for strategy, plan in given:
            start = strategy.start(trial, plan, fresh, library)
            _check(strategy, start, fresh)
            for name, origin in start.origins.items():
                told = {"how": origin.how, "from": [list(each) for each in origin.sources]}
                tensors[name] = {"strategy": strategy.name, **told}
            weights |= start.weights
            optimizer |= start.optimizer
            notes += start.notes
            fresh = evolve(fresh, weights={**fresh.weights, **start.weights})
        taken = {f"{MODEL}{name}": array for name, array in weights.items()}
        taken |= {f"{OPTIMIZER}{name}": array for name, array in optimizer.items()}
        notes += library.notes
        left = [name for name in fresh.weights if name not in tensors]
        record: dict[str, Any] = {"tensors": tensors, "fresh": left, "notes": notes}
        learns = [each for strategy, plan in given for each in _lesson(strategy, trial, plan)]
        bare = self.problem.rows.get(UNLABELLED, 0)
        learns = [{**each, "unlabelled": bare} if bare else each for each in learns]
        return taken, record | ({"learns": learns} if learns else {})

    def _assign(self, start: Arrays) -> None:
        for name, weight in zip(self.network.keys, self.network.model.weights, strict=True):
            if MODEL + name in start:
                # The variable itself: Keras would ask for its shape and read it back.
                weight.value.assign(start[MODEL + name], read_value=False)
        if OPTIMIZER + STEPS not in start:
            return
        for name, slot in optimizer_variables(self.network, self.trainer).items():
            if OPTIMIZER + name in start:
                slot.assign(start[OPTIMIZER + name], read_value=False)
        self.trainer.count_on_from(float(start[OPTIMIZER + STEPS]))


def facts(problem: Problem, trial: Trial, report: Report) -> dict[str, Any]:
    """Tell as plain data what network stored weights are of, so that another can take them."""
    candidate = trial.candidate
    return {
        "candidate": report.codec.encode(candidate),
        "prior": None if trial.prior is None else report.codec.encode(trial.prior),
        "features": report.codec.encode(problem.features),
        "versions": list(report.versions(candidate.architecture)),
    }


def places(network: Network) -> dict[str, Place]:
    """Tell where each weight belongs, layers counted in the order in which they were made."""
    parts = [each.path.split("/") for each in network.model.weights]
    numbers: dict[tuple[str, str], list[int]] = {}
    for scope, layer, *_ in parts:
        bare, number = _numbered(layer)
        known = numbers.setdefault((scope, bare), [])
        if number not in known:
            known.append(number)
    found = {}
    for key, (scope, layer, *rest) in zip(network.keys, parts, strict=True):
        bare, number = _numbered(layer)
        # Keras counts the layers of a kind over the whole process, in the order they are made.
        ordinal = sorted(numbers[scope, bare]).index(number)
        block = None if scope == HEAD else int(scope.rpartition("_")[2])
        found[key] = Place(block, bare, ordinal, "/".join(rest))
    return found


def _numbered(layer: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*)_(\d+)", layer)
    return (match[1], int(match[2])) if match else (layer, 0)


def optimizer_variables(network: Network, trainer: Trainer) -> dict[str, Any]:
    """Name what the optimizer remembers, `<slot>/<weight>`."""
    keys = {
        id(weight): key for key, weight in zip(network.keys, network.model.weights, strict=True)
    }
    return {
        f"{slot}/{keys[id(weight)]}": memory
        for weight, slot, memory in trainer.memory()
        if id(weight) in keys  # those of an auxiliary head are not handed on
    }


def optimizer_state(network: Network, trainer: Trainer) -> Arrays:
    """Return what the optimizer remembers by its name, with the steps that it took."""
    state = {name: memory.numpy() for name, memory in optimizer_variables(network, trainer).items()}
    return {**state, STEPS: np.array(trainer.steps)}


def _lesson(strategy: Transfer, trial: Trial, plan: Plan) -> Iterator[dict[str, Any]]:
    """Tell what the trial learns from beside the labels."""
    extra = strategy.extra_loss(trial, plan)
    if extra is not None:
        yield {
            "strategy": strategy.name,
            "from": str(extra.teacher),
            "teacher": extra.teacher.fingerprint,
            "loss": extra.form,
            "weight": extra.weight,
            "temperature": extra.temperature,
        }


def is_replay(trial: Trial, report: Report) -> bool:
    """Tell whether a trial is trained again from its record, beside the run."""
    return report.recorded(trial.number) != report.folder(trial.number)


@frozen
class Library:
    """What trials left behind, as `TrialArtifacts` writes it."""

    report: Report
    digest: str  # of the rows that this run trains on and judges by
    notes: list[str] = field(factory=list)  # on what was read

    def trial(self, number: int) -> Stored:
        return self._read(TrialArtifacts(self.report.recorded(number)), f"trial {number}")

    def best_of(self, run: Path) -> Stored:
        path = run / "best" / "model.json"
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            number = int(about["trial"])
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise DataError("tells no best trial of a run.", str(path)) from cause
        if about.get("digest") != self.digest:
            # Nothing tells whose rows they were, so nobody can say that none of them judges here.
            self.notes.append(
                f"{run} was searched on other rows or with another split: where rows that trained "
                "it are validation or report rows here, the scores are too good."
            )
        artifacts = TrialArtifacts(run / "trials" / f"{number:05d}")
        return self._read(artifacts, f"trial {number} of {run}")

    def _read(self, artifacts: TrialArtifacts, source: str) -> Stored:
        told, codec = artifacts.read_facts(), self.report.codec
        try:
            return Stored(
                source,
                codec.decode(told["candidate"], Candidate),
                codec.decode(told["features"], Features),
                tuple(told["versions"]),
                artifacts.read_weights(),
                artifacts.read_optimizer(),
            )
        except DataError:
            raise
        except (ArchivoltError, KeyError) as cause:
            what = f"{source} is of a network that cannot be read: {cause}"
            raise DataError(what, str(artifacts.folder)) from cause


def _check(strategy: Transfer, start: Start, fresh: Fresh) -> None:
    """Refuse start values that do not fit, before anything is assigned."""
    known: Mapping[str, Any] = {**fresh.weights, **fresh.optimizer}
    for name, value in {**start.weights, **start.optimizer}.items():
        there = known.get(name)
        if there is None or there.shape != np.shape(value):
            shape = "no such weight" if there is None else list(there.shape)
            raise TrialFailure(
                "error",
                f"transfer {strategy.name!r} gives {name} the shape {list(np.shape(value))}; the "
                f"network has {shape}",
            )
        if not np.isfinite(value).all():
            raise TrialFailure(
                "not_finite", f"transfer {strategy.name!r} gives {name} what is not finite"
            )
    if set(start.weights) != set(start.origins):
        odd = ", ".join(sorted(set(start.weights) ^ set(start.origins)))
        raise TrialFailure("error", f"transfer {strategy.name!r} does not tell whose is: {odd}")
