from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, field, frozen

from archivolt import Block, Candidate, Evaluator, Recipe, Result, hookimpl, tunable
from archivolt.errors import DataError, UnknownComponentError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.values.domain import Choices, Domain, Range
from archivolt.values.features import ColumnLayout, Features, columns, image
from archivolt.values.problem import Metric, Part, Problem, Task
from archivolt.values.trial import Trial
from archivolt.values.tunable import tunables


@frozen
class Many(Block):
    """A block with fields of every type that a configuration may have."""

    name = "many"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8, 16))
    rate: float = tunable(0.5, low=0.0, high=1.0)
    activation: str = tunable("relu", choices=("relu", "gelu"))
    bias: bool = tunable(True, choices=(True, False))
    widths: tuple[int, ...] = tunable((8,), choices=((8,), (8, 4)))
    place: str | tuple[int, int] = tunable("same", choices=("same", (1, 2)))
    limit: int | None = tunable(None, choices=(None, 3))
    number: int | float = tunable(1, choices=(1, 2.5))
    path: Path = Path("weights") / "a.npz"
    inner: Block | None = None
    table: dict[str, float] = field(factory=dict, hash=False)


@frozen
class Stack(Block):
    """A block made of blocks."""

    name = "stack"
    reads = writes = "vector"
    blocks: tuple[Block, ...] = ()


@frozen
class Lookup(Evaluator):
    """Looks scores up."""

    name = "lookup"
    scores: tuple[float, ...] = (0.5,)


class Acme:
    @hookimpl
    def archivolt_blocks(self):
        return [Many, Stack]

    @hookimpl
    def archivolt_evaluators(self):
        return [Lookup]


@pytest.fixture(scope="module")
def registry():
    return load_plugins(allow=(), extra=[("acme", Acme())], warn=False)


@pytest.fixture(scope="module")
def codec(registry):
    return Codec(registry)


def through_json(data):
    return json.loads(json.dumps(data))


def many(rng) -> Many:
    return Many(
        **{name: domain.sample(rng) for name, domain in tunables(Many).items()},
        inner=Many() if rng.random() < 0.5 else None,
        table={"a": float(rng.random())},
    )


def sample(seed: int) -> Candidate:
    rng = np.random.default_rng(seed)
    recipe = Recipe(
        learning_rate=float(10 ** rng.uniform(-6, 0)),
        dropout=float(rng.uniform(0, 0.9)),
        batch_size=int(rng.integers(1, 4096)),
        augmentation=("flip", "crop")[: int(rng.integers(3))],
    )
    cell = Stack(tuple(many(rng) for _ in range(int(rng.integers(4)))))
    return Candidate((many(rng), cell, Stack((cell, many(rng)))), recipe)


@pytest.mark.parametrize("seed", range(50))
def test_a_candidate_comes_back_equal_with_the_same_fingerprint(codec, seed):
    candidate = sample(seed)

    again = codec.decode_candidate(through_json(codec.encode(candidate)))

    assert again == candidate
    assert again.fingerprint == candidate.fingerprint
    assert hash(again.recipe) == hash(candidate.recipe)
    for before, after in zip(candidate.architecture, again.architecture, strict=True):
        assert type(after) is type(before)


def test_components_are_written_with_their_qualified_names(codec):
    data = codec.encode(Stack((Stack(),)))

    assert data == {"name": "acme:stack", "blocks": [{"name": "acme:stack", "blocks": []}]}


def test_a_trial_comes_back_equal(codec):
    trial = Trial(
        3,
        sample(1),
        seed=7,
        parent=1,
        mutator="insert",
        memo={"temperature": [0.5, {"a": None}]},
        score=0.75,
        metrics={"loss": 0.5, "accuracy": 1},
        parameters=12,
        warnings=("slow",),
    ).begin("worker-1", 12.5)

    again = codec.decode_trial(through_json(codec.encode(trial)))

    assert again == trial


def test_a_score_that_is_not_a_number_comes_back(codec):
    trial = Trial(0, sample(1), seed=0, score=math.nan, metrics={"loss": math.inf})

    again = codec.decode_trial(through_json(codec.encode(trial)))

    assert math.isnan(again.score)
    assert again.metrics == {"loss": math.inf}


LAYOUT = ColumnLayout(("age",), ((1.0, 2.5),), ("state",), (51,))


@pytest.mark.parametrize(
    ("value", "as_type"),
    [
        (Result(0.5, {"loss": 1.0}, epochs=3, stopped=True, warnings=("a",)), Result),
        (
            Problem(
                Task("binary", ("no", "yes"), ("income",)),
                Metric("auc", maximize=True),
                columns(LAYOUT),
                rows={"train": 100},
                notes=("a note",),
                details={"scaler": {"mean": [0.5]}},
            ),
            Problem,
        ),
        (Task("multiclass", ("a", "b", "c"), outputs=3), Task),
        (columns(LAYOUT), Features),
        (image(None, 28, 3), Features),
        (Recipe(optimizer="sgd", augmentation=("flip",)), Recipe),
        (LAYOUT, ColumnLayout),
        (Choices((1, 2.5, "a", None, True, (1, (2, "b")))), Domain),
        (Range(1, 5), Domain),
        (Range(1e-4, 1.0, log=True), Domain),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_value_comes_back_equal(codec, value, as_type):
    assert codec.decode(through_json(codec.encode(value)), as_type) == value


def test_a_path_below_the_folder_of_a_run_moves_with_it(registry):
    here, moved = Path("/runs/a"), Path("/elsewhere/b")
    block = Many(path=here / "weights.npz")

    data = through_json(Codec(registry, folder=here).encode(block))

    assert Codec(registry, folder=here).decode(data, Block) == block
    assert Codec(registry, folder=moved).decode(data, Block).path == moved / "weights.npz"
    for other in (Many(), Many(path=Path("/data/weights.npz"))):
        data = through_json(Codec(registry, folder=here).encode(other))
        assert Codec(registry, folder=moved).decode(data, Block) == other


def test_a_whole_range_stays_whole(codec):
    assert codec.decode(through_json(codec.encode(Range(1, 5))), Range).whole
    assert not codec.decode(through_json(codec.encode(Range(1.0, 5.0))), Range).whole


def test_a_component_is_found_by_kind_or_by_name_alone(codec):
    data = through_json(codec.encode(Lookup((0.1, 0.9))))

    assert codec.decode_component("evaluator", data) == Lookup((0.1, 0.9))
    assert codec.decode_component(None, data) == Lookup((0.1, 0.9))
    assert codec.decode_component("evaluator", {"name": "lookup"}) == Lookup()
    with pytest.raises(UnknownComponentError, match="registers no such block"):
        codec.decode_component("block", data)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"units": "eight"}, "acme:many: expected int, not 'eight'"),
        ({"units": 2.5}, "expected int, not 2.5"),
        ({"bias": 1}, "expected bool, not 1"),
        ({"rate": True}, "expected float, not True"),
        ({"path": 3}, "expected str, not 3"),
        ({"unitz": 8}, "unitz"),
        ({"inner": "dense"}, "a component is a mapping with a name, not 'dense'"),
        ({"place": {}}, "expected str | tuple[int, int], not {}"),
    ],
)
def test_data_that_are_no_such_component_are_told(codec, change, expected):
    data = {**codec.encode(Many()), **change}

    with pytest.raises(DataError) as caught:
        codec.decode_component("block", data)
    assert expected in str(caught.value)


def test_a_missing_pack_is_told_with_the_version_that_the_run_recorded(registry, codec):
    recorded = registry.snapshot()
    recorded["plugins"]["acme"] |= {"distribution": "acme-blocks", "version": "0.2"}
    data = codec.encode(Candidate((Many(),)))
    without = Codec(load_plugins(allow=(), warn=False), recorded)

    with pytest.raises(UnknownComponentError) as caught:
        without.decode_candidate(data)

    assert "acme-blocks 0.2 (acme)" in str(caught.value)
    assert "pip install archivolt-acme" in str(caught.value)


def test_a_class_that_is_not_registered_cannot_be_written(codec):
    @frozen
    class Stranger(Block):
        """Not registered."""

        name = "stranger"

    with pytest.raises(UnknownComponentError, match="not registered"):
        codec.encode(evolve(Stack(), blocks=(Stranger(),)))


def test_heads_of_several_tasks_come_back_with_their_blocks(codec):
    parts = (
        Part("kind", "multiclass", ("a", "b", "c"), 3, "accuracy", 2.0, (Many(16),)),
        Part("size", "regression", metric="r2"),
    )
    task = Task("several", (), ("kind", "size"), 4, parts=parts)
    problem = Problem(task, Metric("weighted_mean", True), image(8, 8, 1))

    again = codec.decode_problem(json.loads(json.dumps(codec.encode(problem))))

    assert again == problem
    assert again.task.parts[0].blocks == (Many(16),)
