"""One evaluation, wherever it runs: call the evaluator and give every failure its cause."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from archivolt.components.base import Component
from archivolt.components.evaluator import Evaluator, Result
from archivolt.components.transfer import Plan, Transfer
from archivolt.errors import ArchivoltError, TrialFailure
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import Registry
from archivolt.storage.run_folder import RunFolder
from archivolt.values.problem import Problem
from archivolt.values.trial import Trial, planned

if TYPE_CHECKING:
    from archivolt.components.block import Block

FAILURE = "failure.txt"  # in the folder of a failed trial


@frozen
class TrialReport:
    """How a running evaluation speaks with the search: `archivolt.components.evaluator.Report`."""

    folder_of_run: Path
    registry: Registry
    say: Callable[[int, Mapping[str, float]], bool]
    recorded_run: Path | None = None  # the run that is replayed
    worker_seconds: float | None = None  # of all workers together, for the whole search
    known_codec: Codec | None = field(default=None, repr=False)  # made when it is needed

    def __call__(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        return self.say(int(epoch), _floats(metrics))

    def component(self, kind: str, name: str) -> type[Component]:
        return self.registry.find(kind, name)

    def folder(self, number: int) -> Path:
        folder = RunFolder(self.folder_of_run).trial(number)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def recorded(self, number: int) -> Path:
        return RunFolder(self._recorded).trial(number)

    def teacher(self, fingerprint: str) -> Path:
        return RunFolder(self._recorded).teachers / fingerprint

    @property
    def _recorded(self) -> Path:
        return self.recorded_run or self.folder_of_run

    @cached_property
    def codec(self) -> Codec:
        return self.known_codec or Codec(self.registry, folder=self._recorded)

    def transfers(self, trial: Trial) -> tuple[tuple[Transfer, Plan], ...]:
        return tuple(
            (self.codec.decode(each["strategy"], Transfer), self.codec.decode(each["plan"], Plan))
            for each in planned(trial)
        )

    def versions(self, blocks: Sequence[Block]) -> tuple[str, ...]:
        origins = {each.component: each.origin for each in self.registry.of_kind("block")}
        return tuple(origins[type(block)].version_told for block in blocks)


def evaluate(
    evaluator: Evaluator, trial: Trial, problem: Problem, report: TrialReport
) -> Result | TrialFailure:
    """Evaluate a trial; a failure of any kind comes back as a value."""
    try:
        result = _plain(evaluator.evaluate(trial, problem, report))
    except TrialFailure as failure:
        return failure
    except MemoryError as cause:
        return TrialFailure("out_of_memory", str(cause), traceback.format_exc())
    except ArchivoltError as cause:
        return TrialFailure("error", str(cause), traceback.format_exc())
    except Exception as cause:
        what = traceback.format_exception_only(cause)[-1].strip()
        return TrialFailure("error", what[:2000], traceback.format_exc())
    if not math.isfinite(result.score):
        return TrialFailure("not_finite", f"the score is {result.score}")
    return result


def _plain(result: Result) -> Result:
    """Return the result in Python's own numbers: NumPy's have no JSON."""
    return Result(
        score=float(result.score),
        metrics=_floats(result.metrics),
        epochs=int(result.epochs),
        parameters=None if result.parameters is None else int(result.parameters),
        flops=None if result.flops is None else int(result.flops),
        stopped=bool(result.stopped),
        warnings=tuple(map(str, result.warnings)),
        schedule_epochs=None if result.schedule_epochs is None else int(result.schedule_epochs),
    )


def _floats(metrics: Mapping[str, float]) -> dict[str, float]:
    return {str(name): float(value) for name, value in metrics.items()}


def write_log(report: TrialReport, number: int, failure: TrialFailure) -> None:
    """Keep what a failed trial left behind, beside its artifacts."""
    # On a full disk, which may be the failure itself, the history still tells the cause.
    with suppress(OSError):
        path = report.folder(number) / FAILURE
        path.write_text(f"{failure}\n\n{failure.log}", encoding="utf-8")
