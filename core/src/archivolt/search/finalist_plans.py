"""How a finalist is trained again: the trial that is handed to a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from archivolt.errors import SearchError
from archivolt.search.retraining import untrained
from archivolt.values.finalists import ALL_ROWS, NO_TRAINING
from archivolt.values.trial import PRIOR, Trial

if TYPE_CHECKING:
    from archivolt.config.sections import Config
    from archivolt.storage.database import Database

Curve = Sequence[tuple[int, Mapping[str, float]]]


def check_retrains(config: Config, training: str) -> None:
    """Check that the evaluator can train finalists so.

    Raises:
        SearchError: it cannot.
    """
    evaluator = config.evaluator
    if training != NO_TRAINING and training not in evaluator.retrains:
        able = ", ".join(evaluator.retrains) or "none of them"
        raise SearchError(
            f"finalists cannot be trained {training!r}: the evaluator {evaluator.name!r} can do "
            f"{able}.",
            f"Set finalists.training to {NO_TRAINING!r}.",
        )


def kept_epoch(trial: Trial, curve: Curve) -> int:
    """Return the epoch whose network a trial kept: the one that reported what it is scored by.

    Args:
        trial: With a score.
        curve: What it reported, by epoch.
    """
    for epoch, metrics in curve:
        shared = [name for name in metrics if name in trial.metrics]
        if shared and all(metrics[name] == trial.metrics[name] for name in shared):
            return epoch
    return max(1, trial.epochs)


def asked_again(training: str, number: int, seed: int, database: Database) -> Trial:
    """Return a finalist as it is to be trained.

    Args:
        training: `"fresh"` or `"all_rows"`.
        number: Of the trial.
        seed: Of the run.
        database: Of the run.

    Raises:
        SearchError: there is no such trial.
    """
    recorded = database.read_trial(number)
    if recorded is None:
        raise SearchError(f"{database.path.parent}: there is no trial {number}.")
    if training == ALL_ROWS:
        # It begins as it began, with what it took from others: from there the epochs are counted.
        return untrained(recorded, kept_epoch(recorded, database.curve(number)))
    # By the seed that was the luckiest in the search, it would come out as it did.
    fresh = np.random.SeedSequence([seed, number], spawn_key=(1,))
    memo = {PRIOR: recorded.memo[PRIOR]} if PRIOR in recorded.memo else {}
    drawn = int(fresh.generate_state(1)[0]) >> 1
    return evolve(untrained(recorded, None), seed=drawn, memo=memo)
