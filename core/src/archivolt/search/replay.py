"""Training a trial again from its record."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from archivolt.components.executor import Done, Failed
from archivolt.config.sections import Config
from archivolt.errors import SearchError
from archivolt.search.retraining import Retraining, untrained
from archivolt.storage.run_folder import RunFolder
from archivolt.values.problem import Problem
from archivolt.values.trial import Trial


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
    # It may have been asked for more.
    again = untrained(recorded, recorded.epochs or recorded.target_epochs)
    beside = Path(tempfile.mkdtemp(prefix=".replay-", dir=folder.path))
    try:
        retraining = Retraining(beside, folder.path, problem, config, plugins)
        for outcome in retraining.outcomes([again]):
            if isinstance(outcome, Failed):
                raise SearchError(
                    f"trial {recorded.number} failed: {outcome.cause}: {outcome.message}"
                )
            if isinstance(outcome, Done):
                result = outcome.result
                again = evolve(
                    again,
                    state=recorded.state,
                    score=result.score,
                    metrics=result.metrics,
                    epochs=result.epochs,
                    seconds=outcome.seconds,
                )
        return again
    finally:
        shutil.rmtree(beside, ignore_errors=True)
