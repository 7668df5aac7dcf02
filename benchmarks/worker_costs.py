"""What a worker costs: until it is ready, until a cached trial trains, and over many trials."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from attrs import evolve
from works import WORKS

TRIALS = 200
WARM_UP = 30  # trials: until then a worker fills its cache of compiled trainers
STARTS = 3


def measure(folder: Path, trials: int = TRIALS) -> dict[str, float]:
    """Measure one worker on the digits; seconds, and the growth of its memory as a share."""
    run = folder / "worker"
    found = _memory(run, trials)
    found |= _ready(run)
    found |= _cached_start(run)
    return found


def _search(run: Path, trials: int) -> Any:
    from archivolt.plugins.registry import load_plugins
    from archivolt.search.api import start
    from archivolt_keras.sources.arrays import ArraySource

    (x, y), test = WORKS[0].load(None)
    source = ArraySource.from_memory(x, y, None, test)
    assert source is not None
    load_plugins()
    return start(
        source,
        overrides=(f"budget.trials={trials}", "executor.workers=1"),
        preset="base",
        run=run,
        config=WORKS[0].config,
    )


def _memory(run: Path, trials: int) -> dict[str, float]:
    from archivolt.search.events import TrialFinished, TrialStarted

    begun = _search(run, trials)
    sizes: list[int] = []
    called, first = time.perf_counter(), 0.0
    for event in begun.events():
        if isinstance(event, TrialStarted):
            first = first or time.perf_counter() - called
        if isinstance(event, TrialFinished):
            sizes.append(max(_resident(each) for each in _workers()))
    begun.close()
    early = sizes[min(WARM_UP, len(sizes)) - 1]
    return {
        "first_started_s": first,
        "trials": len(sizes),
        "memory_mib": sizes[-1] / 2**20,
        "growth_from_first": sizes[-1] / sizes[0] - 1,
        "growth_after_warm_up": max(sizes[WARM_UP:], default=early) / early - 1,
    }


def _workers() -> list[psutil.Process]:
    """Return the processes that the fork server made."""
    children = psutil.Process().children()
    return [grandchild for child in children for grandchild in child.children()] or children


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _ready(run: Path) -> dict[str, float]:
    """Time a worker with the fork server at work already, as one that replaces another."""
    import archivolt
    from archivolt.components.executor import Workplace
    from archivolt.execution.process import WorkerProcess

    opened = archivolt.open(run)
    plugins = json.loads(json.dumps(opened._registry.specification()))
    workplace = Workplace(run, opened.problem, opened.config.evaluator, plugins)
    trial = next(trial for trial in opened.history if trial.scored)
    ready, through = [], []
    with tempfile.TemporaryDirectory() as beside:
        place = evolve(workplace, folder=Path(beside))
        for number in range(STARTS + 1):
            began = time.perf_counter()
            worker = WorkerProcess(f"worker-{number}", place, "forkserver", None)
            assert worker.receive()["say"] == "ready"
            ready.append(time.perf_counter() - began)
            worker.begin_trial(evolve(trial, state="running"))
            while worker.receive()["say"] != "done":
                pass
            through.append(time.perf_counter() - began)
            worker.trial = None
            worker.end()
    return {
        "ready_s": median(ready[1:]),
        "first_trial_done_s": median(through[1:]),
    }


def _cached_start(run: Path) -> dict[str, float]:
    """Time from the call of the evaluator to the first epoch, with the graph made before."""
    import archivolt
    from archivolt.execution.evaluation import TrialReport
    from archivolt_keras.training.process import prepare_process
    from archivolt_keras.training.trainer import Trainer

    opened = archivolt.open(run)
    problem, evaluator = opened.problem, opened.config.evaluator
    trial = next(trial for trial in opened.history if trial.scored)
    prepare_process()
    begun: list[float] = []
    whole: list[float] = []
    run_epoch = Trainer.run_epoch

    def noting(trainer: Trainer) -> float:
        if trainer.epoch == 0:
            begun.append(time.perf_counter())
        return run_epoch(trainer)

    Trainer.run_epoch = noting  # type: ignore[method-assign]
    starts = []
    with tempfile.TemporaryDirectory() as beside:
        report = TrialReport(Path(beside), opened._registry, lambda *_: True)
        for number in range(12):
            again = evolve(trial, number=number, seed=number, state="running", score=None)
            began = time.perf_counter()
            evaluator.evaluate(again, problem, report)
            whole.append(time.perf_counter() - began)
            starts.append(begun[-1] - began)
    Trainer.run_epoch = run_epoch  # type: ignore[method-assign]
    return {
        "cold_trial_s": whole[0],
        "cached_start_s": median(starts[2:]),
        "cached_trial_s": median(whole[2:]),
    }


os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
