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
from archivolt_searchers.evidence import gather, goodness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt_searchers.gaussian_regression import Posterior

    Array = NDArray[np.float64]

UCB, EI = ACQUISITIONS = "ucb", "ei"
PARENTS = 5  # best trials, from which the climb begins
FRESH, FRESH_AT_START = 4, 30  # random candidates among which it begins too
ITERATIONS = 10  # of the fit
FITTED_TO = 96  # trials: the best half of them, and the latest


@frozen
class GaussianProcess(Searcher):
    """Try what a Gaussian process expects most of (Snoek et al., 2012).

    The process compares candidates by weighted Hamming distances, one weight a position, fitted to
    the trials; numbers by how far they lie apart (`archivolt_searchers.encoding`). Scores are
    turned into normal quantiles of their ranks, so that outliers do no harm; a failed trial is
    as bad as the worst. The first trials are balanced: each value of each position as often as the
    others. Then what promises most, by the upper confidence bound (Srinivas et al., 2010) or by
    expected improvement, is climbed to by the space's mutators from the best trials. For a trial
    in flight, what is expected of it stands in for its score (Ginsbourger et al., 2010). Beyond
    `most_trials` the best half of so many and the latest are looked at, so that a proposal takes
    no longer.
    """

    name = "gaussian_process"
    starts: int = field(default=5, validator=ge(1))  # balanced trials at the beginning
    acquisition: str = field(default=UCB, validator=in_(ACQUISITIONS))
    deviations: float = field(default=2.0, validator=ge(0.0))  # ucb: above the mean
    exploration: float = field(default=0.1, validator=and_(ge(0.0), le(1.0)))  # share of mutations
    most_trials: int = field(default=192, validator=ge(10))  # that a proposal looks at

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        encoder = encoder_of(space, computing=True)
        if len(history) < self.starts or not history.scored:
            judge = partial(_rarity, encoder, _level_counts(encoder, history, self.starts))
            return climb((), FRESH_AT_START, judge, history, space, rng)
        parents = history.best(PARENTS)
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
            judge = partial(self._promise, encoder, *self._learn(encoder, history))
            return climb(parents, FRESH, judge, history, space, rng)

    def _learn(self, encoder: Encoder, history: History) -> tuple[Posterior, float]:
        """Return the process given the trials, and the best that it expects of any of them."""
        from archivolt_searchers.gaussian_regression import condition, fit, normal_scores

        evidence = gather(history, self.most_trials)
        scores = np.array([goodness(each, history.maximize) for each in evidence.ended])
        targets = normal_scores(scores)
        rows = encoder.rows(each.candidate for each in evidence.ended)
        # The matrices of the fit are inverted many times over: it is given fewer trials.
        best = np.argsort(-targets, kind="stable")[: FITTED_TO // 2]
        latest = np.arange(max(0, len(rows) - FITTED_TO // 2), len(rows))
        chosen = np.union1d(best, latest)
        fitted = fit(rows[chosen], targets[chosen], encoder.owner, ITERATIONS)
        posterior = condition(rows, targets, encoder.owner, fitted)
        expected, _ = posterior.predict(rows)
        if evidence.active:
            waiting = encoder.rows(each.candidate for each in evidence.active)
            believed, _ = posterior.predict(waiting)
            rows, targets = np.concatenate([rows, waiting]), np.concatenate([targets, believed])
            posterior = condition(rows, targets, encoder.owner, fitted)
        return posterior, float(expected.max())

    def _promise(
        self, encoder: Encoder, posterior: Posterior, best: float, candidates: Sequence[Candidate]
    ) -> Array:
        mean, deviation = posterior.predict(encoder.rows(candidates))
        if self.acquisition == UCB:
            return mean + self.deviations * deviation
        from archivolt_searchers.gaussian_regression import expected_improvement

        return expected_improvement(mean, deviation, best)


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
