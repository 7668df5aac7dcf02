"""Freezing the best model so far, so that new trials are trained beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict, evolve, frozen

from archivolt.config.sections import ADAPTIVE, RESIDUAL, Config, PhasesConfig
from archivolt.errors import ConfigError
from archivolt.values.prior import MEAN, SUM, Prior
from archivolt.values.selection import in_order
from archivolt.values.trial import FINISHED, PRIOR, Trial

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace

RULES = {ADAPTIVE: MEAN, RESIDUAL: SUM}  # by schedule
LOOK = 100  # of the best trials, among which is the one to freeze


@frozen
class Priors:
    """Chooses what new trials are trained beside.

    A function of the history: the first trial of a phase chooses, and the others of the phase are
    trained beside the same.
    """

    phases: PhasesConfig
    selection: str  # rule by which a trial is chosen

    @classmethod
    def of(cls, config: Config) -> Priors | None:
        """Return what a configuration asks for; None: every trial is trained alone.

        Raises:
            ConfigError: the evaluator cannot train beside anything.
        """
        schedule = config.phases.schedule
        if schedule not in RULES:
            return None
        if not config.evaluator.trains_beside:
            raise ConfigError(
                "phases.schedule",
                f"{schedule!r} trains networks beside a frozen one, and the evaluator "
                f"{config.evaluator.name!r} cannot.",
                "Choose after_pool, intermixed or none.",
            )
        return cls(config.phases, config.problem.selection)

    def plan(self, trial: Trial, history: History, space: SearchSpace) -> Trial:
        """Return a new trial with its prior, where there is one that leaves room for it."""
        prior = self._prior(trial.number, history)
        if prior is None:
            return trial
        tower = space.footprint(trial.candidate.architecture)
        whole = prior.parameters + tower.parameters, prior.flops + tower.flops
        if space.limits.broken_by(*whole):
            return trial
        return evolve(trial, memo={**trial.memo, PRIOR: asdict(prior)})

    def _prior(self, number: int, history: History) -> Prior | None:
        phases = self.phases
        if number < phases.pool:
            return None
        first = number - (number - phases.pool) % phases.every  # trial of this phase
        for each in range(first, number):
            known = history[each].prior
            if known is not None:
                return known
        return self._best(history)

    def _best(self, history: History) -> Prior | None:
        # One that a scheduler may promote would not stay as it is.
        whole = filter(_is_complete, in_order(history, LOOK, self.selection))
        best = next(whole, None)
        if best is None:
            return None
        return Prior(
            trial=best.number,
            epochs=best.epochs,
            towers=1 if best.prior is None else best.prior.towers + 1,
            rule=RULES[self.phases.schedule],
            parameters=best.parameters or 0,
            flops=best.flops or 0,
        )


def _is_complete(trial: Trial) -> bool:
    return trial.state == FINISHED and trial.goal >= trial.schedule
