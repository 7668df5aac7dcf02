"""A loop for searchers that repeat themselves: what `archivolt.Study` refuses, this one counts."""

from __future__ import annotations

import numpy as np

from archivolt import Study
from archivolt.errors import ArchivoltError, SearchError
from archivolt.values.trial import Trial


class Repeating(Study):
    """Asks a searcher as `archivolt.Study` does, and takes what was tried before for a trial too.

    Strategies were published so, with tables looked up or networks trained anew. A repeat keeps
    the seed of the first trial, and so its score.
    """

    def ask(self) -> Trial:
        """Return the next trial.

        Raises:
            ExhaustedError: the searcher has nothing to propose.
            SearchError: the searcher failed.
        """
        number = len(self.history)
        rng = np.random.default_rng([self.seed, number, 0])
        try:
            proposal = self.searcher.propose(self.history, self.space, rng)
        except ArchivoltError:
            raise
        except Exception as cause:
            raise SearchError(f"the searcher {self.searcher.name!r} failed: {cause}") from cause
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
