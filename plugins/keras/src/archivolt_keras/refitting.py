"""Training on all rows: to the end, with nothing left to look at on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from archivolt.errors import TrialFailure
from archivolt_keras.artifacts import Kept

if TYPE_CHECKING:
    from archivolt.components.evaluator import Report
    from archivolt_keras.artifacts import TrialArtifacts
    from archivolt_keras.network import Network
    from archivolt_keras.training.trainer import Trainer


def refit(
    trainer: Trainer,
    network: Network,
    artifacts: TrialArtifacts,
    target: int,
    facts: Mapping[str, Any],
    report: Report,
) -> float:
    """Train until `target` epochs are reached, and keep the last; its mean training loss.

    No epoch is chosen, and no want of improvement ends it: every row has been seen.

    Args:
        trainer: At the beginning of the training.
        network: What it trains.
        artifacts: The folder of the trial.
        target: Epochs.
        facts: Plain data about the network, written beside its weights.
        report: Is told the training loss; may ask to stop.

    Raises:
        TrialFailure: a loss or a weight is not finite.
    """
    loss = math.nan
    while trainer.epoch < target:
        loss = trainer.run_epoch()
        if not math.isfinite(loss):
            raise TrialFailure(
                "not_finite", f"the training loss is {loss} after epoch {trainer.epoch}"
            )
        if not report(trainer.epoch, {"loss": loss}):
            break
    weights = network.weights()
    if not all(np.isfinite(each).all() for each in weights.values()):
        raise TrialFailure("not_finite", f"a weight is not finite after epoch {trainer.epoch}")
    artifacts.leave(Kept(weights, facts))
    return loss
