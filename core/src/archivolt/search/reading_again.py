"""Raw rows of a run, read again from where they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archivolt.errors import RunError
from archivolt.plugins.failures import attributed
from archivolt.search.completing import complete
from archivolt.search.setting_up import split as divide
from archivolt.values.problem import REPORT

if TYPE_CHECKING:
    from pathlib import Path

    from archivolt.components.source import Dataset
    from archivolt.config.sections import Config
    from archivolt.values.problem import Problem


def rows_of(split: str, config: Config, problem: Problem, run: Path) -> Dataset | None:
    """Read the data of a run again, and return the rows of a split; see `StoredRun.rows`."""
    if split not in problem.rows:
        return None
    source = config.data
    if source is None:
        raise RunError(str(run), "does not say what its data came from.")
    share = config.problem.split
    with attributed("source", source):
        dataset = source.read(group=share.group, time=share.time)
    dataset = complete(config.problem, dataset)
    if split == REPORT and dataset.test is not None:
        found = dataset.test
    else:
        divided, _ = divide(config, dataset, problem)
        found = dataset.take(np.asarray(divided.get(split, ()), np.intp))
    if found.rows != problem.rows[split]:
        raise RunError(
            str(run),
            f"was searched on {problem.rows[split]:,} {split} rows; there are {found.rows:,} now.",
            "Bring back the data that it was given.",
        )
    return found
