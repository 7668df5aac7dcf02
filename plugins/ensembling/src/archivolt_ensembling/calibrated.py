"""Calibration: one temperature for the whole ensemble (Guo et al., 2017, section 4.2)."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import in_

from archivolt.components.ensembler import Ensembler, Pool
from archivolt.errors import DataError
from archivolt.values.logits import logits_of, predictions_of
from archivolt.values.problem import REGRESSION

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.ensemble import Ensemble

NONE, TEMPERATURE = "none", "temperature"
_WIDEST = 5.0  # a temperature is sought between this and its inverse


@frozen
class CalibratedEnsembler(Ensembler):
    """An ensembler whose result may be calibrated on the validation rows."""

    calibration: str = field(default=NONE, validator=in_((NONE, TEMPERATURE)), kw_only=True)

    def choose(self, pool: Pool, rng: Generator) -> Ensemble:
        """Choose members and weights; see `Ensembler.combine`."""
        raise NotImplementedError

    def combine(self, pool: Pool, rng: Generator) -> Ensemble:
        if self.calibration != NONE and pool.task.parts:
            raise DataError(
                "one temperature is for one task, and this problem has several.",
                "ensembler.calibration",
                f"Set it to {NONE!r}.",
            )
        chosen = self.choose(pool, rng)
        if self.calibration == NONE or pool.task.kind == REGRESSION:
            return chosen
        return evolve(chosen, temperature=_temperature(chosen, pool))


def _temperature(ensemble: Ensemble, pool: Pool) -> float:
    """Return the temperature with the lowest log loss on the validation rows."""
    from scipy.optimize import minimize_scalar

    places = {trial.number: position for position, trial in enumerate(pool.trials)}
    members = pool.take([places[number] for number in ensemble.members])
    logits = logits_of(pool.task, ensemble.predict(pool.task, members.predictions))

    def loss(logarithm: float) -> float:
        cooled = predictions_of(pool.task, logits / exp(logarithm))
        return float(pool.score(np.asarray(cooled))["loss"])

    bound = log(_WIDEST)
    found = minimize_scalar(loss, bounds=(-bound, bound), method="bounded", options={"xatol": 1e-3})
    return exp(float(found.x))
