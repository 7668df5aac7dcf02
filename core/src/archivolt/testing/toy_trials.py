"""Trials of toy candidates, made and ended without training."""

from __future__ import annotations

import json
from collections.abc import Callable

from attrs import evolve
from numpy.random import Generator, default_rng

from archivolt.components.strategies import Proposal, Searcher
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.selection import STANDARD_ERROR
from archivolt.values.space import SearchSpace
from archivolt.values.trial import FAILED, FINISHED, PENDING, Trial


def proposed(number: int, proposal: Proposal) -> Trial:
    """Make the pending trial of a proposal."""
    return Trial(
        number=number,
        candidate=proposal.candidate,
        seed=number,
        state=PENDING,
        parent=proposal.parent,
        mutator=proposal.mutator,
        memo=proposal.memo,
    )


def ended(trial: Trial, rng: Generator) -> Trial:
    """End a trial at random: one in ten fails, and ties happen."""
    if rng.random() < 0.1:
        return evolve(trial, state=FAILED, cause="error")
    score = round(float(rng.random()), 2)  # two digits: ties happen
    metrics = {"loss": 1 - score, STANDARD_ERROR: 0.02}
    return evolve(trial, state=FINISHED, score=score, metrics=metrics, epochs=10)


def advance(searcher: Searcher, space: SearchSpace, history: History, workers: int) -> Proposal:
    """Let a searcher propose the next trial; with all workers busy, one of them ends, any one.

    What happens depends on the trials of the history alone.
    """
    number = len(history)
    proposal = searcher.propose(history, space, default_rng([0, number]))
    history.record(proposed(number, proposal))
    rng = default_rng([1, number])
    if len(history.active) >= workers:
        active = sorted(each.number for each in history.active)
        history.record(ended(history[active[int(rng.integers(len(active)))]], rng))
    return proposal


def stored(history: History) -> History:
    """Return a history as it comes back from where it was stored: by number, memos from JSON."""
    return History(
        history.maximize,
        [evolve(trial, memo=json.loads(json.dumps(dict(trial.memo)))) for trial in history],
    )


def searched(
    searcher: Searcher,
    space: SearchSpace,
    score_of: Callable[[Candidate], float],
    trials: int,
    seed: int = 0,
) -> History:
    """Search for so many trials, each of which ends at once with the score that it is given."""
    history = History()
    for number in range(trials):
        proposal = searcher.propose(history, space, default_rng([seed, number]))
        score = float(score_of(proposal.candidate))
        history.record(evolve(proposed(number, proposal), state=FINISHED, score=score))
    return history
