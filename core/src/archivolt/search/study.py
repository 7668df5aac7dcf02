"""Ask and tell: the search without the training."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from archivolt.components.strategies import Promote, Proposal, Scheduler, Searcher, Stop
from archivolt.errors import ExhaustedError, SearchError, SearchOverError
from archivolt.plugins.failures import attributed
from archivolt.values.candidate import Candidate
from archivolt.values.features import Features
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import FINISHED, PENDING, SEARCH_ENDED, STOPPED, Trial

if TYPE_CHECKING:
    from archivolt.search.transferring import Transferring
    from archivolt.storage.database import Database
    from archivolt.storage.run_folder import RunFolder

REPEATS = 100  # proposals asked for until one is new


class Study:
    """Asks a searcher for trials and tells it what came of them.

    The search loop is one user; a training loop of your own is another:

        study = archivolt.Study.from_config(
            {"space": {"blocks": ["dense"]}}, features=archivolt.vector(64), outputs=10
        )
        while len(study.history) < 50:
            trial = study.ask()
            study.tell(trial, {"accuracy": train(trial.candidate)})

    Args:
        space: Which candidates may be proposed.
        searcher: What proposes them.
        metric: Name of the metric that ranks trials; told with every trial.
        maximize: Whether a larger value of it is better.
        scheduler: How long trials train; None: as their recipes say.
        seed: Drives every random choice.
        database: Where trials are committed; None: nowhere.
        history: Trials that are there already.
        suggestions: Candidates to evaluate before the searcher is asked.
        folder: Where the database lies, locked for as long as the study lives.
        transferring: Plans what new trials take from earlier ones; None: nothing.
    """

    def __init__(
        self,
        space: SearchSpace,
        searcher: Searcher,
        *,
        metric: str = "accuracy",
        maximize: bool = True,
        scheduler: Scheduler | None = None,
        seed: int = 0,
        database: Database | None = None,
        history: History | None = None,
        suggestions: Sequence[Candidate] = (),
        folder: RunFolder | None = None,
        transferring: Transferring | None = None,
    ) -> None:
        self.space = space
        self.searcher = searcher
        self.metric = metric
        self.scheduler = scheduler
        self.seed = seed
        self.history = history if history is not None else History(maximize)
        self._database = database
        self._transferring = transferring
        self._folder = folder  # nobody asks it, but its lock goes with it
        self._suggestions = tuple(suggestions)
        self._waiting = deque(self._left_over())

    @classmethod
    def from_config(
        cls,
        config: Path | str | Mapping[str, Any],
        *,
        features: Features,
        outputs: int,
        metric: str = "accuracy",
        maximize: bool = True,
        preset: str | None = None,
        run: Path | str | None = None,
    ) -> Study:
        """Make a study of a configuration: its space, searcher, mutators, scheduler and seed.

        Args:
            config: A YAML file, or what it would hold.
            features: What the first block reads.
            outputs: Units of the head.
            metric: Name of the metric that ranks trials.
            maximize: Whether a larger value of it is better.
            preset: Fills what is left out.
            run: Folder in which trials are committed, and found again; None: nowhere.

        Raises:
            ConfigError: what is wrong, where.
            SpaceError: nothing fits the limits.
        """
        from archivolt.search.own_loop import open_study

        return open_study(cls, config, features, outputs, metric, maximize, preset, run)

    @property
    def best(self) -> Trial | None:
        """The trial with the best score so far."""
        ranked = self.history.best(1)
        return ranked[0] if ranked else None

    def ask(self) -> Trial:
        """Return the next trial to train, committed as pending.

        Trials that an earlier session left unfinished come first. A trial that the scheduler
        promotes comes again, with a larger `target_epochs`.

        Raises:
            ExhaustedError: there is nothing new to try.
            SearchOverError: the scheduler has nothing left to train.
            SearchError: the searcher or the scheduler failed.
        """
        if self._waiting:
            left = self.history[self._waiting.popleft()]
            return left if left.active else self._change(evolve(left, state=PENDING, cause=None))
        epochs: int | None = None
        if self.scheduler is not None:
            with attributed("scheduler", self.scheduler):
                decision = self.scheduler.next(self.history)
            if isinstance(decision, Stop):
                raise SearchOverError(decision.why)
            if isinstance(decision, Promote):
                return self._change(self._promoted(decision))
            epochs = decision.epochs
        number = len(self.history)
        proposal = self._suggest() or self._propose(number)
        if epochs is not None:
            epochs = min(epochs, proposal.candidate.recipe.epochs)
        trial = Trial(
            number=number,
            candidate=proposal.candidate,
            seed=int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0]) >> 1,
            parent=proposal.parent,
            mutator=proposal.mutator,
            memo=proposal.memo,
            target_epochs=epochs,
        )
        if self._transferring is not None:
            trial = self._transferring.plan(trial, self.history)
        if self._database is not None:
            self._database.add(trial)
        self.history.record(trial)
        return trial

    def _promoted(self, decision: Promote) -> Trial:
        number = decision.number
        trial = self.history[number] if 0 <= number < len(self.history) else None
        if trial is None or trial.active or not trial.scored or decision.epochs <= trial.epochs:
            told = "there is none" if trial is None else f"{trial.state}, {trial.epochs} epochs"
            raise SearchError(
                f"the scheduler wants trial {number} trained to {decision.epochs} epochs, and it "
                f"cannot be: {told}.",
                "Only a trial with a score can be promoted, to more epochs than it has.",
            )
        return evolve(trial, state=PENDING, target_epochs=decision.epochs, attempts=0)

    def _suggest(self) -> Proposal | None:
        for candidate in self._suggestions:
            if self.history.find(candidate.fingerprint) is None:
                self.space.check(candidate)
                return Proposal(candidate, memo={"suggested": True})
        return None

    def _propose(self, number: int) -> Proposal:
        for attempt in range(REPEATS):
            rng = np.random.default_rng([self.seed, number, attempt])
            with attributed("searcher", self.searcher):
                proposal = self.searcher.propose(self.history, self.space, rng)
            if self.history.find(proposal.candidate.fingerprint) is None:
                return proposal
        raise ExhaustedError(len(self.history), REPEATS)

    def goes_on(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Ask the scheduler whether a running trial is worth its next epoch.

        Raises:
            SearchError: the scheduler failed.
        """
        if self.scheduler is None:
            return True
        with attributed("scheduler", self.scheduler):
            return self.scheduler.goes_on(self.history, number, epoch, metrics)

    def begin(self, number: int, worker: str) -> Trial:
        """Record that a worker took a trial up."""
        trial = self.history[number].begin(worker, time.time())
        if self._database is not None:
            self._database.update_soon(trial)  # pending or running, it is in flight all the same
        self.history.record(trial)
        return trial

    def tell(
        self,
        trial: Trial | int,
        metrics: Mapping[str, float],
        *,
        score: float | None = None,
        epochs: int | None = None,
        seconds: float = 0.0,
        parameters: int | None = None,
        flops: int | None = None,
        stopped: bool = False,
        cut_short: bool = False,
        warnings: Sequence[str] = (),
    ) -> Trial:
        """Commit what a trial came to.

        Args:
            trial: The trial, or its number.
            metrics: On the validation rows; holds the study's metric unless `score` is given.
            score: The value that ranks the trial.
            epochs: Trained in all. Default: as many as were asked for.
            seconds: Spent on this attempt.
            parameters: Every stored weight of the network.
            flops: Forward arithmetic of one example.
            stopped: Whether it ended early because it was asked to.
            cut_short: Whether that was for the end of the search: it goes on with the next one.
            warnings: What a person should know about it.

        Raises:
            SearchError: there is no such trial, it has ended already, or the metric is missing.
        """
        current = self._current(trial)
        if score is None:
            if self.metric not in metrics:
                names = ", ".join(sorted(metrics)) or "none"
                raise SearchError(
                    f"trial {current.number}: the metric {self.metric!r} is not among those told: "
                    f"{names}."
                )
            score = float(metrics[self.metric])
        if not math.isfinite(score):
            return self.fail(current, "not_finite", f"{self.metric} is {score}", seconds)
        if epochs is None:
            epochs = current.target_epochs or current.candidate.recipe.epochs
        return self._change(
            evolve(
                current,
                state=STOPPED if stopped else FINISHED,
                cause=SEARCH_ENDED if stopped and cut_short else None,
                score=score,
                metrics={name: float(value) for name, value in metrics.items()},
                epochs=epochs,
                seconds=current.seconds + seconds,
                parameters=parameters,
                flops=flops,
                warnings=tuple(warnings),
                ended=time.time(),
            )
        )

    def fail(
        self, trial: Trial | int, cause: str, message: str = "", seconds: float = 0.0
    ) -> Trial:
        """Commit that a trial ended without a score.

        A promoted trial falls back to the score that it had.
        """
        current = self._current(trial)
        if current.score is not None:
            fallen = evolve(
                current,
                state=FINISHED,
                target_epochs=current.epochs,
                seconds=current.seconds + seconds,
                ended=time.time(),
                warnings=(*current.warnings, f"not trained further: {cause}: {message}"),
            )
            return self._change(fallen)
        return self._change(current.fail(cause, message, time.time(), seconds))

    def retry(self, trial: Trial | int) -> Trial:
        """Let a trial wait again, whose worker died."""
        return self._change(evolve(self._current(trial), state=PENDING, worker=None))

    @property
    def left_over(self) -> int:
        """How many trials of earlier sessions are still to be asked for."""
        return len(self._waiting)

    def _left_over(self) -> list[int]:
        cut_short = (each for each in self.history.in_state(STOPPED) if each.cause == SEARCH_ENDED)
        return sorted(each.number for each in (*self.history.active, *cut_short))

    def _current(self, trial: Trial | int) -> Trial:
        number = trial if isinstance(trial, int) else trial.number
        if not 0 <= number < len(self.history):
            raise SearchError(f"no trial {number}: there are {len(self.history)}.")
        current = self.history[number]
        if not current.active:
            raise SearchError(f"trial {number} has ended already, as {current.state}.")
        return current

    def _change(self, trial: Trial) -> Trial:
        if self._database is not None:
            self._database.update(trial)
        self.history.record(trial)
        return trial
