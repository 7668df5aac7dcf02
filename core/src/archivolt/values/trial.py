"""A trial: one candidate being evaluated, from its proposal to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from archivolt.values.candidate import Candidate
from archivolt.values.prior import Prior
from archivolt.values.recipe import Recipe

PENDING = "pending"  # proposed, not begun
RUNNING = "running"  # in a worker
FINISHED = "finished"  # trained to its fidelity; has a score
STOPPED = "stopped"  # ended early by the scheduler; has the score it had by then
FAILED = "failed"  # ended without a score; `cause` says why
SEARCH_ENDED = "search_ended"  # cause of a stopped trial: it goes on when the search does
TRANSFER = "transfer"  # in a trial's memo: each strategy by which it begins, with its plan
PRIOR = "prior"  # in a trial's memo: what stands beside it, frozen
STATES = (PENDING, RUNNING, FINISHED, STOPPED, FAILED)


@frozen
class Trial:
    """One candidate being evaluated; every change is a new value."""

    number: int  # 0, 1, 2 … in the order of proposals
    candidate: Candidate
    seed: int  # drives the initial weights, the order of examples and dropout
    state: str = PENDING
    parent: int | None = None  # number of the trial that this one was made from
    mutator: str | None = None  # name of the change from the parent, None for a fresh sample
    memo: Mapping[str, Any] = field(factory=dict, hash=False)  # the searcher's note, plain data
    epochs: int = 0  # fidelity reached
    target_epochs: int | None = None  # fidelity asked for; None: its whole schedule
    score: float | None = None  # the problem's metric on the validation rows
    metrics: Mapping[str, float] = field(factory=dict, hash=False)  # on the validation rows
    parameters: int | None = None  # every stored weight of the network, preprocessing apart
    flops: int | None = None  # forward, one example
    seconds: float = 0.0  # spent in the worker, all attempts at this trial's present fidelity
    attempts: int = 0  # times that a worker took it up
    worker: str | None = None
    started: float | None = None  # Unix time, seconds
    ended: float | None = None
    cause: str | None = None  # of a failure, see TrialFailure.cause; or SEARCH_ENDED
    message: str | None = None
    warnings: tuple[str, ...] = ()
    schedule_epochs: int | None = None  # length of its schedule; None: its recipe's own
    curve: tuple[tuple[int, float], ...] = ()  # epochs that it reported, with their scores

    @property
    def scored(self) -> bool:
        """Whether the trial has a score that may be compared.

        One that is being trained further keeps the score that it had: its weights are still there.
        """
        return self.score is not None and self.state != FAILED

    @property
    def active(self) -> bool:
        return self.state in (PENDING, RUNNING)

    @property
    def schedule(self) -> int:
        """Epochs of its whole schedule: as its recipe says, or as the scheduler shortened it."""
        return self.schedule_epochs or self.candidate.recipe.epochs

    @property
    def recipe(self) -> Recipe:
        """The recipe as the trial is trained by it: laid over `schedule` epochs."""
        recipe = self.candidate.recipe
        return recipe if self.schedule == recipe.epochs else evolve(recipe, epochs=self.schedule)

    @property
    def goal(self) -> int:
        """Epochs that it is to have in the end, as far as that is decided."""
        return self.schedule if self.target_epochs is None else self.target_epochs

    @property
    def fidelity(self) -> float:
        """Share of its schedule that it was trained for, 0 to 1."""
        return min(1.0, self.epochs / self.schedule)

    def reported(self, epoch: int, score: float) -> Trial:
        """Return the trial with the score that it reported after an epoch."""
        if not self.curve or epoch > self.curve[-1][0]:
            return evolve(self, curve=(*self.curve, (epoch, score)))
        # It is trained again from an earlier epoch, and says the same once more.
        return evolve(self, curve=tuple(sorted({**dict(self.curve), epoch: score}.items())))

    @property
    def prior(self) -> Prior | None:
        """What stands beside it, frozen; None: it is trained alone."""
        data = self.memo.get(PRIOR)
        return None if data is None else Prior(**data)

    @property
    def sources(self) -> tuple[int, ...]:
        """Numbers of the trials whose weights it was planned to begin with, or to stand beside."""
        taken = [number for each in planned(self) for number, _ in each["plan"]["sources"]]
        if self.prior is not None:
            taken.append(self.prior.trial)
        return tuple(dict.fromkeys(taken))

    def begin(self, worker: str, now: float) -> Trial:
        return evolve(self, state=RUNNING, worker=worker, started=now, attempts=self.attempts + 1)

    def fail(self, cause: str, message: str, now: float, seconds: float = 0.0) -> Trial:
        return evolve(
            self,
            state=FAILED,
            cause=cause,
            message=message,
            ended=now,
            seconds=self.seconds + seconds,
        )


def planned(trial: Trial) -> Sequence[Mapping[str, Any]]:
    """Return the transfer that was planned for a trial, plain data: `strategy` and `plan` each."""
    plans: Sequence[Mapping[str, Any]] = trial.memo.get(TRANSFER, ())
    return plans


def told_transfer(memo: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tell from a trial's memo what it takes from whom: `strategy` and `sources` each."""
    return [
        {
            "strategy": each["strategy"]["name"],
            "sources": [number for number, _ in each["plan"]["sources"]],
        }
        for each in memo.get(TRANSFER, ())
    ]


def told_prior(memo: Mapping[str, Any]) -> dict[str, Any] | None:
    """Tell from a trial's memo what it was trained beside; None: it was trained alone."""
    data = memo.get(PRIOR)
    return None if data is None else {each: data[each] for each in ("trial", "towers", "rule")}
