"""Trainings that would take too much of a search's time: laid over fewer epochs.

What a step costs is measured, not worked out: on a processor a separable convolution takes ten
times as long as its arithmetic tells.
"""

from __future__ import annotations

import math
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import evolve

if TYPE_CHECKING:
    from archivolt.components.evaluator import Report
    from archivolt.values.trial import Trial
    from archivolt_keras.course import Validation
    from archivolt_keras.network import Network
    from archivolt_keras.training.data import Piece
    from archivolt_keras.training.trainer import Trainer

# Where even a machine as slow as this is in time, nothing is measured: that takes a moment.
SLOW_FLOPS, SLOW_STEP = 1e9, 1e-3  # a second; seconds that a step takes beside its arithmetic
BACKWARD = 3  # forward and backward take so many times forward
ENOUGH = 0.2  # seconds of steps that are looked at


def in_time(
    trial: Trial,
    trainer: Trainer,
    network: Network,
    validation: Validation,
    report: Report,
    least: int,
) -> Trial:
    """Return the trial with as many epochs as fit into its share of the search, 1 at least.

    Left alone are trials of a search that has no end by time, and those whose epochs a scheduler
    has decided about. The trainer is at its beginning afterwards, with the recipe of the trial.

    Args:
        trial: About to begin.
        trainer: At its beginning.
        network: What it trains.
        validation: What the network is scored on after every epoch.
        report: Knows the time.
        least: Trials that shall fit into it.
    """
    seconds = report.worker_seconds
    decided = trial.target_epochs is not None or trial.schedule_epochs is not None
    if seconds is None or decided or not trainer.repeatable:
        return trial
    share = seconds / least
    epochs, examples = trial.recipe.epochs, trainer.data.examples
    steps = -(-examples // trial.recipe.batch_size)
    # Scoring costs as the forward pass of so many further examples.
    whole = 1 + len(validation.split.labels) / (BACKWARD * examples)
    flops = BACKWARD * examples * network.flops
    if epochs * whole * (flops / SLOW_FLOPS + steps * SLOW_STEP) <= share:
        return trial
    fitting = math.floor(share / (seconds_a_step(trainer) * steps * whole))
    if fitting < epochs:
        trial = evolve(trial, schedule_epochs=max(1, fitting))
    trainer.reset(trial.seed, trial.recipe)
    return trial


def seconds_a_step(trainer: Trainer) -> float:
    """Measure how long a step takes; `trainer.reset` takes back what it trains."""
    piece = trainer.first_piece()  # reading it is no part of a step: that goes on beside them
    trainer.try_steps(piece, 1)  # makes the graph, and what it needs at its first call
    seconds, done = _timed(trainer, piece, 2)
    if seconds < ENOUGH:
        seconds, done = _timed(trainer, piece, max(2, int(done * ENOUGH / max(seconds, 1e-6))))
    return seconds / done


def _timed(trainer: Trainer, piece: Piece, steps: int) -> tuple[float, int]:
    began = perf_counter()
    done = trainer.try_steps(piece, steps)
    return perf_counter() - began, done
