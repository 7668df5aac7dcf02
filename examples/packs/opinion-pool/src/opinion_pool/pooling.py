"""The normalised geometric mean of what networks predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from attrs.validators import ge

from archivolt import Ensemble, Ensembler, Pool

if TYPE_CHECKING:
    from numpy.random import Generator


@frozen
class OpinionPool(Ensembler):
    """Geometric mean of the best trials, normalised (Genest and Zidek, 1986, section 3).

    The mean of their logits is the logarithm of that, so the ensemble is a linear layer on logits
    side by side whose kernel is fixed. Values are averaged as they are.
    """

    name = "opinion_pool"
    members: int = field(default=5, validator=ge(1))  # the best so many, within the limits

    def combine(self, pool: Pool, rng: Generator) -> Ensemble:
        taken: list[int] = []
        for position in range(len(pool.trials)):
            if len(taken) < self.members and (not taken or pool.fits([*taken, position])):
                taken.append(position)
        count, outputs = len(taken), pool.predictions.shape[2]
        numbers = [pool.trials[position].number for position in taken]
        kernel = np.tile(np.eye(outputs) / count, (count, 1))
        return Ensemble(numbers, [1 / count] * count, kernel, np.zeros(outputs))
