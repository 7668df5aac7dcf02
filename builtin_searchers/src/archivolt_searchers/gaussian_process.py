"""Bayesian optimisation: a Gaussian process says which change of a good trial is worth a try."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, in_, le

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.climbing import climb
from archivolt_searchers.encoding import Encoder, encoder_of
from archivolt_searchers.evidence import gather
from archivolt_searchers.refitting import Fits, Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt_searchers.climbing import Judge
    from archivolt_searchers.gaussian_regression import Fit

    Array = NDArray[np.float64]

UCB, EI = ACQUISITIONS = "ucb", "ei"
FRESH, FRESH_AT_START = 4, 30  # random candidates among which it begins too
ITERATIONS = 10  # of the fit
FITTED_TO = 96  # trials: the best half of them, and the latest
LEVELS_APART = 4  # halvings of the schedule between which the coordinate of levels grows by 1
PRIOR_WEIGHT_OF_LEVELS = 1.0  # a quarter of a schedule correlates with all of it by 0.78


@frozen
class GaussianProcess(Searcher):
    """Try what a Gaussian process expects most of (Snoek et al., 2012).

    The process compares candidates by weighted Hamming distances, one weight a position, fitted to
    the trials; numbers by how far they lie apart (`archivolt_searchers.encoding`). Scores are
    turned into normal quantiles of their ranks, so that outliers do no harm; a failed trial is
    as bad as the worst, and one beyond a limit is worse than all that keep it. The first trials
    are balanced: each value of each position as often as the others. Then what promises most, by
    the upper confidence bound (Srinivas et al., 2010) or by expected improvement, is climbed to by
    the space's mutators from the best trials. For a trial in flight, what is expected of it stands
    in for its score (Ginsbourger et al., 2010). A trial that was trained for a part of its schedule
    is ranked among others that were trained as long; how much that tells of longer trainings is
    fitted too (Kandasamy et al., 2017). Beyond `most_trials` the best half of so many and the
    latest are looked at, so that a proposal takes no longer.
    """

    name = "gaussian_process"
    beam: int = field(default=5, validator=ge(1))  # best trials, from which the climb begins
    starts: int = field(default=5, validator=ge(1))  # balanced trials at the beginning
    acquisition: str = field(default=UCB, validator=in_(ACQUISITIONS))
    deviations: float = field(default=2.0, validator=ge(0.0))  # ucb: above the mean
    exploration: float = field(default=0.1, validator=and_(ge(0.0), le(1.0)))  # share of mutations
    most_trials: int = field(default=192, validator=ge(10))  # that a proposal looks at

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        encoder = encoder_of(space, computing=True)
        if len(history) < self.starts or not history.scored:
            rarity = partial(_rarity, encoder, _level_counts(encoder, history, self.starts))
            return climb((), FRESH_AT_START, rarity, history, space, rng)
        parents = history.best(self.beam)
        if float(rng.random()) < self.exploration:
            parent = parents[int(rng.integers(len(parents)))]
            found = space.mutate(
                parent.candidate, rng, accept=lambda child: not history.holds(child)
            )
            if found is not None:
                return Proposal(found.candidate, parent.number, found.mutator)
        # SciPy takes a while to import, and a list of searchers does not need it.
        from archivolt_searchers.gaussian_regression import one_thread

        with one_thread():
            return climb(parents, FRESH, self._learn(encoder, history), history, space, rng)

    def _learn(self, encoder: Encoder, history: History) -> Judge:
        """Return what tells what candidates promise, given the trials."""
        from archivolt_searchers.gaussian_regression import condition, expected_improvement
        from archivolt_searchers.observations import observe

        evidence = gather(history, self.most_trials)
        seen = observe(evidence.ended, history.maximize, history.objectives)
        fitted = self._fitted(encoder, history)
        top = seen.top  # what is asked for is the score of a training as long as any was
        rows = _rows(encoder, [each.candidate for each in seen.trials], seen.levels)
        if evidence.active:
            waiting = _rows(encoder, [each.candidate for each in evidence.active], top)
            rows = np.concatenate([rows, waiting])
        owner = np.append(encoder.owner, len(encoder.columns))
        posterior = condition(rows, seen.targets, owner, fitted)

        def promise(candidates: Sequence[Candidate]) -> Array:
            mean, deviation = posterior.predict(_rows(encoder, candidates, top))
            if self.acquisition == UCB:
                return mean + self.deviations * deviation
            return expected_improvement(mean, deviation, float(posterior.expected.max()))

        return promise

    def _fitted(self, encoder: Encoder, history: History) -> Fit:
        """Fit the process to the trials that are settled, or take the fit that was made."""
        from archivolt_searchers.gaussian_regression import fit
        from archivolt_searchers.observations import observe

        settled = history.derived(Settled, Settled).rule()
        trials = gather(history, self.most_trials, among=settled).ended
        seen = observe(trials, history.maximize, history.objectives)
        # The matrices of the fit are inverted many times over: it is given fewer trials.
        count = len(seen.targets)
        best = np.argsort(-seen.targets, kind="stable")[: FITTED_TO // 2]
        latest = np.arange(max(0, count - FITTED_TO // 2), count)
        chosen = np.union1d(best, latest)
        candidates = [seen.trials[at].candidate for at in chosen]
        levels, targets = seen.levels[chosen], seen.targets[chosen]
        column = len(encoder.columns)

        def make() -> Fit:
            owner = np.append(encoder.owner, column)
            rows = _rows(encoder, candidates, levels)
            return fit(rows, targets, owner, ITERATIONS, {column: PRIOR_WEIGHT_OF_LEVELS})

        fits: Fits[Fit] = history.derived((Fits, encoder), Fits)
        numbers = tuple(seen.trials[at].number for at in chosen)
        return fits.get((numbers, levels.tobytes(), targets.tobytes()), make)


def _rows(
    encoder: Encoder, candidates: Sequence[Candidate], levels: NDArray[np.int64] | int
) -> NDArray[np.float32]:
    """Encode candidates, and beside them for how much of their schedule they are trained."""
    rows = encoder.rows(candidates, beside=1)
    rows[:, -1] = np.asarray(levels) / LEVELS_APART
    return rows


def _level_counts(encoder: Encoder, history: History, most: int) -> Array:
    """Count how often each level of each column came, `(columns, levels)`."""
    counts = np.zeros((len(encoder.levels), int(encoder.levels.max(initial=1))))
    for row in encoder.level_rows(trial.candidate for trial in history[:most]):
        there = np.flatnonzero(row >= 0)
        counts[there, row[there]] += 1
    return counts


def _rarity(encoder: Encoder, counts: Array, candidates: Sequence[Candidate]) -> Array:
    """Tell how rarely the levels of candidates came so far: 0 at best."""
    rows = encoder.level_rows(candidates)
    came = np.where(rows >= 0, counts[np.arange(rows.shape[1]), rows], 0.0)
    rarity: Array = -came.sum(axis=1)
    return rarity
