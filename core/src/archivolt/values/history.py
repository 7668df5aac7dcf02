"""The history: every trial of a run, running and failed ones included, with its indices.

Strategies read it; the loop alone writes it, through `record`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING, Protocol, TypeVar, overload

from archivolt.values.candidate import Candidate
from archivolt.values.objectives import Objectives, excess, front
from archivolt.values.trial import PENDING, RUNNING, Trial

if TYPE_CHECKING:
    from archivolt.values.ensemble import Ensemble


class Index(Protocol):
    """What a strategy derives from the trials, kept in step with them."""

    def change(self, before: Trial | None, after: Trial) -> None:
        """Take in that a trial is new, or another one than when it was last taken in."""


Rank = tuple[float, float, float, int]  # beyond limits, score, loss (less is better), number
Derived = TypeVar("Derived", bound=Index)


class History(Sequence[Trial]):
    """Trials by number, with indices that grow as trials are recorded.

    Args:
        maximize: Whether a larger score is better.
        trials: By number, from 0 on.
        objectives: What the search minds beside the score. Trials beyond their limits come after
            all others wherever trials are ranked, those that are least beyond them first.
    """

    def __init__(
        self,
        maximize: bool = True,
        trials: Sequence[Trial] = (),
        objectives: Objectives = (),
    ) -> None:
        self.maximize = maximize
        self.objectives = objectives
        self._trials: list[Trial] = []
        self._by_fingerprint: dict[str, int] = {}
        self._candidates: dict[Candidate, int] = {}
        self._children: dict[int, list[int]] = {}
        self._ranking: list[Rank] = []  # best first
        self._states: dict[str, dict[int, None]] = {}  # insertion-ordered sets of numbers
        self._ends: list[float] = []  # ascending
        self._indices: dict[Hashable, tuple[Index, dict[int, Trial | None]]] = {}
        self._noted: dict[str, int] = {}  # newest trial by each key of its memo
        self._epochs = 0
        self._ensemble: Ensemble | None = None
        for trial in trials:
            self.record(trial)

    # What strategies read

    def __len__(self) -> int:
        return len(self._trials)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        return self._trials[index]

    def since(self, number: int) -> Iterator[Trial]:
        """Yield the trials from `number` on, without a pass over the earlier ones."""
        for index in range(max(0, number), len(self._trials)):
            yield self._trials[index]

    def best(self, count: int = 1) -> tuple[Trial, ...]:
        """Return the `count` trials with the best scores, best first.

        Ties go to the smaller validation loss, then to the earlier trial.
        """
        return tuple(self._trials[rank[-1]] for rank in self._ranking[:count])

    def ranked(self) -> Iterator[Trial]:
        """Yield every trial with a score, best first."""
        for rank in self._ranking:
            yield self._trials[rank[-1]]

    def rank(self, trial: Trial) -> int:
        """Return how many trials have a better score than `trial`."""
        return bisect_left(self._ranking, self._key(trial))

    def keeps_limits(self, trial: Trial) -> bool:
        """Tell whether a trial is within the limits of all objectives."""
        return excess(self.objectives, trial) == 0.0

    def front(self) -> list[Trial]:
        """Return the trials within the limits that no other beats in everything, best score first.

        What counts is the score and every objective; see `archivolt.values.objectives.front`.
        """
        return front(self.ranked(), self.objectives, self.maximize)

    def find(self, fingerprint: str) -> Trial | None:
        """Return the trial of the candidate with this fingerprint."""
        number = self._by_fingerprint.get(fingerprint)
        return None if number is None else self._trials[number]

    def holds(self, candidate: Candidate) -> bool:
        """Tell whether the candidate is there; quicker than `find`, which needs its digest."""
        return candidate in self._candidates

    def newest_with(self, key: str) -> Trial | None:
        """Return the newest trial whose memo has `key`: where a searcher left off."""
        number = self._noted.get(key)
        return None if number is None else self._trials[number]

    def children(self, number: int) -> tuple[Trial, ...]:
        return tuple(self._trials[child] for child in self._children.get(number, ()))

    def in_state(self, state: str) -> tuple[Trial, ...]:
        return tuple(self._trials[number] for number in self._states.get(state, ()))

    def count(self, state: str) -> int:  # of a state, not of an item
        """Return how many trials are in `state`."""
        return len(self._states.get(state, ()))

    @property
    def scored(self) -> int:
        """How many trials have a score."""
        return len(self._ranking)

    @property
    def active(self) -> tuple[Trial, ...]:
        """The trials that wait or are in a worker."""
        return (*self.in_state(PENDING), *self.in_state(RUNNING))

    @property
    def ended(self) -> int:
        """How many trials have ended, with a score or without."""
        return len(self._trials) - self.count(PENDING) - self.count(RUNNING)

    @property
    def epochs(self) -> int:
        """How many epochs were trained, over all trials."""
        return self._epochs

    def ended_after(self, time: float) -> int:
        """Return how many trials ended later than `time`, and are not trained again by now."""
        return len(self._ends) - bisect_right(self._ends, time)

    def derived(self, key: Hashable, make: Callable[[], Derived]) -> Derived:
        """Return an index of a strategy's own over this history, in step with its trials.

        It is made at the first call and kept here; later calls tell it of the trials that changed
        since, so none makes a pass over the history. It must follow from the trials alone,
        in whatever order it is told of them.

        Args:
            key: Tells indices apart: the strategy itself will do.
            make: Makes an empty one.
        """
        index, changed = self._indices.pop(key, None) or (make(), dict.fromkeys(range(len(self))))
        for number, before in changed.items():
            index.change(before, self._trials[number])
        # Back only now: one that raised is made afresh.
        self._indices[key] = (index, {})
        return index  # type: ignore[return-value]  # what `make` made under this key

    @property
    def ensemble(self) -> Ensemble | None:
        """The ensemble that was made last of these trials; None where none was made."""
        return self._ensemble

    def is_better(self, score: float, other: float) -> bool:
        return score > other if self.maximize else score < other

    # What the loop writes

    def record(self, trial: Trial) -> None:
        """Add the next trial, or replace an earlier one by its new state.

        Raises:
            IndexError: the number is neither known nor the next one.
        """
        before: Trial | None = None
        if trial.number < len(self._trials):
            before = self._trials[trial.number]
            self._forget(before, trial)
            self._trials[trial.number] = trial
        elif trial.number == len(self._trials):
            self._trials.append(trial)
            if trial.parent is not None:
                self._children.setdefault(trial.parent, []).append(trial.number)
        else:
            raise IndexError(f"trial {trial.number} recorded after {len(self._trials)} trials")
        self._by_fingerprint.setdefault(trial.candidate.fingerprint, trial.number)
        self._candidates.setdefault(trial.candidate, trial.number)
        if before is None or before.state != trial.state:
            self._states.setdefault(trial.state, {})[trial.number] = None
        for key in trial.memo:
            self._noted[key] = max(trial.number, self._noted.get(key, 0))
        self._epochs += trial.epochs
        if trial.ended is not None and not trial.active:
            insort(self._ends, trial.ended)
        if trial.scored:
            insort(self._ranking, self._key(trial))
        for _, changed in self._indices.values():
            changed.setdefault(trial.number, before)

    def record_ensemble(self, ensemble: Ensemble) -> None:
        """Take in that an ensemble of these trials was made."""
        self._ensemble = ensemble

    def _forget(self, old: Trial, new: Trial) -> None:
        if old.state != new.state:
            self._states[old.state].pop(old.number, None)
        self._epochs -= old.epochs
        if old.ended is not None and not old.active:
            del self._ends[bisect_left(self._ends, old.ended)]
        if old.scored:
            del self._ranking[bisect_left(self._ranking, self._key(old))]

    def _key(self, trial: Trial) -> Rank:
        assert trial.score is not None
        score = -trial.score if self.maximize else trial.score
        loss = trial.metrics.get("loss", 0.0)
        beyond = excess(self.objectives, trial)
        return beyond, _last_if_nan(score), _last_if_nan(loss), trial.number


def _last_if_nan(value: float) -> float:
    # NaN is neither below nor above anything: one of it would break the order of all.
    return value if value == value else inf
