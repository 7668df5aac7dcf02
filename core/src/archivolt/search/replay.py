"""Training a trial again from its record."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from archivolt.components.executor import Done, Failed, Workplace
from archivolt.config.sections import Config
from archivolt.errors import SearchError
from archivolt.storage.run_folder import RunFolder
from archivolt.values.problem import Problem
from archivolt.values.trial import PENDING, Trial


def replay(
    recorded: Trial, folder: RunFolder, problem: Problem, config: Config, plugins: Mapping[str, Any]
) -> Trial:
    """Train a recorded trial again, in a folder of its own.

    Args:
        recorded: The trial; its candidate, seed and fidelity are used.
        folder: Of the run; left as it is.
        problem: With the prepared data.
        config: Evaluator and executor are used.
        plugins: What a worker loads, see `Registry.specification`.

    Returns:
        The trial with its new score.

    Raises:
        SearchError: it has no score, or it failed now.
    """
    if not recorded.scored:
        cause = f": {recorded.cause}: {recorded.message}" if recorded.cause else ""
        raise SearchError(f"trial {recorded.number} is {recorded.state}{cause}; nothing to replay.")
    asked = recorded.epochs or recorded.target_epochs  # it may have been asked for more
    again = evolve(
        recorded,
        state=PENDING,
        epochs=0,
        target_epochs=asked,
        score=None,
        metrics={},
        attempts=0,
        curve=(),
    )
    beside = Path(tempfile.mkdtemp(prefix=".replay-", dir=folder.path))
    try:
        workplace = Workplace(
            beside, problem, config.evaluator, plugins, config.seed, recorded=folder.path
        )
        with config.executor.open(workplace) as execution:
            execution.submit(again)
            while True:
                for outcome in execution.results(1.0):
                    if isinstance(outcome, Failed):
                        raise SearchError(
                            f"trial {recorded.number} failed: {outcome.cause}: {outcome.message}"
                        )
                    if isinstance(outcome, Done):
                        result = outcome.result
                        return evolve(
                            again,
                            state=recorded.state,
                            score=result.score,
                            metrics=result.metrics,
                            epochs=result.epochs,
                            seconds=outcome.seconds,
                        )
    finally:
        shutil.rmtree(beside, ignore_errors=True)
