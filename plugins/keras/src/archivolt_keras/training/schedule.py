"""Learning-rate schedules, computed on the host: another schedule needs no other graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from archivolt.values.recipe import Recipe


def learning_rates(recipe: Recipe, epoch: int, steps: int) -> NDArray[np.float32]:
    """Return the learning rate of each step of an epoch, `(steps,)`.

    The schedule runs over `recipe.epochs`, warm-up included, and stays at its end after them.
    Cosine falls to 0 right after the last step (Loshchilov & Hutter, 2017); exponential has
    `decay_times` equally wide stairs, each `decay_rate` times as high as the one before.
    """
    step = epoch * steps + np.arange(steps, dtype=np.float64)
    total = recipe.epochs * steps
    warm = min(recipe.warmup_epochs * steps, total)
    share = np.clip((step - warm) / max(total - warm, 1.0), 0.0, 1.0)
    if recipe.schedule == "cosine":
        factor = 0.5 * (1.0 + np.cos(np.pi * share))
    elif recipe.schedule == "exponential":
        stairs = np.floor(share * recipe.decay_times)
        factor = recipe.decay_rate ** np.minimum(stairs, recipe.decay_times - 1)
    else:
        factor = np.ones(steps)
    if warm > 0:
        # The first step already moves: from 1/warm to 1, not from 0.
        factor = np.where(step < warm, np.minimum(1.0, (step + 1) / warm), factor)
    return np.asarray(recipe.learning_rate * factor, np.float32)
