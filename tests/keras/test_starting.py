import json

import numpy as np
import pytest
from attrs import evolve, frozen
from safetensors.numpy import load_file

from archivolt import Transfer
from archivolt.components.transfer import Plan, Start, TensorOrigin
from archivolt.errors import TrialFailure
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import encode
from archivolt.values.features import vector
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial
from archivolt_keras import evaluation
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.network import build_network
from archivolt_keras.starting import places

HEAD = "head/logits/kernel"
CALLS = []


@frozen
class Constant(Transfer):
    """Starts the head at a number."""

    name = "constant"
    value: float = 2.0
    weight: str = HEAD
    rows: int | None = None

    def plan(self, trial, history):
        return Plan()

    def start(self, trial, plan, fresh, library):
        CALLS.append(trial.number)
        shape = fresh.weights[HEAD].shape if self.rows is None else (self.rows, 1)
        value = np.full(shape, self.value, np.float32)
        return Start({self.weight: value}, {self.weight: TensorOrigin("made")})


@frozen
class Doubled(Transfer):
    """Doubles the head's kernel."""

    name = "doubled"

    def start(self, trial, plan, fresh, library):
        value = 2 * fresh.weights[HEAD]
        return Start({HEAD: value}, {HEAD: TensorOrigin("made")}, notes=("it is doubled.",))


class Encoding:
    def encode(self, value):
        return encode(value)


class Spoken:
    """A report whose trials begin by these strategies."""

    codec = Encoding()

    worker_seconds = None

    def __init__(self, folder, *strategies):
        self.given = tuple((strategy, Plan()) for strategy in strategies)
        self._folder = folder
        self.told = []

    def __call__(self, epoch, metrics):
        self.told.append(epoch)
        return True

    def folder(self, number):
        path = self._folder / f"{number:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    recorded = folder

    def transfers(self, trial):
        return self.given

    def versions(self, blocks):
        return ("tiny 1",) * len(blocks)


@pytest.fixture(scope="module")
def problem(tiny, tmp_path_factory):
    dataset = tiny.array_dataset()
    folder = tmp_path_factory.mktemp("problem")
    rows = tiny.splits(dataset.rows)
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(), rows, folder)


@pytest.fixture
def trial(tiny):
    # So low a rate that a start value is still to be seen after the training.
    recipe = Recipe(epochs=2, batch_size=16, learning_rate=1e-6, optimizer="sgd")
    return Trial(0, Candidate((tiny.Dense(8), tiny.LookBack(4)), recipe), seed=1)


def head_of(report, number=0):
    return load_file(report.folder(number) / "weights.safetensors")[HEAD]


def test_a_start_value_stands_in_the_place_of_the_initial_one(problem, trial, tmp_path):
    report = Spoken(tmp_path, Constant())

    KerasEvaluator().evaluate(trial, problem, report)

    np.testing.assert_allclose(head_of(report), 2.0, atol=1e-3)
    told = json.loads((report.folder(0) / "transfer.json").read_text())
    assert list(told["tensors"]) == [HEAD]
    assert "block_0/dense/kernel" in told["fresh"]


def test_each_strategy_begins_where_the_one_before_left_off(problem, trial, tmp_path):
    report = Spoken(tmp_path, Constant(), Doubled())

    result = KerasEvaluator().evaluate(trial, problem, report)

    np.testing.assert_allclose(head_of(report), 4.0, atol=1e-3)
    assert result.warnings == ("it is doubled.",)


def test_a_trial_that_is_trained_further_does_not_begin_again(problem, trial, tmp_path):
    report = Spoken(tmp_path, Constant())
    CALLS.clear()
    KerasEvaluator().evaluate(evolve(trial, target_epochs=1), problem, report)

    KerasEvaluator().evaluate(trial, problem, report)

    assert (CALLS, report.told) == ([0], [1, 2])


def test_a_trial_whose_worker_died_begins_as_before_without_asking_again(problem, trial, tmp_path):
    report = Spoken(tmp_path, Constant())
    CALLS.clear()
    KerasEvaluator().evaluate(trial, problem, report)
    first = head_of(report)

    KerasEvaluator().evaluate(trial, problem, report)

    assert CALLS == [0]
    np.testing.assert_array_equal(head_of(report), first)


def test_the_start_of_another_trial_in_the_folder_is_not_taken(problem, trial, tmp_path):
    report = Spoken(tmp_path, Constant())
    CALLS.clear()
    KerasEvaluator().evaluate(trial, problem, report)

    KerasEvaluator().evaluate(evolve(trial, seed=2), problem, report)

    assert CALLS == [0, 0]


def test_start_values_need_no_new_graph(problem, trial, tmp_path):
    plain, started = Spoken(tmp_path / "plain"), Spoken(tmp_path / "started", Constant())
    evaluation._trainers.cache_clear()
    KerasEvaluator().evaluate(trial, problem, plain)
    (entry,) = evaluation._trainers()._entries.values()
    traces = entry.trainer.traces

    KerasEvaluator().evaluate(trial, problem, started)
    KerasEvaluator().evaluate(evolve(trial, number=1), problem, plain)

    assert evaluation._trainers().hits == 2
    assert entry.trainer.traces == traces
    # And nothing of them is left for the next trial on the same structure.
    np.testing.assert_array_equal(head_of(plain, 0), head_of(plain, 1))


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        (Constant(rows=3), r"'constant' gives head/logits/kernel the shape \[3, 1\]; the network"),
        (Constant(weight="head/kernel"), "gives head/kernel .* no such weight"),
        (Constant(float("nan")), "gives head/logits/kernel what is not finite"),
    ],
)
def test_start_values_that_do_not_fit_fail_the_trial(strategy, told, problem, trial, tmp_path):
    with pytest.raises(TrialFailure, match=told):
        KerasEvaluator().evaluate(trial, problem, Spoken(tmp_path, strategy))


def test_layers_are_counted_in_the_order_in_which_they_were_made(tiny):
    network = build_network((tiny.Dense(8, normalise=True), tiny.Dense(4)), vector(4), 1)

    found = {(p.block, p.layer, p.ordinal, p.weight) for p in places(network).values()}

    assert (0, "dense", 0, "kernel") in found
    assert (0, "batch_normalization", 0, "moving_mean") in found
    assert (1, "dense", 0, "bias") in found
    assert (None, "logits", 0, "kernel") in found
    assert len(found) == len(network.keys)
