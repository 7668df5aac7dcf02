"""Executors: where evaluations run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from archivolt.components.base import Component

if TYPE_CHECKING:
    from archivolt.components.evaluator import Evaluator
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial


@frozen
class Started:
    """A worker took a trial up."""

    number: int
    worker: str


@frozen
class Progress:
    """A running trial reports an epoch; the answer goes back through `answer`."""

    number: int
    epoch: int
    metrics: Mapping[str, float]


@frozen
class Done:
    """A trial ended with a result."""

    number: int
    result: Any  # Result
    seconds: float


@frozen
class Failed:
    """A trial ended without one."""

    number: int
    cause: str
    message: str
    seconds: float
    log: str = field(default="", repr=False)


Outcome = Started | Progress | Done | Failed


class Execution(AbstractContextManager["Execution"]):
    """Workers at work for one run; closing it ends them.

    An execution that evaluates where its results are read cannot wait for an `answer`: it asks
    `consult`, which the search sets, whether a trial shall go on.
    """

    consult: Callable[[Progress], bool] = staticmethod(lambda progress: True)

    @property
    def free(self) -> int:
        """How many more trials may be submitted now."""
        raise NotImplementedError

    def submit(self, trial: Trial) -> None:
        """Hand a trial to a worker, now or as soon as one is free."""
        raise NotImplementedError

    def results(self, timeout: float) -> Iterator[Outcome]:
        """Yield what has happened, waiting at most `timeout` seconds for the first of it."""
        raise NotImplementedError

    def answer(self, number: int, go_on: bool) -> None:
        """Answer the last progress of the trial `number`: whether it shall go on."""
        raise NotImplementedError

    def close(self) -> None:
        """End every worker; trials in flight are abandoned."""
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        self.close()


@frozen
class Workplace:
    """What a worker needs to begin, all of it plain data or paths."""

    folder: Path  # of the run: artifacts lie below it
    problem: Problem
    evaluator: Evaluator
    plugins: Mapping[str, Any]  # which plugins the run was started with; see PluginSet
    seed: int = 0
    recorded: Path | None = None  # folder of the run that is replayed; None: none is
    seconds: float | None = None  # that the search may take in all; None: it has no end by time


class Executor(Component):
    """Owns processes, devices, time-outs and memory limits."""

    __slots__ = ()

    def warm_up(self, evaluator: Evaluator) -> None:
        """Begin what takes time and needs no data yet; called before the data are read."""

    def open(self, workplace: Workplace) -> Execution:
        """Start working; the result is a context manager."""
        raise NotImplementedError
