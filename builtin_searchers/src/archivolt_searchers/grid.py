"""Grid search: every candidate of a space, one after the other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import define, field, frozen
from attrs.validators import ge

from archivolt.components.strategies import Proposal, Searcher
from archivolt.errors import ExhaustedError, SpaceError
from archivolt_searchers.enumeration import Enumeration, continuous_domains, settings

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace

NOTE = "grid"  # in the memo: the place of a trial in the order, and how many places there are


@define
class NotEnumerableError(SpaceError):
    """A space that cannot be gone through candidate by candidate."""

    continuous: tuple[str, ...] = ()  # domains without an end, by their places in the space
    size: int = 0  # candidates, where it is known


@frozen
class Grid(Searcher):
    """Go through all candidates of a space, shallow ones first.

    Exhaustive search, for spaces in which every value is one of a list. The order is fixed: the
    recipe changes fastest, then the last block, and the connectors slowest. What breaks the
    limits is passed over without a look at each of its descendants.
    """

    name = "grid"
    most: int = field(default=1_000_000, validator=ge(1))  # candidates that are worth beginning

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        """Propose the next candidate in the order that is not in the history.

        Raises:
            ExhaustedError: all were there.
            NotEnumerableError: a domain is continuous, or there are more than `most`.
        """
        candidates = _enumeration(space, self.most)
        newest = history.newest_with(NOTE)
        place, size = newest.memo[NOTE] if newest is not None else (-1, candidates.size)
        begin = place + 1 if size == candidates.size else 0  # else it counted another space
        for at, candidate in candidates.since(begin):
            # Digests are equal, too, where a field differs that means nothing.
            if not history.holds(candidate) and history.find(candidate.fingerprint) is None:
                return Proposal(candidate, memo={NOTE: [at, candidates.size]})
        raise ExhaustedError(trials=len(history), attempts=candidates.size)


@lru_cache(maxsize=8)
def _enumeration(space: SearchSpace, most: int) -> Enumeration:
    continuous = continuous_domains(space)
    if continuous:
        raise NotEnumerableError(
            f"a grid needs a finite space, and {len(continuous)} of its domains are continuous: "
            f"{'; '.join(continuous)}.",
            "Give each a list of values, such as [0.001, 0.01], or take another searcher.",
            continuous,
        )
    hint = "Fix some fields, allow less depth, raise searcher.most, or take another searcher."
    for block, ways in settings(space).items():  # a list of them all would fill the memory
        if ways > most:
            raise NotEnumerableError(
                f"the grid is too large: the fields of {block!r} alone can be set in {ways:,} "
                f"ways, and it may have {most:,} candidates.",
                hint,
                size=ways,
            )
    candidates = Enumeration(space)
    if candidates.size > most:
        raise NotEnumerableError(
            f"the grid is too large: it has up to {candidates.size:,} candidates, and may have "
            f"{most:,}.",
            hint,
            size=candidates.size,
        )
    return candidates
