"""What happens in a search, as values: a display draws them, `--json` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from archivolt.values.combined import Combined
from archivolt.values.finalists import Finalists
from archivolt.values.objectives import Objectives
from archivolt.values.selection import Selection
from archivolt.values.trial import Trial


@frozen
class Event:
    """One thing that happened; `event` is its name in the JSON stream."""

    event: ClassVar[str] = ""


@frozen
class Noted(Event):
    """Something that a person should know: a guess, rows left out, a plugin that failed."""

    event: ClassVar[str] = "note"
    text: str


@frozen
class SearchStarted(Event):
    """A search began, or went on."""

    event: ClassVar[str] = "started"
    run: str
    trials: int  # that have ended already
    metric: str
    maximize: bool
    workers: int
    budget: Mapping[str, Any]
    spent: float = 0.0  # seconds that earlier sessions took
    board: tuple[Trial, ...] = ()  # the best trials so far, best first
    objectives: Objectives = ()  # beside the metric, with their limits


@frozen
class TrialStarted(Event):
    """A worker took a trial up."""

    event: ClassVar[str] = "trial_started"
    trial: Trial


@frozen
class EpochEnded(Event):
    """A running trial reported its metrics on the validation rows."""

    event: ClassVar[str] = "epoch"
    trial: Trial
    epoch: int
    metrics: Mapping[str, float]


@frozen
class TrialFinished(Event):
    """A trial ended with a score, and is committed."""

    event: ClassVar[str] = "trial_finished"
    trial: Trial
    best: bool  # better than every trial before it


@frozen
class TrialFailed(Event):
    """A trial ended without a score, and is committed."""

    event: ClassVar[str] = "trial_failed"
    trial: Trial


@frozen
class EnsembleMade(Event):
    """Trials were combined, and the ensemble is committed."""

    event: ClassVar[str] = "ensemble"
    combined: Combined


@frozen
class FinalistsStarted(Event):
    """The finalists are trained again."""

    event: ClassVar[str] = "finalists_started"
    training: str
    trials: tuple[Trial, ...]  # as they will be trained
    trained: tuple[int, ...] = ()  # that an interrupted training left behind, whole


@frozen
class FinalistEpoch(Event):
    """A finalist in training reported an epoch."""

    event: ClassVar[str] = "finalist_epoch"
    trial: Trial
    epoch: int
    metrics: Mapping[str, float]  # on the validation rows; of all rows, `loss` of training alone


@frozen
class FinalistTrained(Event):
    """A finalist was trained again."""

    event: ClassVar[str] = "finalist"
    trial: Trial


@frozen
class FinalistsMade(Event):
    """The finalists are trained and delivered: predictions are theirs."""

    event: ClassVar[str] = "finalists"
    finalists: Finalists


@frozen
class SearchFinished(Event):
    """The search ended; the best model is delivered where there is one."""

    event: ClassVar[str] = "finished"
    run: str
    trials: int
    best: Trial | None  # the one that is delivered
    reason: str
    interrupted: bool = False
    selection: Selection | None = None  # why that one
    report: Mapping[str, Any] = field(factory=dict)  # metrics on the report rows, and their number
    ensemble: Combined | None = None  # delivered beside the best model, where one was asked for
    error: str | None = None  # why the search could not go on
    finalists: Finalists | None = None  # delivered in place of both, where they were trained again
