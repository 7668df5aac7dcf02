"""Training the finalists again, when a search has ended, and delivering what came of it.

finalists/fresh/       best/, ensemble/ and finalists.json, exchanged at once
finalists/all_rows/    the same
finalists/.fresh/      the training, until it is delivered: trials/, workers/; problem/ of all rows
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from archivolt.components.executor import Done, Failed, Progress
from archivolt.errors import ArchivoltError, RunError, SearchError
from archivolt.files import replace_file, replace_folder
from archivolt.plugins.failures import attributed
from archivolt.search.chosen import DELIVERED, FINALISTS_FACTS, chosen
from archivolt.search.delivery import Delivery
from archivolt.search.ensembling import combine, write
from archivolt.search.events import (
    Event,
    FinalistEpoch,
    FinalistsMade,
    FinalistsStarted,
    FinalistTrained,
    Noted,
)
from archivolt.search.finalist_plans import asked_again, check_retrains
from archivolt.search.retraining import Retraining, read_trained, write_trained
from archivolt.search.trial_data import finalists_data
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import ALL_ROWS, FRESH, NO_TRAINING, Finalists
from archivolt.values.history import History
from archivolt.values.selection import in_order, select
from archivolt.values.trial import FINISHED, Trial

if TYPE_CHECKING:
    from archivolt.config.sections import Config
    from archivolt.plugins.codec import Codec
    from archivolt.storage.database import Database
    from archivolt.values.combined import Combined
    from archivolt.values.problem import Problem


@define(eq=False)
class Finishing:
    """Trains the finalists of a run again: the network that is delivered, and the members.

    What is killed leaves the run as it was. The next call takes up what was trained by then.

    Args:
        config: Evaluator, executor, ensembler and rules are used.
        folder: Of the run, whose lock the caller holds.
        problem: What the run was searched on.
        database: Of the run; it is told by whose models the run predicts.
        plugins: What a worker loads, see `Registry.specification`.
    """

    config: Config
    folder: RunFolder
    problem: Problem
    database: Database
    plugins: Mapping[str, Any]
    interrupted: bool = False  # in order: the run stays as it was
    _retraining: Retraining | None = field(default=None, init=False)

    def interrupt(self) -> None:
        """Ask to end soon; safe in a signal handler."""
        self.interrupted = True
        if self._retraining is not None:
            self._retraining.interrupted = True

    def recorded(self, training: str, codec: Codec) -> Iterator[Event]:
        """Train the finalists of a finished run again, as `events` does.

        Args:
            training: `"none"`: the run predicts by the models of its search again.
            codec: Of the run's components.

        Raises:
            RunError: the run has delivered nothing.
            SearchError: see `events`.
        """
        single, combined, ensembler = chosen(self.folder, self.database, codec)
        self.config = evolve(self.config, ensembler=ensembler)  # another one may be configured
        if training == NO_TRAINING:
            self.database.set_fact(DELIVERED, NO_TRAINING)
        else:
            yield from self.events(training, single, combined)

    def after_search(self, single: Trial, combined: Combined | None) -> Iterator[Event]:
        """Train again as configured, when a search has just ended; what fails is only told."""
        training = self.config.finalists.training
        if not self.interrupted:
            try:
                yield from self.events(training, single, combined)
            except RunError:
                raise
            except ArchivoltError as cause:
                yield Noted(f"no finalists are delivered: {cause}")
        if self.interrupted:
            yield Noted(
                "the finalists were not trained again; to do so: "
                f"`archivolt finish {self.folder.path} --train {training}`"
            )

    def events(self, training: str, single: Trial, combined: Combined | None) -> Iterator[Event]:
        """Train again, and deliver, unless interrupted; the last event is then `FinalistsMade`.

        Args:
            training: `"fresh"` or `"all_rows"`.
            single: The network that the search chose.
            combined: The ensemble that it delivered; None: there is none.

        Raises:
            SearchError: the evaluator cannot, or a finalist cannot be trained or delivered.
        """
        check_retrains(self.config, training)
        place = RunFolder(self.folder.path / "finalists" / f".{training}")
        place.trials.mkdir(parents=True, exist_ok=True)
        problem = self._pose(place) if training == ALL_ROWS else self.problem
        numbers = dict.fromkeys((single.number, *(combined.ensemble.members if combined else ())))
        asked = {
            number: asked_again(training, number, self.config.seed, self.database)
            for number in numbers
        }
        trained = {
            number: found
            for number, trial in asked.items()
            if (found := read_trained(place.trial(number), trial, problem)) is not None
        }
        yield FinalistsStarted(training, tuple(asked.values()), tuple(trained))
        for event in self._train(place, problem, [asked[n] for n in asked if n not in trained]):
            if isinstance(event, FinalistTrained):
                trained[event.trial.number] = event.trial
            yield event
        if self.interrupted:
            return
        if not trained or (training == ALL_ROWS and len(trained) < len(asked)):
            raise SearchError(
                "not every finalist could be trained again.", "The models of the search stand."
            )
        trials = tuple(trained[number] for number in asked if number in trained)
        if training == FRESH:
            made = self._chosen(trials, combined, place)
        else:
            made = _as_before(trials, single, combined)
        made = self._deliver(made, problem, place)
        yield FinalistsMade(made)

    # Before

    def _pose(self, place: RunFolder) -> Problem:
        fresh = place.path / ".problem.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        evaluator = self.config.evaluator
        with attributed("evaluator", evaluator):
            problem = evaluator.pose_on_all_rows(self.problem, fresh)
        replace_folder(place.problem, fresh)
        return evolve(problem, folder=str(place.problem))

    # Training

    def _train(self, place: RunFolder, problem: Problem, trials: list[Trial]) -> Iterator[Event]:
        if not trials:
            return
        by_number = {trial.number: trial for trial in trials}
        retraining = Retraining(
            place.path, self.folder.path, problem, self.config, self.plugins, self.interrupted
        )
        self._retraining = retraining
        # The longest first: then the workers end at about the same time.
        trials = sorted(trials, key=lambda trial: -_cost(trial))
        for outcome in retraining.outcomes(trials):
            trial = by_number[outcome.number]
            if isinstance(outcome, Progress):
                yield FinalistEpoch(trial, outcome.epoch, outcome.metrics)
            elif isinstance(outcome, Failed):
                yield Noted(
                    f"trial {trial.number} could not be trained again: {outcome.cause}: "
                    f"{outcome.message}"
                )
            elif isinstance(outcome, Done):
                result = outcome.result
                unseen = problem is self.problem  # its validation rows
                trial = evolve(
                    trial,
                    state=FINISHED,
                    score=result.score if unseen else None,
                    metrics=result.metrics if unseen else {},
                    epochs=result.epochs,
                    seconds=outcome.seconds,
                    parameters=result.parameters,
                    flops=result.flops,
                )
                write_trained(place.trial(trial.number), by_number[trial.number], trial, problem)
                yield FinalistTrained(trial)
        self._retraining = None

    # After

    def _chosen(
        self, trials: tuple[Trial, ...], combined: Combined | None, place: RunFolder
    ) -> Finalists:
        """Choose and weigh anew: scores and weights of the search are those of other networks."""
        rule = self.config.problem.selection
        # A history counts its trials from 0; theirs are other numbers.
        history = History(
            self.problem.metric.maximize,
            tuple(evolve(trial, number=index) for index, trial in enumerate(trials)),
            self.config.objectives,
        )
        selection = select(history, rule)
        if selection is None:
            raise SearchError("no finalist that was trained fresh has a score.")
        single = trials[selection.trial.number]
        if combined is None:
            return Finalists(FRESH, trials, single)
        ordered = [trials[each.number] for each in in_order(history, len(trials), rule)]
        again = combine(ordered, combined.trials, self.config, self.problem, place)
        return Finalists(FRESH, trials, single, ensemble=again)

    def _deliver(self, made: Finalists, problem: Problem, place: RunFolder) -> Finalists:
        evaluator = self.config.evaluator
        delivery = Delivery(evaluator, place, problem, self.config.problem.selection)
        made = evolve(made, report=delivery.finish(made.single))
        fresh = RunFolder(place.path / "delivered")
        shutil.rmtree(fresh.path, ignore_errors=True)
        fresh.path.mkdir()
        if made.ensemble is not None:
            by_number = {trial.number: trial for trial in made.trials}
            members = [by_number[number] for number in made.ensemble.ensemble.members]
            combined, written = write(made.ensemble, members, evaluator, problem, place)
            made = evolve(made, ensemble=combined)
            os.replace(written, fresh.ensemble)
        os.replace(place.best, fresh.best)
        replace_file(
            fresh.path / FINALISTS_FACTS, json.dumps(finalists_data(made), indent=1) + "\n"
        )
        replace_folder(self.folder.finalists(made.training).path, fresh.path)
        self.database.set_fact(DELIVERED, made.training)
        shutil.rmtree(place.path, ignore_errors=True)
        return made


def _as_before(trials: tuple[Trial, ...], single: Trial, combined: Combined | None) -> Finalists:
    """Take the choice of the search as it is: no rows are left to choose by."""
    by_number = {trial.number: trial for trial in trials}
    again = None
    if combined is not None:
        # Its scores are those of other networks.
        again = evolve(combined, metrics={}, adds=(), report={})
    return Finalists(ALL_ROWS, trials, by_number[single.number], ensemble=again)


def _cost(trial: Trial) -> float:
    return float(trial.goal * ((trial.flops or 0) + 1))
