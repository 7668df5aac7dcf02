"""The kit for executors tells which promise is broken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from archivolt.components.executor import Done, Execution, Executor, Started, Workplace
from archivolt.execution.inline import InlineExecution
from archivolt.storage.run_folder import RunFolder
from archivolt.testing import ExecutorConformance, executors

KIT = ExecutorConformance


class Silent(InlineExecution):
    """Tells of no epochs."""

    def results(self, timeout: float) -> Any:
        return (each for each in super().results(timeout) if isinstance(each, Started | Done))


class Mixed(InlineExecution):
    """Gives every trial the first result."""

    first: Any = None

    def results(self, timeout: float) -> Any:
        for each in super().results(timeout):
            if isinstance(each, Done):
                self.first = self.first or each.result
                yield Done(each.number, self.first, each.seconds)
            else:
                yield each


class Deaf(InlineExecution):
    """Stops nothing."""

    def answer(self, number: int, go_on: bool) -> None:
        pass

    def results(self, timeout: float) -> Any:
        self.consult = lambda progress: True
        return super().results(timeout)


class Full(InlineExecution):
    """Has no room before it has begun."""

    @property
    def free(self) -> int:
        return 0


class Lost(InlineExecution):
    """Loses what it is given."""

    def results(self, timeout: float) -> Any:
        self._waiting.clear()
        return iter(())


class Away(InlineExecution):
    """Writes somewhere else."""

    def __init__(self, workplace: Workplace) -> None:
        super().__init__(evolve(workplace, folder=workplace.folder.parent / "away"))


@frozen
class Odd(Executor):
    """An executor with a fault."""

    name = "odd"
    execution: type[InlineExecution]

    def open(self, workplace: Workplace) -> Execution:
        return self.execution(workplace)


@pytest.mark.parametrize(
    ("execution", "promise", "told"),
    [
        (Full, KIT.test_a_trial_may_be_submitted_at_once, "Count a worker as free"),
        (
            Silent,
            KIT.test_every_trial_starts_reports_its_epochs_in_order_and_ends,
            "a `Progress` for each epoch",
        ),
        (Mixed, KIT.test_a_result_is_that_of_its_own_trial, ""),
        (Away, KIT.test_what_a_trial_leaves_lies_in_its_folder_of_the_run, "left nothing in"),
        (Deaf, KIT.test_a_trial_that_is_asked_to_stop_does, "must make a later report"),
        (Lost, KIT.test_a_result_is_that_of_its_own_trial, "have not ended"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_fault_is_told(
    execution: type[InlineExecution],
    promise: Callable[..., None],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.5 if execution is Lost else 60.0)
    monkeypatch.setattr(executors, "LONG", 40)
    folder = RunFolder.create(tmp_path / "run")
    open_for = partial(executors.opened, Odd(execution), folder)
    given = {"folder": folder} if execution is Away else {}

    with pytest.raises(AssertionError) as failure:
        promise(KIT(), open_for, **given)
    assert told in str(failure.value)
