"""A loop for searchers that repeat themselves: what `archivolt.Study` refuses, this one counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archivolt.plugins.failures import attributed
from archivolt.search.record import Record
from archivolt.values.history import History
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from archivolt.components.strategies import Searcher
    from archivolt.values.space import SearchSpace


class Repeating(Record):
    """Asks a searcher as `archivolt.Study` does, and takes what was tried before for a trial too.

    Strategies were published so, with tables looked up or networks trained anew. A repeat keeps
    the seed of the first trial, and so its score.
    """

    def __init__(
        self, space: SearchSpace, searcher: Searcher, *, metric: str, maximize: bool, seed: int
    ) -> None:
        super().__init__(History(maximize), metric, None)
        self.space = space
        self.searcher = searcher
        self.seed = seed

    def ask(self) -> Trial:
        """Return the next trial.

        Raises:
            ExhaustedError: the searcher has nothing to propose.
            SearchError: the searcher failed.
        """
        number = len(self.history)
        rng = np.random.default_rng([self.seed, number, 0])
        with attributed("searcher", self.searcher):
            proposal = self.searcher.propose(self.history, self.space, rng)
        first = self.history.find(proposal.candidate.fingerprint)
        drawn = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0]) >> 1
        return self.add(
            Trial(
                number=number,
                candidate=proposal.candidate,
                seed=drawn if first is None else first.seed,
                parent=proposal.parent,
                mutator=proposal.mutator,
                memo=proposal.memo,
            )
        )
