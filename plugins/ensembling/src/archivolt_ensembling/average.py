"""The plain mean of the best trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.ensembler import Pool
from archivolt.values.ensemble import Ensemble
from archivolt_ensembling.calibrated import CalibratedEnsembler
from archivolt_ensembling.limits import first_that_fit

if TYPE_CHECKING:
    from numpy.random import Generator


@frozen
class Average(CalibratedEnsembler):
    """The mean of what the best trials predict, each with the same weight.

    Nothing is fitted, so nothing overfits: the choice where validation rows are few.
    """

    name = "average"

    members: int = field(default=5, validator=ge(1))  # the best so many

    def choose(self, pool: Pool, rng: Generator) -> Ensemble:
        taken = first_that_fit(pool, self.members)
        numbers = [pool.trials[position].number for position in taken]
        return Ensemble(numbers, [1 / len(numbers)] * len(numbers))
