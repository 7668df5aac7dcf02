"""How fast candidates are drawn under limits, and how varied they are.

Each space is one of the blocks that Archivolt ships. Its limits are set where 10 %, 1 % and 0.1 %
of it lie within, measured on unlimited draws. Run as `python benchmarks/sampling.py [DRAWS]`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from time import process_time

import numpy as np
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import Features, image, vector
from archivolt.values.footprint import Limits
from archivolt.values.space import SearchSpace
from archivolt_blocks import archivolt_blocks

SHARES = (0.1, 0.01, 0.001)


def main(draws: int = 10_000) -> None:
    print(f"{draws:,} draws, seconds of the processor\n")
    header = ("space", "limit", "share", "s", "valid", "distinct", "draws by depth")
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for name, space in spaces():
        row(name, "none", 1.0, space, draws)
        rng = default_rng(1)
        costs = [space.footprint(space.sample(rng).architecture) for _ in range(10_000)]
        for cost in ("parameters", "flops"):
            values = np.array([getattr(each, cost) for each in costs])
            for share in SHARES:
                limit = int(np.quantile(values, share))
                limited = evolve(space, limits=Limits(**{cost: limit}))
                met = float((values <= limit).mean())
                row(name, f"{limit:,} {cost}", met, limited, draws)
    impossible = evolve(space, limits=Limits(parameters=5))
    start = process_time()
    try:
        impossible.sample(default_rng(0))
    except SpaceError as error:
        print(f"\nNothing fits, told after {process_time() - start:.2f} s: {error}")


def spaces() -> Iterator[tuple[str, SearchSpace]]:
    choices = [BlockChoice(block) for block in archivolt_blocks()]
    for name, features in (("vector 64", vector(64)), ("image 28x28x1", image(28, 28, 1))):
        yield name, space_of(features, choices, depth=(1, 8))


def space_of(features: Features, choices: list[BlockChoice], depth: tuple[int, int]) -> SearchSpace:
    """Take every shipped block that can stand on the features."""
    kinds = {features.kind, "vector"}
    fitting = [each for each in choices if {each.block.reads, each.block.writes} <= kinds]
    return SearchSpace(
        features=features,
        outputs=10,
        blocks=tuple(each for each in fitting if not each.block.connector),
        connectors=tuple(each for each in fitting if each.block.connector),
        depth=depth,
    )


def row(name: str, limit: str, share: float, space: SearchSpace, draws: int) -> None:
    rng = default_rng(0)
    start = process_time()
    drawn: list[Candidate] = [space.sample(rng) for _ in range(draws)]
    seconds = process_time() - start
    valid = sum(each in space for each in drawn)
    distinct = len({each.architecture for each in drawn}) / draws
    depths = Counter(len(space.body(each.architecture)) for each in drawn)
    told = " ".join(str(depths[depth]) for depth in range(space.depths[0], space.depths[1] + 1))
    cells = (name, limit, f"{share:.1%}", f"{seconds:.2f}", f"{valid:,}", f"{distinct:.0%}", told)
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
