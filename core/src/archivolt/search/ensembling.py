"""Combining trained candidates: when, out of which, and handing over what comes of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from archivolt.components.ensembler import Ensembler, Pool
from archivolt.config.sections import AFTER_POOL, INTERMIXED, Config
from archivolt.errors import ArchivoltError, RunError, SearchError
from archivolt.files import replace_folder
from archivolt.plugins.failures import attributed
from archivolt.search.chosen import ENSEMBLE_FACTS
from archivolt.search.events import EnsembleMade, Event, Noted
from archivolt.search.trial_data import ensemble_data
from archivolt.storage.ensembles import add_ensemble, read_ensembles, set_report
from archivolt.values.combined import Combined
from archivolt.values.ensemble import Ensemble
from archivolt.values.history import History
from archivolt.values.selection import in_order

if TYPE_CHECKING:
    from archivolt.components.evaluator import Evaluator
    from archivolt.plugins.codec import Codec
    from archivolt.storage.database import Database
    from archivolt.storage.run_folder import RunFolder
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial

_STREAM = 3  # of random numbers, beside those that split the rows and draw the candidates


@frozen(eq=False)
class Ensembling:
    """Makes ensembles of the trials of a run.

    Args:
        config: The ensembler, and when it is asked.
        folder: Of the run.
        problem: What the trials were trained on.
        database: Where ensembles are committed.
        codec: Of the run's components.
    """

    config: Config
    folder: RunFolder
    problem: Problem
    database: Database
    codec: Codec

    def offer(self, history: History) -> Iterator[Event]:
        """Make an ensemble where the schedule asks for one while the search goes on."""
        if self.config.ensembler is None or self.config.phases.schedule != INTERMIXED:
            return
        if not self._is_due(history):
            return
        try:
            combined = self.make(history)
        except RunError:
            raise
        except ArchivoltError as cause:
            yield Noted(f"no ensemble was made after {history.ended} trials: {cause}")
        else:
            history.record_ensemble(combined.ensemble)
            yield EnsembleMade(combined)

    def is_due_at_the_end(self, history: History) -> bool:
        """Tell whether an ensemble is delivered when the search ends."""
        if self.config.ensembler is None:
            return False
        phases = self.config.phases
        return phases.schedule in (AFTER_POOL, INTERMIXED) and history.scored >= phases.pool

    def make_along(self, history: History) -> Iterator[Combined]:
        """Make the ensembles that `intermixed` would have made on the way, and one of all trials.

        Trials count in the order in which they were proposed.

        Raises:
            SearchError: there is nothing to combine, or the ensembler failed.
        """
        until = History(history.maximize, objectives=history.objectives)
        for trial in history:
            until.record(trial)
            if trial.scored and self._is_due(until) and len(until) < len(history):
                yield self.make(until)
        yield self.make(history)

    def _is_due(self, history: History) -> bool:
        """Tell whether `intermixed` makes one after the trial that ended last."""
        past = history.scored - self.config.phases.pool
        return past >= 0 and past % self.config.phases.every == 0

    def make(self, history: History) -> Combined:
        """Combine the best trials, and commit what came of it.

        Raises:
            SearchError: there is nothing to combine, or the ensembler failed.
        """
        combined = self.choose(history)
        return evolve(combined, number=add_ensemble(self.database, self._record(combined)))

    def choose(self, history: History) -> Combined:
        """Combine the best trials as `make` does, and commit nothing.

        Raises:
            SearchError: there is nothing to combine, or the ensembler failed.
        """
        selection = self.config.problem.selection
        trials = in_order(history, self.config.phases.candidates, selection)
        return combine(trials, history.ended, self.config, self.problem, self.folder)

    def deliver(self, combined: Combined, history: History) -> Combined:
        """Write an ensemble as one model, and score it on the report rows.

        Raises:
            SearchError: it cannot be delivered or scored.
        """
        trials = [history[number] for number in combined.ensemble.members]
        delivered, fresh = write(combined, trials, self.config.evaluator, self.problem, self.folder)
        set_report(self.database, combined.number, delivered.report)
        replace_folder(self.folder.ensemble, fresh)
        return delivered

    def _record(self, combined: Combined) -> Mapping[str, Any]:
        return {
            "trials": combined.trials,
            "time": time.time(),
            "ensembler": self.codec.encode(self.config.ensembler),
            "ensemble": self.codec.encode(combined.ensemble),
            "metrics": dict(combined.metrics),
            "adds": list(combined.adds),
        }


def combine(
    trials: Sequence[Trial], ended: int, config: Config, problem: Problem, folder: RunFolder
) -> Combined:
    """Combine trials by the configured ensembler.

    Args:
        trials: What may become members, in the order of choice.
        ended: Trials of the run so far.
        config: Ensembler, evaluator and limits are used.
        problem: What they were trained on.
        folder: Where their artifacts lie.

    Raises:
        SearchError: there is nothing to combine, or the ensembler failed.
    """
    ensembler = config.ensembler
    if ensembler is None:
        raise SearchError("no ensembler is set.", "Name one: `--set ensembler=…`.")
    pool = _pool(trials, config, problem, folder)
    with attributed("ensembler", ensembler):
        ensemble = ensembler.combine(pool, np.random.default_rng([config.seed, _STREAM, ended]))
    members = _taken(ensembler, ensemble, pool)
    return Combined(
        number=-1,
        trials=ended,
        ensemble=ensemble,
        metrics=pool.score(ensemble.predict(problem.task, members.predictions)),
        adds=_adds(ensemble, members),
        parameters=sum(trial.parameters or 0 for trial in members.trials),
        among=len(pool.trials),
    )


def write(
    combined: Combined,
    trials: Sequence[Trial],
    evaluator: Evaluator,
    problem: Problem,
    folder: RunFolder,
) -> tuple[Combined, Path]:
    """Write an ensemble as one model, and score it on the report rows.

    Args:
        combined: The ensemble.
        trials: Its members, in their order.
        evaluator: That trained them.
        problem: What they were trained on.
        folder: Where their artifacts lie.

    Returns:
        The ensemble with its report, and the folder that is to become `ensemble/`.

    Raises:
        SearchError: it cannot be delivered or scored.
    """
    fresh = folder.path / ".ensemble.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    with attributed("evaluator", evaluator):
        evaluator.deliver_ensemble(combined, trials, problem, folder.trial, fresh)
        report = evaluator.judge(problem, fresh)
    delivered = evolve(combined, report=report)
    # In the folder, so that model and score are exchanged at once, whenever it is killed.
    (fresh / ENSEMBLE_FACTS).write_text(
        json.dumps(ensemble_data(delivered), indent=1) + "\n", "utf-8"
    )
    return delivered, fresh


def _pool(trials: Sequence[Trial], config: Config, problem: Problem, folder: RunFolder) -> Pool:
    evaluator = config.evaluator
    with attributed("evaluator", evaluator):
        pool = evaluator.pool(trials, problem, folder.trial) if trials else None
    if pool is None:
        raise SearchError(
            "no trial left predictions on the validation rows, so none can be combined.",
            f"The evaluator {evaluator.name!r} may keep none, or they were removed.",
        )
    return evolve(pool, limits=config.space.limits)


def combined_of(row: Mapping[str, Any], codec: Codec, sizes: Mapping[int, int | None]) -> Combined:
    """Read a stored ensemble; `sizes` are the parameters of the trials."""
    ensemble = codec.decode(row["ensemble"], Ensemble)
    return Combined(
        number=row["number"],
        trials=row["trials"],
        ensemble=ensemble,
        metrics=row["metrics"],
        adds=tuple(row["adds"]),
        parameters=sum(sizes.get(number) or 0 for number in ensemble.members),
        report=row["report"],
    )


def last_ensemble(database: Database, codec: Codec) -> Ensemble | None:
    """Read the ensemble that was made last; None where none was made."""
    rows = read_ensembles(database)
    return codec.decode(rows[-1]["ensemble"], Ensemble) if rows else None


def _taken(ensembler: Ensembler, ensemble: Ensemble, pool: Pool) -> Pool:
    """Return the pool of the members alone, in the ensemble's order."""
    places = {trial.number: position for position, trial in enumerate(pool.trials)}
    strangers = [number for number in ensemble.members if number not in places]
    if strangers:
        raise SearchError(
            f"the ensembler {ensembler.name!r} took trials that were not in its pool: {strangers}"
        )
    return pool.take([places[number] for number in ensemble.members])


def _adds(ensemble: Ensemble, members: Pool) -> tuple[float, ...]:
    """Return by how much the loss rises without each member, the others keeping their shares.

    Nothing is told of a stack: its layer without the columns of a member is no ensemble that
    anyone would fit.
    """
    if ensemble.kernel or len(ensemble.members) == 1:
        return ()
    task = members.task
    whole = members.score(ensemble.predict(task, members.predictions))["loss"]
    found = []
    for position in range(len(ensemble.members)):
        others = [each for each in range(len(ensemble.members)) if each != position]
        left = sum(ensemble.weights[each] for each in others)
        if left <= 0:
            found.append(0.0)
            continue
        rest = members.take(others)
        without = evolve(
            ensemble,
            members=[ensemble.members[each] for each in others],
            weights=[ensemble.weights[each] / left for each in others],
        )
        found.append(members.score(without.predict(task, rest.predictions))["loss"] - whole)
    return tuple(found)
