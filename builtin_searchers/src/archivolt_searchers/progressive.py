"""Progressive search: small networks first, and a surrogate chooses which larger ones to train."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge
from numpy.random import default_rng

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.encoding import encoder_of
from archivolt_searchers.evidence import gather, goodness
from archivolt_searchers.random_search import draw_new
from archivolt_searchers.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.random import Generator

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

    Entry = tuple[int, int]  # number of the parent, or FRESH, and the seed of the change

FRESH = -1  # in place of a parent: drawn, not grown
EXPANSIONS = 48  # children drawn of each parent
DRAWS = 64  # candidates of the smallest size to choose from
SPARE = 2  # a plan holds so many times the beam, for when the next one cannot be made yet
RANKED = 2000  # best trials among which parents of a size are looked for
LOOK_BACK = 1000  # trials looked through for the plan in force
LEARNT_FROM = 500  # trials, at most
SEEDS = 2**31


@frozen
class Step:
    """Where a search stands: the plan in force, and how much of it was proposed."""

    size: int
    begun: int  # number of the trial whose memo holds the plan
    plan: tuple[Entry, ...]
    place: int  # of the next entry


@frozen
class Progressive(Searcher):
    """Grow networks by size, and train those that a surrogate ranks highest (Liu et al., 2018).

    PNAS: `beam` candidates of the smallest size, then of their expansions by one block the `beam`
    that extremely randomised trees, fitted to all trials so far, expect most of, of the expansions
    of these again, and so on to the largest size; then round again, with what is new. Trials in
    flight are not waited for: a level of which none has a score yet is widened. Where all networks
    are equally deep, the size counts the blocks that are not `empty`, or the fields. The memo of a
    level's first trial holds its plan.
    """

    name = "progressive"
    beam: int = field(default=8, validator=ge(1))  # trials of each size
    trees: int = field(default=50, validator=ge(1))
    empty: tuple[str, ...] = field(
        default=("identity", "none"), converter=tuple
    )  # count as nothing

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        sizes = Sizes(space, self.empty)
        step = _step(history)
        if step is not None and (step.place < self.beam or _waits(step, history, sizes)):
            proposal = _continued(step, history, sizes)
            if proposal is not None:
                return proposal
        span = sizes.largest - sizes.smallest + 1
        first = 0 if step is None else step.size + 1 - sizes.smallest
        for turn in range(span):
            size = sizes.smallest + (first + turn) % span
            parents = _parents(step, size, history, sizes)
            entries = self._entries(size, parents, history, sizes, rng)
            if entries:
                plan = self._chosen(entries, history, space)
                begun = Step(size, len(history), plan, 0)
                return _continued(begun, history, sizes) or draw_new(history, space, rng)
        return draw_new(history, space, rng)

    def _entries(
        self,
        size: int,
        parents: Iterable[Trial],
        history: History,
        sizes: Sizes,
        rng: Generator,
    ) -> list[tuple[Entry, Candidate]]:
        """Draw new candidates of a size: the smallest afresh, others from the best parents."""
        if size == sizes.smallest:
            origins, count = [FRESH], DRAWS
        else:
            origins = [parent.number for parent in islice(parents, self.beam)]
            count = EXPANSIONS
        found: dict[Candidate, Entry] = {}
        for origin in origins:
            for seed in rng.integers(SEEDS, size=count).tolist():
                made = _made((origin, seed), size, history, sizes)
                if made is not None and not history.holds(made[0]):
                    found.setdefault(made[0], (origin, seed))
                if made is None and origin != FRESH:
                    break  # a hundred changes in vain: this one does not grow
        return [(entry, candidate) for candidate, entry in found.items()]

    def _chosen(
        self, entries: Sequence[tuple[Entry, Candidate]], history: History, space: SearchSpace
    ) -> tuple[Entry, ...]:
        """Order candidates by what the surrogate expects of them, and keep the first ones."""
        evidence = gather(history, LEARNT_FROM)
        order: Sequence[int] = range(len(entries))
        if len(evidence.ended) > 1:
            encoder = encoder_of(space)
            from sklearn.ensemble import ExtraTreesRegressor

            from archivolt_searchers.gaussian_regression import normal_scores

            scores = np.array(
                [goodness(each, history.maximize, history.objectives) for each in evidence.ended]
            )
            trees = ExtraTreesRegressor(self.trees, random_state=0)
            trees.fit(
                encoder.rows(each.candidate for each in evidence.ended), normal_scores(scores)
            )
            expected = trees.predict(encoder.rows(candidate for _, candidate in entries))
            order = np.argsort(-expected, kind="stable").tolist()
        return tuple(entries[at][0] for at in order[: SPARE * self.beam])


def _step(history: History) -> Step | None:
    """Return where the search stands, from the memo of the latest trial of its own."""
    for number in range(len(history) - 1, max(-1, len(history) - 1 - LOOK_BACK), -1):
        note = history[number].memo.get("progressive")
        if note is not None:
            head = history[note["begun"]].memo["progressive"]
            plan = tuple((int(parent), int(seed)) for parent, seed in head["plan"])
            return Step(note["size"], note["begun"], plan, note["place"] + 1)
    return None


def _continued(step: Step, history: History, sizes: Sizes) -> Proposal | None:
    """Propose the next candidate of a plan; None where the plan holds nothing new."""
    for place in range(step.place, len(step.plan)):
        made = _made(step.plan[place], step.size, history, sizes)
        if made is None or history.find(made[0].fingerprint) is not None:
            continue
        note: dict[str, Any] = {"size": step.size, "begun": step.begun, "place": place}
        if step.begun == len(history):
            note["plan"] = [list(entry) for entry in step.plan]
        candidate, mutator = made
        parent = step.plan[place][0] if mutator is not None else None
        return Proposal(candidate, parent, mutator, memo={"progressive": note})
    return None


def _made(
    entry: Entry, size: int, history: History, sizes: Sizes
) -> tuple[Candidate, str | None] | None:
    """Make the candidate of an entry, always the same, and name the mutator that made it."""
    parent, seed = entry
    if parent == FRESH:
        drawn = sizes.draw(size, default_rng(seed))
        return None if drawn is None else (drawn, None)
    grown = sizes.grow(history[parent].candidate, default_rng(seed))
    return None if grown is None else (grown.candidate, grown.mutator)


def _waits(step: Step, history: History, sizes: Sizes) -> bool:
    """Whether the next size has no parents yet, and trials in flight may become some."""
    if step.size == sizes.largest or _of_level(step, history):
        return False
    return any(sizes.of(trial.candidate) == step.size for trial in history.active)


def _parents(step: Step | None, size: int, history: History, sizes: Sizes) -> Iterable[Trial]:
    """Tell what candidates of a size may be grown from, best first.

    Those of the level just trained. The best of that size so far, which an earlier round grew
    from already, would lead to the same places again and again.
    """
    level = _of_level(step, history) if step is not None and step.size == size - 1 else []
    kept = [trial for trial in level if history.keeps_limits(trial)]
    return kept or _of_size(history, sizes, size - 1)


def _of_level(step: Step, history: History) -> list[Trial]:
    """Return the trials of the plan in force that have a score, best first."""
    trials = [
        trial
        for trial in history.since(step.begun)
        if trial.scored and _plan_of(trial) == step.begun
    ]
    return sorted(trials, key=history.rank)


def _plan_of(trial: Trial) -> int | None:
    note = trial.memo.get("progressive")
    return None if note is None else int(note["begun"])


def _of_size(history: History, sizes: Sizes, size: int) -> Iterator[Trial]:
    """Yield the trials of a size, best first."""
    for trial in islice(history.ranked(), RANKED):
        if sizes.of(trial.candidate) == size:
            yield trial
