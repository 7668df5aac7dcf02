"""The pool of worker processes: what goes wrong in a trial ends that trial alone."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from archivolt.errors import ArchivoltError
from archivolt.execution.process import start_fork_server
from archivolt.search.api import start
from archivolt.search.events import SearchFinished
from archivolt.search.run import Run

TOY = Path(__file__).parents[1] / "toy.py"
FAULTS = {
    "raise": ("error", "the toy is broken"),
    "nan": ("not_finite", "the loss is nan"),
    "memory_error": ("out_of_memory", "9 GiB"),
    "kill": ("worker_died", "SIGKILL"),
}


def searched(config: Path, run: Path) -> tuple[Run, SearchFinished]:
    begun = start(config, run=run)
    *_, last = begun.events()
    assert isinstance(last, SearchFinished)
    return begun, last


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_its_trial_with_a_cause_and_the_search_goes_on(
    fault: str, toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = toy_config(
        evaluator={"name": "toy", "fault": fault, "every": 4},
        executor={"name": "local", "workers": 2},
    )

    run, last = searched(config, tmp_path / "run")

    states = Counter(row["state"] for row in run.leaderboard())
    cause, message = FAULTS[fault]
    failed = [row for row in run.leaderboard() if row["state"] == "failed"]
    assert states == {"finished": 7, "failed": 3}
    assert {row["number"] for row in failed} == {0, 4, 8}
    assert all(row["cause"] == cause and message in row["message"] for row in failed)
    assert last.best is not None
    assert last.error is None


def test_a_trial_whose_worker_died_is_tried_once_more(
    toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = toy_config(
        evaluator={"name": "toy", "fault": "kill", "every": 3, "once": True},
        executor={"name": "local", "workers": 1},
    )

    run, _ = searched(config, tmp_path / "run")

    assert {row["state"] for row in run.leaderboard()} == {"finished"}
    assert {trial.number for trial in run.history if trial.attempts == 2} == {0, 3, 6, 9}


@pytest.mark.parametrize(
    ("fault", "limit", "cause"),
    [
        ("sleep", {"time_limit": "1s"}, "time_limit"),
        ("grow", {"memory_limit": "700MiB"}, "memory_limit"),
    ],
)
def test_a_trial_over_a_limit_is_ended(
    fault: str, limit: dict[str, str], cause: str, toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = toy_config(
        evaluator={"name": "toy", "fault": fault, "every": 5},
        executor={"name": "local", "workers": 2, **limit},
    )

    run, _ = searched(config, tmp_path / "run")

    failed = {row["number"]: row["cause"] for row in run.leaderboard() if row["cause"]}
    assert failed == {0: cause, 5: cause}


def test_failures_of_one_cause_in_a_row_end_the_search_with_a_message(
    toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = toy_config(
        evaluator={"name": "toy", "fault": "raise"},
        executor={"name": "local", "workers": 2},
        budget={"trials": 100},
    )

    run, last = searched(config, tmp_path / "run")

    assert last.error is not None
    assert "8 trials in a row" in last.error
    assert "the toy is broken" in last.error
    assert len(run.leaderboard()) < 15


def test_a_worker_that_grew_is_replaced(toy_config: Callable[..., Path], tmp_path: Path) -> None:
    config = toy_config(
        evaluator={"name": "toy", "leak": True},
        executor={"name": "local", "workers": 1, "recycle_growth": "20MiB"},
        budget={"trials": 9},
    )

    run, last = searched(config, tmp_path / "run")

    assert last.error is None
    assert [trial.state for trial in run.history] == ["finished"] * 9
    assert len({trial.worker for trial in run.history}) >= 3


def test_what_a_failed_trial_left_behind_is_kept(
    toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    config = toy_config(
        evaluator={"name": "toy", "fault": "raise", "every": 9},
        executor={"name": "local", "workers": 1},
    )

    run, _ = searched(config, tmp_path / "run")

    log = (run.path / "trials" / "00000" / "failure.txt").read_text()
    assert "ValueError: the toy is broken" in log
    assert "Traceback" in log


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads masks from /proc")
def test_an_interrupt_does_not_reach_what_workers_are_forked_from() -> None:
    from multiprocessing import forkserver

    def withheld(process: object) -> bool:
        status = Path(f"/proc/{process}/status").read_text()
        mask = int(status.partition("SigBlk:")[2].split()[0], 16)
        return bool(mask >> (signal.SIGINT - 1) & 1)

    start_fork_server("forkserver", ())

    assert withheld(forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]
    assert not withheld("self")


def test_a_worker_that_cannot_begin_ends_the_search_with_a_cause_and_its_log(
    toy_config: Callable[..., Path], tmp_path: Path
) -> None:
    plugin = tmp_path / "homebound.py"
    plugin.write_text(
        TOY.read_text() + "import multiprocessing\n"
        "if multiprocessing.parent_process() is not None:\n"
        "    raise RuntimeError('not so far from home')\n"
    )
    config = toy_config(plugins=[str(plugin)], executor={"name": "local", "workers": 1})

    with pytest.raises(ArchivoltError, match="a worker cannot begin") as told:
        searched(config, tmp_path / "run")

    log = re.search(r"its log: (.*)\)", str(told.value))
    assert log
    assert "Traceback" in Path(log[1]).read_text()
    assert "not so far from home" in str(told.value)
    assert "Traceback" not in str(told.value)
