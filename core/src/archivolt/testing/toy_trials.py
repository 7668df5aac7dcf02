"""Trials of toy candidates, made and ended without training."""

from __future__ import annotations

from attrs import evolve
from numpy.random import Generator

from archivolt.components.strategies import (
    Proposal,
)
from archivolt.values.selection import STANDARD_ERROR
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
