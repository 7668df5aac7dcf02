"""Planning what new trials take from earlier ones."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from attrs import frozen

from archivolt import Transfer, hookimpl
from archivolt.components.transfer import Plan
from archivolt.errors import SearchError
from archivolt.execution.evaluation import TrialReport
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.search.transferring import Transferring
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.trial import Trial, told_transfer


@frozen
class FromTheFirst(Transfer):
    """Takes from the first trial."""

    name = "from_the_first"
    share: float = 1.0

    def plan(self, trial: Trial, history: History) -> Plan:
        if self.share < 0:
            raise ValueError("a share below zero")
        return Plan(((0, self.share),) if len(history) else (), {"why": "it is there"})


@pytest.fixture
def registry() -> Any:
    plugin = ModuleType("plugin")
    plugin.archivolt_transfers = hookimpl(lambda: [FromTheFirst])  # type: ignore[attr-defined]
    return load_plugins(allow=(), extra=[("plugin", plugin)])


def a_trial(number: int, **facts: Any) -> Trial:
    return Trial(number, Candidate((ToyDense(8),)), seed=0, **facts)


def test_the_plan_is_stored_with_the_trial_and_read_back_in_a_worker(
    registry: Any, tmp_path: Any
) -> None:
    transferring = Transferring((FromTheFirst(0.5),), Codec(registry))

    planned = transferring.plan(a_trial(1, memo={"note": 1}), History(trials=[a_trial(0)]))

    assert planned.memo["note"] == 1
    assert planned.sources == (0,)
    assert told_transfer(planned.memo) == [{"strategy": "plugin:from_the_first", "sources": [0]}]
    ((strategy, plan),) = TrialReport(tmp_path, registry, lambda *_: True).transfers(planned)
    assert strategy == FromTheFirst(0.5)
    assert plan == Plan(((0, 0.5),), {"why": "it is there"})


def test_without_a_strategy_a_trial_stays_as_it_is(registry: Any) -> None:
    trial = a_trial(0)

    assert Transferring((), Codec(registry)).plan(trial, History()) is trial


def test_a_strategy_that_raises_is_named(registry: Any) -> None:
    transferring = Transferring((FromTheFirst(-1.0),), Codec(registry))

    with pytest.raises(SearchError, match="transfer 'from_the_first' failed: .*below zero"):
        transferring.plan(a_trial(0), History())


def test_a_replay_reads_what_the_run_recorded_and_writes_beside_it(
    registry: Any, tmp_path: Any
) -> None:
    run, beside = tmp_path / "run", tmp_path / "beside"

    report = TrialReport(beside, registry, lambda *_: True, recorded_run=run)

    assert report.folder(3).is_relative_to(beside)
    assert report.recorded(3).is_relative_to(run)
