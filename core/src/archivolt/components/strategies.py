"""Strategies: what proposes candidates, what changes them, and what decides on epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen
from attrs.validators import and_, gt, le

from archivolt.components.base import Component
from archivolt.values.candidate import Candidate
from archivolt.values.trial import FINISHED

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace


class Mutator(Component):
    """A random change to a candidate, to its architecture or to its recipe."""

    __slots__ = ()

    grows: ClassVar[bool] = False  # whether the child is one block deeper than its parent
    crosses: ClassVar[bool] = False  # whether it takes two parents: `cross` in place of `mutate`
    preserves: ClassVar[bool] = False  # whether the child can begin as its parent ended

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        """Return a changed candidate, valid in `space`; None where this change does not apply.

        The input is never edited, and every random choice is drawn from `rng`.
        """
        raise NotImplementedError

    def cross(
        self, candidate: Candidate, other: Candidate, space: SearchSpace, rng: Generator
    ) -> Candidate | None:
        """Return a child of two parents; None where they have none but themselves.

        Called where the class says `crosses`, with a second parent that the searcher offers.
        What `mutate` promises holds here too: neither parent is edited, the child is valid in
        `space`, and it is no deeper than `candidate` unless the class says `grows`.
        """
        return self.mutate(candidate, space, rng)


@frozen
class Proposal:
    """What a searcher asks to be evaluated next."""

    candidate: Candidate
    parent: int | None = None  # number of the trial it was made from
    mutator: str | None = None
    memo: Mapping[str, Any] = field(factory=dict)  # small, plain data; stored with the trial


class Searcher(Component):
    """A search strategy: from the history to the next candidate."""

    __slots__ = ()

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        """Propose the next candidate: a function of the arguments alone.

        A run can then be resumed, replayed and distributed. `history` holds pending and failed
        trials too. A candidate that is there already is not trained twice: the loop asks again.

        Raises:
            ExhaustedError: the space holds nothing that was not tried.
        """
        raise NotImplementedError


@frozen
class New:
    """Evaluate a new candidate: for its whole schedule, or for the first part of it."""

    epochs: int | None = None  # so many at most
    share: float = field(default=1.0, validator=and_(gt(0.0), le(1.0)))  # of the schedule
    least: int = 1  # epochs at least, however small the share

    def of(self, schedule: int) -> int:
        """Return the epochs for a schedule of so many: whole ones, one at least."""
        asked = max(self.least, part(schedule, self.share))
        return max(1, min(schedule, asked, schedule if self.epochs is None else self.epochs))


def part(schedule: int, share: float) -> int:
    """Return the epochs in a share of a schedule, begun ones counted."""
    return ceil(round(schedule * share, 6))  # 0.1 * 30 is a little more than 3


@frozen
class Promote:
    """Train the trial `number` further, from its weights, to so many epochs in all.

    No trial gets more than the epochs of its schedule.
    """

    number: int
    epochs: int


@frozen
class Stop:
    """Nothing more is to be trained: the search is over."""

    why: str = "the scheduler has nothing left to train"


Decision = New | Promote | Stop


class Scheduler(Component):
    """A multi-fidelity policy: how long to train, whom to stop, whom to promote.

    A fidelity is a number of epochs along the trial's own schedule: to stop a trial early and to
    train it further later is the same as to train it in one go. Schedules differ in length where
    a search varies `recipe.epochs`, so what is compared between trials is better a share of them.
    """

    __slots__ = ()

    def next(self, history: History) -> Decision:
        """Say what to train next; asynchronous, so never `wait`.

        A function of the history alone. When every trial of the budget is proposed, it is still
        asked for promotions, until it answers anything else and no trial is running.
        """
        raise NotImplementedError

    def schedule(self, candidate: Candidate) -> int:
        """Return the epochs over which a new trial's learning-rate schedule is laid.

        That of its recipe by default; it may be shorter, never longer.
        """
        return candidate.recipe.epochs

    def waiting(self, history: History) -> Sequence[int]:
        """Number the trials that may yet be promoted: what they go on from stays on disk.

        A function of the history alone. By default all that were trained to the epochs asked for
        and have not their whole schedule; a scheduler that knows better names fewer.
        """
        return [
            trial.number
            for trial in history.in_state(FINISHED)
            if trial.scored and trial.goal <= trial.epochs < trial.schedule
        ]

    def goes_on(
        self, history: History, number: int, epoch: int, metrics: Mapping[str, float]
    ) -> bool:
        """Tell whether the running trial `number` is worth its next epoch.

        Its `curve` in the history ends with the score of `epoch`; `metrics` are those of that
        epoch, as the evaluator reported them.
        """
        return True
