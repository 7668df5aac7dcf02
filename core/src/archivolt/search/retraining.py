"""Training trials of a run again, in all workers, in a folder beside what they left."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve

from archivolt.components.executor import Done, Failed, Outcome, Workplace
from archivolt.files import replace_file
from archivolt.search.loop import ATTEMPTS, POLL, TRANSIENT
from archivolt.values.encoding import fingerprint
from archivolt.values.trial import FINISHED, PENDING, Trial

if TYPE_CHECKING:
    from archivolt.config.sections import Config
    from archivolt.values.problem import Problem

RESULT = "result.json"  # in the folder of a trial that was trained again
_KEPT = ("score", "metrics", "epochs", "seconds", "parameters", "flops")


@define(eq=False)
class Retraining:
    """Trains recorded trials again; the run itself is left as it is.

    Args:
        folder: Where artifacts and logs go, in the shape of a run folder.
        recorded: Folder of the run, whose artifacts are read.
        problem: With the prepared data.
        config: Evaluator and executor are used.
        plugins: What a worker loads, see `Registry.specification`.
    """

    folder: Path
    recorded: Path
    problem: Problem
    config: Config
    plugins: Mapping[str, Any]
    interrupted: bool = False  # set from outside: end at once, trials in flight are abandoned

    def outcomes(self, trials: Sequence[Trial]) -> Iterator[Outcome]:
        """Train the trials in their order, yielding what happens.

        The last word on each is `Done` or `Failed`, unless `interrupted` ends it before. A trial
        whose worker died is tried once more.
        """
        config = self.config
        workplace = Workplace(
            self.folder, self.problem, config.evaluator, self.plugins, config.seed, self.recorded
        )
        waiting = deque(trials)
        flying: dict[int, Trial] = {}
        with config.executor.open(workplace) as execution:
            execution.consult = lambda progress: not self.interrupted
            while waiting or flying:
                while waiting and execution.free > 0:
                    trial = waiting.popleft()
                    flying[trial.number] = trial
                    execution.submit(trial)
                for outcome in execution.results(POLL):
                    if self.interrupted:
                        return
                    if isinstance(outcome, (Done, Failed)):
                        trial = flying.pop(outcome.number)
                        if isinstance(outcome, Failed) and _may_try_again(trial, outcome):
                            waiting.append(evolve(trial, attempts=trial.attempts + 1))
                            continue
                    yield outcome
                if self.interrupted:
                    return


def _may_try_again(trial: Trial, failed: Failed) -> bool:
    return failed.cause in TRANSIENT and trial.attempts + 1 < ATTEMPTS


def untrained(recorded: Trial, epochs: int | None) -> Trial:
    """Return a recorded trial as it was proposed: not trained, for so many epochs.

    Args:
        recorded: What ended with a score.
        epochs: To train; None: its whole schedule.
    """
    return evolve(
        recorded,
        state=PENDING,
        epochs=0,
        target_epochs=epochs,
        score=None,
        metrics={},
        seconds=0.0,
        attempts=0,
        worker=None,
        cause=None,
        message=None,
        warnings=(),
        curve=(),
    )


def write_trained(artifacts: Path, asked: Trial, trained: Trial, problem: Problem) -> None:
    """Note beside its artifacts that a trial is trained, so that it is found again.

    Args:
        artifacts: The trial's folder.
        asked: As it was handed to a worker.
        trained: As it came back.
        problem: What it was trained on.
    """
    found = {name: getattr(trained, name) for name in _KEPT}
    found["metrics"] = dict(trained.metrics)
    data = {"identity": _identity(asked, problem), "trial": found}
    replace_file(artifacts / RESULT, json.dumps(data))


def read_trained(artifacts: Path, asked: Trial, problem: Problem) -> Trial | None:
    """Return a trial that was trained before as it is asked for now; None where there is none."""
    try:
        data = json.loads((artifacts / RESULT).read_text(encoding="utf-8"))
        if data["identity"] != _identity(asked, problem):
            return None
        return evolve(asked, state=FINISHED, **data["trial"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # half gone is all gone


def _identity(asked: Trial, problem: Problem) -> str:
    how = (asked.seed, asked.goal, asked.schedule, dict(asked.memo))
    return fingerprint((asked.candidate.fingerprint, *how, problem.digest))
