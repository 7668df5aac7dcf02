"""Evaluators: what turns a candidate into metrics, and a trained candidate into a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from attrs import field, frozen

from archivolt.components.base import Component

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.components.block import Block
    from archivolt.components.ensembler import Pool
    from archivolt.components.source import Dataset, Input, Source
    from archivolt.components.transfer import Plan, Transfer
    from archivolt.values.combined import Combined
    from archivolt.values.problem import Problem, Task
    from archivolt.values.trial import Trial


T = TypeVar("T")


class Report(Protocol):
    """How a running evaluation speaks with the search."""

    def __call__(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Report the metrics after `epoch` epochs; False asks the evaluation to stop here."""

    def component(self, kind: str, name: str) -> type[Component]:
        """Find a component that the candidate names, such as an augmentation.

        Raises:
            UnknownComponentError: no plugin of the run registers it.
        """

    def folder(self, number: int) -> Path:
        """Return the artifact folder of a trial: one's own to write, another's to read."""

    def recorded(self, number: int) -> Path:
        """Return where a trial's artifacts lie, to be read; in a replay, those of the run."""

    def teacher(self, fingerprint: str) -> Path:
        """Return where the predictions of a teacher lie; in a replay, those of the run.

        The folder may not be there yet. A replay only reads it.
        """

    def transfers(self, trial: Trial) -> tuple[tuple[Transfer, Plan], ...]:
        """Return the strategies by which a trial begins, each with its plan."""

    def versions(self, blocks: Sequence[Block]) -> tuple[str, ...]:
        """Return for each block its pack with the version: `archivolt-blocks 0.1.0`."""

    @property
    def worker_seconds(self) -> float | None:
        """What all workers together have for the search; None: it has no end by time.

        In a replay, and where finalists are trained, there is none either.
        """

    @property
    def codec(self) -> ValueCodec:
        """Turns values with components in them into plain data, and back."""


class ValueCodec(Protocol):
    """Values as what `json.dumps` takes."""

    def encode(self, value: object) -> Any: ...

    def decode(self, data: Any, as_type: type[T]) -> T:
        """Turn plain data into a value.

        Raises:
            ArchivoltError: the data are no such value, or hold what no plugin registers.
        """


@frozen
class Result:
    """What an evaluation found."""

    score: float  # the problem's metric on the validation rows
    metrics: Mapping[str, float] = field(factory=dict)  # on the validation rows; has `loss`
    epochs: int = 0  # trained in all, earlier fidelities included
    parameters: int | None = None
    flops: int | None = None
    stopped: bool = False  # ended early because the scheduler asked for it
    warnings: tuple[str, ...] = ()
    schedule_epochs: int | None = None  # of its schedule, where that was made shorter for time


class Delivered(Protocol):
    """A delivered model, loaded again."""

    inputs: tuple[Input, ...]  # what it reads, as the user's data have it
    task: Task

    def predict(self, dataset: Dataset) -> NDArray[Any] | Mapping[str, NDArray[Any]]:
        """Predict classes by name, `(rows,)`; numbers `(rows,)`; or one column a target.

        Where the task is per step, with an axis of time after the rows. Of several tasks a mapping
        by target.
        """

    def predict_probabilities(
        self, dataset: Dataset
    ) -> NDArray[Any] | Mapping[str, NDArray[Any]] | None:
        """Return the probability of each class, `(rows, classes)`; None for regression.

        Of several tasks a mapping by target, of those that have classes.
        """

    def evaluate(self, dataset: Dataset) -> Mapping[str, float]:
        """Return every metric of the task on labelled rows."""


class Evaluator(Component):
    """Turns candidates into metrics; the Keras trainer is one, a lookup table another.

    `prepare` and `deliver` run in the process of the search, `evaluate` in its workers.
    """

    __slots__ = ()

    preload: ClassVar[tuple[str, ...]] = ()  # modules that a worker's fork server imports
    environment: ClassVar[Mapping[str, str]] = {}  # set before any of them is, unless it is set
    trains_beside: ClassVar[bool] = False  # whether it heeds `Trial.prior`
    retrains: ClassVar[tuple[str, ...]] = ()  # of finalists: "fresh", "all_rows"

    def prepare(
        self,
        dataset: Dataset,
        source: Source,
        problem: Problem,
        splits: Mapping[str, Any],
        folder: Path,
    ) -> Problem:
        """Fit the preprocessing on the training rows and write what `evaluate` reads.

        Args:
            dataset: The raw features and labels.
            source: Where they came from; it makes the preprocessing layers.
            problem: Task and metric, not yet the features.
            splits: Row numbers by split, `(rows,)` each.
            folder: Where to write; empty.

        Returns:
            The problem with its features, rows, folder and digest.
        """
        raise NotImplementedError

    def evaluate(self, trial: Trial, problem: Problem, report: Report) -> Result:
        """Train and score a trial on the validation rows; continue it if it was trained before.

        Raises:
            TrialFailure: the trial has no score, and why.
        """
        raise NotImplementedError

    def pose_on_all_rows(self, problem: Problem, folder: Path) -> Problem:
        """Pose a problem anew, with its training and validation rows together as training rows.

        Called where `retrains` holds `"all_rows"`. Preprocessing and labels stay as they were
        fitted on the training rows, and the report rows stay what they are. `rows` of the new
        problem has no validation rows; on such a problem `evaluate` trains to the end, keeps the
        last epoch, reports the training loss, and gives that as the score, by which nobody
        chooses.

        Args:
            problem: As it was prepared.
            folder: Where to write; empty. It may be moved afterwards.
        """
        raise NotImplementedError

    def deliver(self, trial: Trial, problem: Problem, artifacts: Path, target: Path) -> None:
        """Write the trained candidate into the folder `target`, as a model without Archivolt."""
        raise NotImplementedError

    def pool(
        self, trials: Sequence[Trial], problem: Problem, artifacts: Callable[[int], Path]
    ) -> Pool | None:
        """Gather what trials predicted on the validation rows, for an ensembler.

        Args:
            trials: With a score, in the order of choice.
            problem: What they were trained on.
            artifacts: The folder of a trial, by its number.

        Returns:
            Those whose predictions are still there, in their order; None where there is none, or
            this evaluator keeps no predictions.
        """
        return None

    def deliver_ensemble(
        self,
        combined: Combined,
        trials: Sequence[Trial],
        problem: Problem,
        artifacts: Callable[[int], Path],
        target: Path,
    ) -> None:
        """Write an ensemble into the folder `target`, as one model without Archivolt.

        Args:
            combined: The ensemble, and what is known about it.
            trials: Its members, in their order.
            problem: What they were trained on.
            artifacts: The folder of a trial, by its number.
            target: Where to write; empty.
        """
        raise NotImplementedError

    def judge(self, problem: Problem, target: Path) -> Mapping[str, float]:
        """Score what was delivered on the report rows: once, at the end; {} when there are none."""
        return {}

    def load(self, target: Path) -> Delivered:
        """Load what was delivered into the folder `target`."""
        raise NotImplementedError
