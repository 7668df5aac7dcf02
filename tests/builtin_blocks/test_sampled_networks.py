"""Whatever a space of these blocks samples is a network that Keras builds, at the told cost."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.components.measuring import count_flops, symbolic
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import ColumnLayout, Features, columns, image, sequence, vector
from archivolt.values.footprint import Limits
from archivolt.values.space import SearchSpace
from archivolt_blocks.catalogue import BLOCKS

OUTPUTS = 3
LAYOUT = ColumnLayout(
    numeric=("a", "b", "c"),
    quantiles=(tuple(np.linspace(-3, 3, 65).tolist()), (-1.0, 1.0), (-0.5, 0.0, 4.0, 12.0)),
    categorical=("d", "e"),
    cardinalities=(4, 90),
)
FEATURES = {
    "28x28x1": image(28, 28, 1),
    "32x32x3": image(32, 32, 3),
    "vector": vector(24),
    "sequence": sequence(20, 6),
    "padded": sequence(20, 6, padded=True),
    "columns": columns(LAYOUT),
}


def space_over_everything(x: Features, limits: Limits = Limits()) -> SearchSpace:
    choices = [BlockChoice(block) for block in BLOCKS]
    return SearchSpace(
        features=x,
        outputs=OUTPUTS,
        blocks=tuple(each for each in choices if not each.block.connector),
        connectors=tuple(each for each in choices if each.block.connector),
        depth=(1, 5),
        limits=limits,
    )


def built(candidate: Candidate, x: Features) -> keras.Model:
    inputs, tensor = symbolic(x)
    earlier = []
    for block in candidate.architecture:
        output = block.build(tensor, tuple(earlier))
        earlier.append(tensor)
        tensor = output
    return keras.Model(inputs, keras.layers.Dense(OUTPUTS)(tensor))


def check_samples(x: Features, samples: int, seed: int) -> set[str]:
    space = space_over_everything(x, Limits(parameters=3_000_000))
    rng = np.random.default_rng(seed)
    seen = set()
    for _ in range(samples):
        candidate = space.sample(rng)
        space.check(candidate)
        model = built(candidate, x)
        cost = space.footprint(candidate.architecture)
        told = (cost.parameters, cost.flops)
        assert told == (model.count_params(), count_flops(model)), str(candidate)
        seen |= {block.name for block in candidate.architecture}
    return seen


@pytest.mark.parametrize("x", FEATURES.values(), ids=FEATURES)
def test_samples_cost_what_the_space_says(x):
    check_samples(x, 10, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("x", FEATURES.values(), ids=FEATURES)
def test_samples_build_and_every_block_is_among_them(x):
    seen = check_samples(x, 75, seed=1)  # 300 in all

    kinds = {"image", "vector"} if x.kind == "image" else {"vector", x.kind}
    assert seen >= {each.name for each in BLOCKS if {each.reads, each.writes} <= kinds}


def test_samples_within_tight_limits_are_valid():
    space = space_over_everything(image(28, 28, 1), Limits(parameters=2_000, flops=400_000))
    rng = np.random.default_rng(2)
    for _ in range(300):
        cost = space.footprint(space.sample(rng).architecture)
        assert cost.parameters <= 2_000
        assert cost.flops <= 400_000
