"""Ask and tell: the search without the training."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from archivolt.components.strategies import New, Promote, Proposal, Scheduler, Searcher, Stop
from archivolt.errors import ExhaustedError, SearchOverError
from archivolt.plugins.failures import attributed
from archivolt.search.fidelity import Fidelity
from archivolt.search.record import Record
from archivolt.values.candidate import Candidate
from archivolt.values.features import Features
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import PENDING, SEARCH_ENDED, STOPPED, Trial

if TYPE_CHECKING:
    from archivolt.search.priors import Priors
    from archivolt.search.transferring import Transferring
    from archivolt.storage.database import Database
    from archivolt.storage.run_folder import RunFolder

REPEATS = 100  # proposals asked for until one is new


class Study(Record):
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
        priors: Chooses what new trials are trained beside; None: nothing.
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
        priors: Priors | None = None,
    ) -> None:
        super().__init__(history if history is not None else History(maximize), metric, database)
        self.space = space
        self.searcher = searcher
        self._fidelity = Fidelity(scheduler)
        self.seed = seed
        self._transferring = transferring
        self._priors = priors
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

        The other sections mean nothing to it. Of `transfer` and `ensembler` that is told as a
        warning, by the logger `archivolt.search`, since a search with them is another one.

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

    def ask(self) -> Trial:
        """Return the next trial to train, committed as pending.

        Trials that an earlier session left unfinished come first. A trial that the scheduler
        promotes comes again, with a larger `target_epochs`.

        Raises:
            ExhaustedError: there is nothing new to try.
            SearchOverError: the scheduler has nothing left to train.
            SearchError: the searcher or the scheduler failed.
        """
        left = self._take_left_over()
        if left is not None:
            return left
        decision = self._fidelity.next(self.history)
        if isinstance(decision, Stop):
            raise SearchOverError(decision.why)
        if isinstance(decision, Promote):
            return self._change(self._fidelity.promote(decision, self.history))
        return self._begin_new(decision)

    def ask_further(self) -> Trial | None:
        """Return the next trial to train that was proposed before; None where there is none.

        That is one that an earlier session left unfinished, or one that the scheduler promotes.

        Raises:
            SearchError: the scheduler failed.
        """
        left = self._take_left_over()
        if left is not None:
            return left
        decision = self._fidelity.next(self.history)
        if not isinstance(decision, Promote):
            return None
        return self._change(self._fidelity.promote(decision, self.history))

    @property
    def has_further(self) -> bool:
        """Whether `ask_further` has a trial now.

        Raises:
            SearchError: the scheduler failed.
        """
        return bool(self._waiting) or isinstance(self._fidelity.next(self.history), Promote)

    def _take_left_over(self) -> Trial | None:
        if not self._waiting:
            return None
        left = self.history[self._waiting.popleft()]
        return left if left.active else self._change(evolve(left, state=PENDING, cause=None))

    def _begin_new(self, decision: New) -> Trial:
        number = len(self.history)
        proposal = self._suggest() or self._propose(number)
        target, schedule = self._fidelity.begin(decision, proposal.candidate)
        new = Trial(
            number=number,
            candidate=proposal.candidate,
            seed=int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0]) >> 1,
            parent=proposal.parent,
            mutator=proposal.mutator,
            memo=proposal.memo,
            target_epochs=target,
            schedule_epochs=schedule,
        )
        if self._transferring is not None:
            new = self._transferring.plan(new, self.history)
        if self._priors is not None:
            new = self._priors.plan(new, self.history, self.space)
        return self.add(new)

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

    def report(self, trial: Trial | int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Note what a running trial came to after an epoch.

        Returns:
            Whether the scheduler finds it worth its next epoch.

        Raises:
            SearchError: the scheduler failed.
        """
        number = trial if isinstance(trial, int) else trial.number
        self.note(number, epoch, metrics)
        return self._fidelity.goes_on(self.history, number, epoch, metrics)

    def _left_over(self) -> list[int]:
        cut_short = (each for each in self.history.in_state(STOPPED) if each.cause == SEARCH_ENDED)
        return sorted(each.number for each in (*self.history.active, *cut_short))
