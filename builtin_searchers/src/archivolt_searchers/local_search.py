"""Local search: step to the first neighbour that is better, and begin anew where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

NOTE = "climb"  # in the memo: the trial that the climb began with, and what it was begun after
ATTEMPTS = 150  # changes of one candidate before it counts as having no untried neighbour


@frozen
class _Climb:
    """Trials from one draw of starting points to a local optimum."""

    begun: int  # number of its first trial; whatever came later belongs to it
    left: int | None = None  # the optimum that the climb before ended at

    @property
    def memo(self) -> dict[str, list[int | None]]:
        return {NOTE: [self.begun, self.left]}


@frozen
class Local(Searcher):
    """Change the best trial until nothing near it is better, then begin anew.

    Local search as a strong baseline (White et al., 2021): it climbs from the best of `starts`
    random trials. The neighbours of the best one, what the space's mutators make of it, are
    tried in random order and never twice; the first that is better takes its place. When none is
    left, or `patience` of them were no better, the next climb begins. Workers never wait: a
    neighbour that ends late and is better after all takes the search back to its climb.
    """

    name = "local"
    starts: int = field(default=10, validator=ge(1))  # random trials at the foot of each climb
    patience: int = field(default=100, validator=ge(0))  # neighbours tried in vain; 0: all

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        climb = _current(history)
        top = _top(history, climb.begun)
        if len(history) - climb.begun < self.starts or top is None:
            return self._start(history, space, rng, climb)

        def is_new(child: Candidate) -> bool:
            return not history.holds(child)

        if not self.patience or len(history.children(top.number)) < self.patience:
            found = space.mutate(top.candidate, rng, None, is_new, ATTEMPTS)
            if found is not None:
                memo = climb.memo
                return Proposal(found.candidate, top.number, found.mutator, memo)
        return self._start(history, space, rng, _Climb(len(history), top.number))

    def _start(
        self, history: History, space: SearchSpace, rng: Generator, climb: _Climb
    ) -> Proposal:
        return Proposal(draw_new(history, space, rng).candidate, memo=climb.memo)


def _current(history: History) -> _Climb:
    newest = history.newest_with(NOTE)
    if newest is None:
        return _Climb(0)
    climb = _Climb(*newest.memo[NOTE])
    if climb.left is not None and _surpassed(history, history[climb.left]):
        return _Climb(*history[climb.left].memo.get(NOTE, (0, None)))
    return climb


def _surpassed(history: History, top: Trial) -> bool:
    """Whether a neighbour that was in a worker when the climb ended has become better."""
    best = history.rank(top)
    return any(
        child.scored and history.rank(child) < best for child in history.children(top.number)
    )


def _top(history: History, begun: int) -> Trial | None:
    """Return the best trial from `begun` on."""
    for best in history.best(1):
        if best.number >= begun:
            return best
    return min(
        (trial for trial in history.since(begun) if trial.scored), key=history.rank, default=None
    )
