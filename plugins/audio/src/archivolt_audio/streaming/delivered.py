"""Streaming what a run has delivered: made, compared with the whole clip, and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from archivolt.errors import RunError
from archivolt.values.problem import VALIDATION
from archivolt_audio.streaming.blocks_of_layers import block_of
from archivolt_audio.streaming.comparing import Whole, largest_difference
from archivolt_audio.streaming.errors import NotStreamableError, StreamDiffersError
from archivolt_audio.streaming.export import Streamed
from archivolt_audio.streaming.feeding import Stream
from archivolt_audio.streaming.models import NETWORK, features_of, streaming_model
from archivolt_keras.model_files import load_model, save
from archivolt_keras.network import build_network
from archivolt_keras.prepared import Prepared

if TYPE_CHECKING:
    from archivolt.search.run import Run
    from archivolt.values.problem import Problem

Array = NDArray[Any]
MODEL = "best.keras"  # the best single network
TOLERANCE = 1e-3  # of predictions: far more than sums in another order differ
CLIPS = 256  # compared at most


def export(run: Run, target: Path, sound: bool) -> Streamed:
    """Make the streaming model, compare it with whole clips, and write it; see `stream`."""
    whole = load_model(run.single.folder / MODEL)
    try:
        made = Stream(streaming_model(whole, sound))
    except NotStreamableError as error:
        raise evolve(error, block=_block(run, whole, error)) from error
    clips = _recordings(run) if sound else _frames(run.problem)
    features = features_of(whole)
    told = Whole(
        whole if sound else keras.Model(features, whole.output),
        keras.Model(whole.input, features) if sound else None,
        padded=run.problem.features.padded,
    )
    difference = largest_difference(told, made, clips)
    if not difference <= TOLERANCE:  # NaN neither
        raise StreamDiffersError(difference, TOLERANCE, len(clips))
    save(made.model, target)
    states = made.start()
    return Streamed(
        path=target,
        taken=made.taken,
        features=made.features,
        states=len(states),
        remembered=sum(each.size for each in states.values()),
        parameters=made.model.count_params(),
        clips=len(clips),
        difference=difference,
    )


def _frames(problem: Problem) -> Array:
    """Return the features of some validation rows, `(clips, time, features)`."""
    split = Prepared.open(Path(problem.folder), problem.task).split(VALIDATION)
    if split is None:
        raise RunError(str(problem.folder), "holds no validation rows to compare clips of.")
    return np.asarray(split.parts["features"][:CLIPS])


def _recordings(run: Run) -> Array:
    """Read some recordings of a run's data again, `(clips, samples)`."""
    path = getattr(run.config.data, "path", None)
    if path is None:
        raise RunError(str(run.path), "has no recordings that could be read again.")
    (recordings,) = run.single.read(path).features.values()
    chosen = np.linspace(0, len(recordings) - 1, min(CLIPS, len(recordings))).astype(int)
    return np.asarray(recordings[chosen], np.float32)


def _block(run: Run, whole: keras.Model, error: NotStreamableError) -> str | None:
    about = run.about_single
    if about is None:
        return None
    (number,) = about.trials
    candidate, problem = run.history[number].candidate, run.problem
    built = build_network(
        candidate.architecture,
        problem.features,
        problem.task.outputs,
        dropout=candidate.recipe.dropout,
        parts=problem.task.parts,
    )
    network = whole.get_layer(NETWORK)
    return block_of(error.layer, network, built.model, candidate.architecture)
