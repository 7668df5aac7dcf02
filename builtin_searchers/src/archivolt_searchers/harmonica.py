"""Harmonica: fix what matters most, stage by stage, by a sparse polynomial of the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge, gt

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.bits import genome_of
from archivolt_searchers.evidence import rewards
from archivolt_searchers.random_search import draw_new
from archivolt_searchers.sparse_polynomial import Polynomial, recover

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

NOTE = "harmonica"  # in the memo: the stage of a trial, and its bits
ATTEMPTS = 200  # strings of bits drawn before the cube counts as exhausted
MOST_VARIABLES = 20  # that are looked through for the best settings


@frozen
class _Stage:
    """What one stage draws from: a cube in which some bits are set."""

    number: int = 0
    begun: int = 0  # number of its first trial
    bits: int = 0  # in a candidate
    fixed: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...] = ()  # bits, and their settings

    def memo(self, bits: Sequence[int] = ()) -> dict[str, Any]:
        note: dict[str, Any] = {"stage": self.number, "begun": self.begun, "length": self.bits}
        note["fixed"] = [{"bits": list(on), "settings": list(to)} for on, to in self.fixed]
        note["bits"] = "".join(map(str, bits))
        return {NOTE: note}

    @property
    def free(self) -> list[int]:
        taken = {each for on, _ in self.fixed for each in on}
        return [each for each in range(self.bits) if each not in taken]

    def draw(self, rng: Generator) -> list[int]:
        """Draw a string of bits: one of the settings of each stage before, the rest at random."""
        bits = [int(each) for each in rng.integers(2, size=self.bits)]
        for on, settings in self.fixed:
            setting = settings[int(rng.integers(len(settings)))]
            for at, value in zip(on, setting, strict=True):
                bits[at] = int(value)
        return bits

    def after(self, polynomial: Polynomial, settings: int, begun: int) -> _Stage:
        """Return the next stage, in which the variables of the polynomial are set."""
        fixed = self.fixed
        if polynomial.variables:
            best = polynomial.minimizers(settings)
            fixed = (*fixed, (polynomial.variables, tuple("".join(map(str, s)) for s in best)))
        return _Stage(self.number + 1, begun, self.bits, fixed)


@frozen
class Harmonica(Searcher):
    """Learn which bits matter from random samples, and set them, stage by stage.

    Harmonica (Hazan, Klivans and Yuan, 2018, arXiv 1706.00764): a candidate is a string of bits.
    Each stage draws `samples` of them at random, fits the score by Lasso over all products of up
    to `degree` bits, keeps the `monomials` of the largest weight, and finds the `settings` of
    their bits that make the sum best. Later trials have one of these settings, drawn for each
    trial. After the `stages`, random search goes on in what is left open. Samples that are still
    in workers are not waited for, and no candidate is proposed twice.
    """

    name = "harmonica"
    samples: int = field(default=100, validator=ge(2))  # trials with a score a stage
    stages: int = field(default=3, validator=ge(1))
    degree: int = field(default=3, validator=ge(1))  # bits in a product
    monomials: int = field(default=5, validator=ge(1))
    settings: int = field(default=4, validator=ge(1))  # kept of each stage
    penalty: float = field(default=0.1, validator=gt(0.0))  # of Lasso, for scores of unit variance

    @monomials.validator
    def _check_monomials(self, _: object, monomials: int) -> None:
        if monomials * self.degree > MOST_VARIABLES:
            raise ValueError(
                f"monomials {monomials} times degree {self.degree} is more than "
                f"{MOST_VARIABLES} bits, whose settings are too many to look through"
            )

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        genome = genome_of(space)
        stage = _current(history, genome.length)
        if stage.number < self.stages:
            sampled = [
                (drawn, trial)
                for trial in history.since(stage.begun)
                if trial.scored and (drawn := _bits_in(trial, stage))
            ]
            if len(sampled) >= self.samples:
                costs = -rewards([trial for _, trial in sampled], history)
                polynomial = self._fit([drawn for drawn, _ in sampled], costs, stage)
                stage = stage.after(polynomial, self.settings, len(history))
        for _ in range(ATTEMPTS):
            bits = stage.draw(rng)
            candidate = genome.read(bits, rng)
            if candidate is not None and not history.holds(candidate):
                return Proposal(candidate, memo=stage.memo(bits))
        # What is set has hardly a new candidate left: nothing is set any more.
        opened = _Stage(self.stages, len(history), genome.length)
        return Proposal(draw_new(history, space, rng).candidate, memo=opened.memo())

    def _fit(self, sampled: Sequence[str], costs: NDArray[np.float64], stage: _Stage) -> Polynomial:
        finite = np.isfinite(costs)
        signs = 2.0 * np.array([list(map(int, bits)) for bits in sampled]) - 1.0
        if not finite.any():
            return Polynomial(())
        return recover(
            signs[finite], costs[finite], stage.free, self.degree, self.monomials, self.penalty
        )


def _current(history: History, length: int) -> _Stage:
    newest = history.newest_with(NOTE)
    note: Mapping[str, Any] = newest.memo[NOTE] if newest is not None else {}
    if note.get("length") != length:  # none yet, or of another space
        return _Stage(begun=len(history), bits=length)
    fixed = tuple((tuple(each["bits"]), tuple(each["settings"])) for each in note["fixed"])
    return _Stage(note["stage"], note["begun"], length, fixed)


def _bits_in(trial: Trial, stage: _Stage) -> str:
    """Return the bits of a trial that was drawn in this stage; none where it was not."""
    note = trial.memo.get(NOTE, {})
    mine = note.get("stage") == stage.number and note.get("length") == stage.bits
    return note.get("bits", "") if mine else ""
