"""A factored policy: a softmax over logits for each decision that makes a candidate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt_searchers.scales import Levels

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.components.block import Block
    from archivolt.values.domain import Domain
    from archivolt.values.space import SearchSpace

    Array = NDArray[np.float64]
    Decision = tuple[tuple[int, ...], int]  # logits of the open options, and the one taken

BINS = 6  # parts of a continuous range, one of which is decided on
MOST_LOGITS = 20_000  # beyond it a policy would be larger than what it could learn
KEPT_PATHS = 1 << 14  # of candidates, so that a replay is quick


@frozen(eq=False)
class Path:
    """The decisions that lead to one candidate, one after the other."""

    open: NDArray[np.int64]  # logits of the options that each decision had
    begins: NDArray[np.int64]  # where the options of each decision begin in `open`
    counts: NDArray[np.int64]  # how many options each had
    taken: NDArray[np.int64]  # the logit that each decision took


@frozen
class Domains:
    """The fields of a block, a connector or the recipe, and where their logits begin."""

    starts: dict[str, int]
    levels: dict[str, Levels]

    def items(self) -> Iterator[tuple[str, int, Levels]]:
        for name, start in self.starts.items():
            yield name, start, self.levels[name]


class Policy:
    """The decisions of one space, and the place of their logits in one vector.

    A candidate is decided on in this order: the depth, the block at each position from the input,
    its fields, the fields of connectors, the recipe. A block that would not fit on those before
    is not open. Of a continuous range one of six equal parts is decided on.

    Raises:
        SpaceError: the space has too many decisions, or none.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.size = 0
        fewest, most = space.depths
        self._depth = self._place(most - fewest + 1)
        self._kinds = [self._place(len(space.blocks)) for _ in range(most)]
        self._fields = [
            [self._domains(choice.domains) for choice in space.blocks] for _ in range(most)
        ]
        self._links = [(choice, self._domains(choice.domains)) for choice in space.connectors]
        self._recipe = self._domains(dict(space.recipe_domains))
        self._menus: dict[str, tuple[int, ...]] = {}
        self._paths: dict[Candidate, Path] = {}
        if self.size > MOST_LOGITS:
            raise SpaceError(
                f"the space has {self.size:,} decisions, and a policy takes {MOST_LOGITS:,} at "
                "most.",
                "Lower the depth, give numbers as low and high, or take another searcher.",
            )

    def begin(self) -> Array:
        """Return the logits that draw blocks by their weights, and all else evenly."""
        logits = np.zeros(self.size)
        for start in self._kinds:
            for at, choice in enumerate(self.space.blocks):
                logits[start + at] = math.log(max(choice.weight, 1e-9))
        return logits

    def draw(self, logits: Array, rng: Generator) -> Candidate | None:
        """Draw a candidate; None where its blocks do not fit together or break a limit."""
        fewest, most = self.space.depths
        depth = fewest + _pick(logits, self._depth, range(most - fewest + 1), rng)
        body: list[Block] = []
        kind = self.space.features.kind
        for at in range(depth):
            able = self._able(kind)
            if not able:
                return None
            chosen = _pick(logits, self._kinds[at], able, rng)
            choice = self.space.blocks[chosen]
            drawn = _draw_fields(self._fields[at][chosen], logits, rng)
            body.append(choice.block(**{**choice.fixed, **drawn}))
            kind = choice.block.writes
        links = [
            choice.block(**{**choice.fixed, **_draw_fields(domains, logits, rng)})
            for choice, domains in self._links
        ]
        recipe = _draw_fields(self._recipe, logits, rng)
        try:
            architecture = self.space.assemble(body, like=links[::-1])
            candidate = Candidate(architecture, self.space.recipe).with_recipe(**recipe)
            self.space.check(candidate)
        except SpaceError:
            return None
        return candidate

    def path(self, candidate: Candidate) -> Path:
        """Return the decisions that lead to a candidate of the space."""
        found = self._paths.get(candidate)
        if found is None:
            if len(self._paths) >= KEPT_PATHS:
                self._paths.clear()
            made = [each for each in self._decisions(candidate) if len(each[0]) > 1]
            counts = np.array([len(options) for options, _ in made], dtype=np.int64)
            found = self._paths[candidate] = Path(
                np.array([logit for options, _ in made for logit in options], dtype=np.int64),
                np.cumsum(counts) - counts,
                counts,
                np.array([taken for _, taken in made], dtype=np.int64),
            )
        return found

    def gradient(self, logits: Array, candidate: Candidate) -> Array:
        """Return the gradient of the candidate's log probability, `(logits,)`."""
        path = self.path(candidate)
        result = np.zeros(self.size)
        if len(path.taken):
            now = logits[path.open]
            powers = np.exp(now - np.repeat(np.maximum.reduceat(now, path.begins), path.counts))
            sums = np.add.reduceat(powers, path.begins)
            result[path.open] = -powers / np.repeat(sums, path.counts)
            result[path.taken] += 1.0
        return result

    def _decisions(self, candidate: Candidate) -> Iterator[Decision]:
        fewest, most = self.space.depths
        body = self.space.body(candidate.architecture)
        yield _decision(self._depth, range(most - fewest + 1), len(body) - fewest)
        kind = self.space.features.kind
        for at, block in enumerate(body):
            chosen = next(i for i, choice in enumerate(self.space.blocks) if block in choice)
            yield _decision(self._kinds[at], self._able(kind), chosen)
            yield from _decided(self._fields[at][chosen], block)
            kind = block.writes
        for choice, domains in self._links:
            link = next((each for each in candidate.architecture if each in choice), None)
            if link is not None:
                yield from _decided(domains, link)
        yield from _decided(self._recipe, candidate.recipe)

    def _able(self, kind: str) -> tuple[int, ...]:
        if kind not in self._menus:
            menu = self.space.routes.fitting(kind, self.space.ends).choices
            able = (at for at, choice in enumerate(self.space.blocks) if choice in menu)
            self._menus[kind] = tuple(able)
        return self._menus[kind]

    def _place(self, count: int) -> int:
        start = self.size
        self.size += count
        return start

    def _domains(self, domains: dict[str, Domain]) -> Domains:
        levels = {name: Levels(domain, BINS) for name, domain in domains.items()}
        return Domains({name: self._place(each.count) for name, each in levels.items()}, levels)


@lru_cache(maxsize=8)
def policy_of(space: SearchSpace) -> Policy:
    """Return the policy of a space."""
    return Policy(space)


def _draw_fields(domains: Domains, logits: Array, rng: Generator) -> dict[str, Any]:
    return {
        name: levels.draw(_pick(logits, start, range(levels.count), rng), rng)
        for name, start, levels in domains.items()
    }


def _decided(domains: Domains, holder: Any) -> Iterator[Decision]:
    unused = holder.unused()
    for name, start, levels in domains.items():
        if name not in unused:
            yield _decision(start, range(levels.count), levels.of(getattr(holder, name)))


def _decision(start: int, able: Iterable[int], taken: int) -> Decision:
    return tuple(start + option for option in able), start + taken


def _pick(logits: Array, start: int, able: Sequence[int], rng: Generator) -> int:
    if len(able) == 1:
        return able[0]
    shares = np.cumsum(_softmax(logits[start + np.array(able)]))
    return able[min(int(np.searchsorted(shares, rng.random() * shares[-1])), len(able) - 1)]


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max())
    shares: Array = powers / powers.sum()
    return shares
