"""What a trial leaves behind in its folder: weights, predictions, and the state to go on from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, field, frozen
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.files import replace_file
from archivolt_keras.exchange import Write, exchange, place_of

Arrays = dict[str, NDArray[Any]]

WEIGHTS = "weights.safetensors"  # of the epoch that the trial is scored by
STATE = "state.safetensors"  # of the last epoch, with what the optimizer remembers
FACTS = "facts"  # key of the metadata beside the weights
_RESTORE = "Restore them from a backup, or begin another run."
START = "start.safetensors"  # what it began with of others, where it did
ORIGINS = "transfer.json"  # whose each of these tensors is
OPTIMIZER = "optimizer.safetensors"  # what the optimizer remembers of the weights' epoch
PREDICTIONS = "validation.npy"  # on the validation rows
PRIOR = "prior.keras"  # the frozen network beside which it was trained


@frozen
class Standing:
    """How far a trial came."""

    identity: str  # digest of candidate, seed and data: whose state this is
    epochs: int  # trained in all
    improved: int  # the last epoch that was better than those before
    highest: Mapping[str, float]  # metric and loss of the epoch with the best score
    metrics: Mapping[str, float]  # every metric of what is stored, validation rows
    ended: bool = False  # early, for want of improvement


@frozen(eq=False)
class Kept:
    """What the epoch by which a trial is scored leaves behind."""

    weights: Arrays
    facts: Mapping[str, Any] | None = None  # plain data about the weights
    predictions: NDArray[Any] | None = None  # on the validation rows
    optimizer: Arrays = field(factory=dict)  # what the optimizer remembered then

    def files(self) -> dict[str, Write | None]:
        told = {} if self.facts is None else {FACTS: json.dumps(self.facts)}
        predictions, optimizer = self.predictions, self.optimizer
        return {
            WEIGHTS: partial(_write_tensors, arrays=self.weights, facts=told),
            OPTIMIZER: partial(_write_tensors, arrays=optimizer, facts={}) if optimizer else None,
            PREDICTIONS: None if predictions is None else partial(_write_array, array=predictions),
        }


@frozen
class TrialArtifacts:
    """The folder of one trial; every file appears whole or not at all."""

    folder: Path

    def leave(self, kept: Kept | None = None, state: tuple[Standing, Arrays] | None = None) -> None:
        """Write what the trial leaves behind: all of it, or what it left before stays.

        Args:
            kept: Of the epoch by which it is scored; None: what is there is of that epoch.
            state: How far it came, and what it goes on from; None: it does not go on.
        """
        files: dict[str, Write | None] = {} if kept is None else kept.files()
        files[STATE] = None
        if state is not None:
            standing, arrays = state
            told = {"standing": json.dumps(asdict(standing))}
            files[STATE] = partial(_write_tensors, arrays=arrays, facts=told)
        exchange(self.folder, files)

    def read_facts(self) -> Mapping[str, Any]:
        """Return what was written about the weights.

        Raises:
            DataError: nothing is there.
        """
        from safetensors import SafetensorError, safe_open

        path = place_of(self.folder, WEIGHTS)
        try:
            with safe_open(path, framework="numpy") as file:
                return dict(json.loads((file.metadata() or {})[FACTS]))
        except (OSError, SafetensorError, KeyError, ValueError) as cause:
            raise DataError("does not say what network its weights are of.", str(path)) from cause

    def read_optimizer(self) -> Arrays:
        """Return what the optimizer remembered at the epoch of the weights; {} if not kept."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return dict(load_file(place_of(self.folder, OPTIMIZER)))
        except (OSError, SafetensorError):
            return {}

    def write_start(self, identity: str, start: Arrays, origins: Mapping[str, Any]) -> None:
        """Write what the trial begins with; the record last, since it vouches for the rest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if start:
            fresh = self.folder / f".{START}.new"
            _write_tensors(fresh, start, {})
            os.replace(fresh, self.folder / START)
        replace_file(self.folder / ORIGINS, json.dumps({"identity": identity, **origins}))

    def read_origins(self, identity: str) -> dict[str, Any] | None:
        """Return whose the start values are; None where the trial has not begun."""
        try:
            origins = dict(json.loads((self.folder / ORIGINS).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None
        return origins if origins.pop("identity", None) == identity else None

    def read_start(self, identity: str) -> tuple[Arrays, dict[str, Any]] | None:
        """Return what the trial began with, and whose it is; None where it has not begun.

        Raises:
            DataError: the start values are gone, and the record says that there were some.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        origins = self.read_origins(identity)
        if origins is None:
            return None
        if not origins["tensors"]:
            return {}, origins
        try:
            return dict(load_file(self.folder / START)), origins
        except (OSError, SafetensorError) as cause:
            path = str(self.folder / START)
            raise DataError("what the trial began with is gone or damaged.", path) from cause

    def read_weights(self) -> Arrays:
        """Return the weights by name.

        Raises:
            DataError: they are gone or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = place_of(self.folder, WEIGHTS)
        try:
            return dict(load_file(path))
        except FileNotFoundError as cause:
            raise DataError("the weights of the trial are gone.", str(path), _RESTORE) from cause
        except SafetensorError as cause:
            what = f"the weights of the trial are damaged: {cause}."
            raise DataError(what, str(path), _RESTORE) from cause

    @property
    def prior(self) -> Path:
        """The file of the frozen network beside which it was trained, where there is one."""
        return self.folder / PRIOR

    def read_predictions(self) -> NDArray[Any]:
        """Return what the trial predicted on the validation rows.

        Raises:
            OSError: nothing is there.
            ValueError: it is damaged.
        """
        return np.asarray(np.load(place_of(self.folder, PREDICTIONS)))

    def read_standing(self, identity: str) -> Standing | None:
        """Return how far the trial came; None where nothing is stored, or another trial's."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(place_of(self.folder, STATE), framework="numpy") as file:
                data = json.loads(file.metadata()["standing"])
        except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError):
            return None  # half gone is all gone: the trial starts again
        standing = Standing(**data)
        there = place_of(self.folder, WEIGHTS).exists()
        return standing if there and standing.identity == identity else None

    def read_state(self) -> Arrays:
        from safetensors.numpy import load_file

        return dict(load_file(place_of(self.folder, STATE)))


def _write_tensors(path: Path, arrays: Arrays, facts: dict[str, str]) -> None:
    from safetensors.numpy import save_file

    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    save_file(contiguous, path, metadata=facts or None)


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:  # `np.save` would add a suffix to a path
        np.save(file, array)
