"""The linear model: what each block is worth at each position, by ridge regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, gt, in_, le

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.evidence import gather, rewards
from archivolt_searchers.positions import (
    ALIGNMENTS,
    BASE,
    Positions,
    matrix_of,
    positions_of,
    row_of,
)
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

ATTEMPTS = 64  # changes of one candidate
PARENTS = 5  # of the best trials, where what the model likes best cannot be used
OUTLYING = 10.0  # times as far above the median as the median is above the best
WORST = 0.1  # share that is dropped with the outliers


@frozen
class Linear(Searcher):
    """Propose what a linear model of the score likes best, or a neighbour of it.

    The linear search of Model Search (Mazzawi and Gonzalvo, 2021): ridge regression of the cost
    on which block stands at which position, in one-hot columns, with the levels of its fields and
    the recipe beside them. Shallow networks are filled up with empty places: at the head where
    positions are counted from the `base`, at the base where from the `head`. The cheapest block
    of each position makes the proposal. With `growth_probability`, or where that was tried
    before, it is changed by one of the mutators.
    """

    name = "linear"
    alignment: str = field(default=BASE, validator=in_(ALIGNMENTS))
    ridge_penalty: float = field(default=0.001, validator=gt(0.0))
    remove_outliers: bool = True  # leaves out the worst tenth, and what is far beyond the median
    trials_before_fit: int = field(default=10, validator=ge(2))  # with a score; random until then
    growth_probability: float = field(default=0.1, validator=and_(ge(0.0), le(1.0)))
    window: int = field(default=200, validator=ge(2))  # fitted: half the best, half the newest

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        if history.scored < self.trials_before_fit:
            return draw_new(history, space, rng)

        def is_new(child: Candidate) -> bool:
            return not history.holds(child)

        positions = positions_of(space, self.alignment)
        weights = self._fit(history, positions)
        liked = None if weights is None else positions.best(weights, rng)
        if liked is not None and liked in space:
            growing = float(rng.random()) < self.growth_probability
            # By the digest: what differs in a field that means nothing would be liked for ever.
            trial = history.find(liked.fingerprint)
            if trial is None and not growing:
                return Proposal(liked)
            for grows in (True, None) if growing else (None,):
                found = space.mutate(liked, rng, grows, is_new, ATTEMPTS)
                if found is not None and trial is not None:
                    return Proposal(found.candidate, trial.number, found.mutator)
                if found is not None:
                    return Proposal(found.candidate)
        best = history.best(PARENTS)
        for at in rng.permutation(len(best)):
            found = space.mutate(best[at].candidate, rng, None, is_new, ATTEMPTS)
            if found is not None:
                return Proposal(found.candidate, best[at].number, found.mutator)
        return draw_new(history, space, rng)

    def _fit(self, history: History, positions: Positions) -> NDArray[np.float64] | None:
        """Return the cost that each column adds; None where there is nothing to learn from."""
        from sklearn.linear_model import Ridge

        def is_known(trial: Trial) -> bool:  # a resumed search may have another space
            return trial.candidate in positions.space

        trials = gather(history, self.window, failed=False, among=is_known).ended
        costs = -rewards(trials, history)
        kept = np.isfinite(costs)
        if self.remove_outliers:
            kept[kept] = usual(costs[kept])
        if kept.sum() < 2:
            return None
        used = (trial for trial, keep in zip(trials, kept, strict=True) if keep)
        rows = [row_of(positions, trial.candidate) for trial in used]
        matrix = matrix_of(rows, positions.width)
        # Conjugate gradients on sparse rows need no matrix product: a millisecond, where
        # a threaded solver waits for the cores that trials are trained on. Each position has one
        # column that is 1, so they hold the intercept already.
        ridge = Ridge(self.ridge_penalty, fit_intercept=False, solver="sparse_cg", tol=1e-6)
        weights: NDArray[np.float64] = ridge.fit(matrix, costs[kept] - costs[kept].mean()).coef_
        return weights


def usual(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which costs are no outliers, `(trials,)`.

    Those of the worst tenth are, and those that lie ten times as far above the median as the
    median lies above the smallest: a scale that needs no zero.
    """
    if not len(costs):
        return np.ones(0, dtype=bool)
    median, least = float(np.median(costs)), float(costs.min())
    within = costs <= np.quantile(costs, 1.0 - WORST)
    return within & (costs - median <= OUTLYING * (median - least))
