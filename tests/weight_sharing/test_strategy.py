from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import Proposal
from archivolt.components.transfer import Plan, Stored
from archivolt.errors import DataError
from archivolt.plugins.registry import load_plugins
from archivolt.testing import TransferConformance
from archivolt.testing.toy_space import ToyDense, ToyScale, toy_space
from archivolt.testing.toy_trials import ended, proposed
from archivolt.testing.transfers import FEATURES, ToyLibrary, toy_fresh, toy_weights
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt_weight_sharing.strategy import WeightSharing


class TestWeightSharing(TransferConformance):
    @pytest.fixture(
        params=[
            WeightSharing(),
            WeightSharing(alignment="prefix"),
            WeightSharing(average="uniform", trials=5),
            WeightSharing(average="loss_weighted", discount=0.9, optimizer=True),
        ],
        ids=["content", "prefix", "uniform", "loss weighted"],
    )
    def transfer(self, request):
        return request.param


def history_of(*architectures, losses=None):
    trials, rng = [], default_rng(0)
    for number, blocks in enumerate(architectures):
        trial = ended(proposed(number, Proposal(Candidate(blocks))), rng)
        loss = 0.5 if losses is None else losses[number]
        trials.append(evolve(trial, state="finished", score=0.5, metrics={"loss": loss}))
    return History(trials=trials)


def start(strategy, history, *blocks, parent=None):
    trial = proposed(len(history), Proposal(Candidate(blocks), parent))
    plan = strategy.plan(trial, history)
    return strategy.start(trial, plan, toy_fresh(trial.candidate), ToyLibrary(history)), plan


def test_a_change_in_the_middle_keeps_both_sides():
    history = history_of((ToyDense(8), ToyDense(16), ToyDense(32)))
    changed = (ToyDense(8), ToyDense(16, "tanh"), ToyDense(32))

    found, _ = start(WeightSharing(), history, *changed, parent=0)

    assert set(found.weights) == {
        "block_0/dense/kernel", "block_0/dense/bias",
        "block_2/dense/kernel", "block_2/dense/bias",
        "head/logits/kernel", "head/logits/bias",
    }  # fmt: skip
    assert all(np.all(value == 1.0) for value in found.weights.values())


def test_by_prefix_all_behind_the_change_begins_afresh_and_the_head_always():
    history = history_of((ToyDense(8), ToyDense(16), ToyDense(32)))
    changed = (ToyDense(8), ToyDense(16, "tanh"), ToyDense(32))

    found, _ = start(WeightSharing(alignment="prefix"), history, *changed, parent=0)

    assert set(found.weights) == {"block_0/dense/kernel", "block_0/dense/bias"}


def test_a_block_that_was_put_in_shifts_the_names_of_those_behind_it():
    history = history_of((ToyDense(8), ToyDense(32)))
    deeper = (ToyDense(8), ToyDense(8, "tanh"), ToyDense(32))

    found, _ = start(WeightSharing(), history, *deeper, parent=0)

    origin = found.origins["block_2/dense/kernel"]
    assert (origin.how, origin.sources) == ("copied", (("trial 0", "block_1/dense/kernel"),))
    assert "block_1/dense/kernel" not in found.weights


def test_equal_blocks_on_inputs_of_other_widths_do_not_fit():
    history = history_of((ToyDense(8), ToyDense(32)))

    found, _ = start(WeightSharing(), history, ToyDense(16, "tanh"), ToyDense(32), parent=0)

    assert set(found.weights) == {"head/logits/kernel", "head/logits/bias"}


def test_without_a_parent_nothing_is_taken():
    found, plan = start(WeightSharing(), history_of((ToyDense(8),)), ToyDense(8))

    assert (plan, found.weights) == (Plan(), {})


def test_a_uniform_average_is_the_mean_of_those_that_have_the_weight():
    history = history_of((ToyDense(8),), (ToyDense(8),), (ToyDense(64),))

    found, _ = start(WeightSharing(average="uniform"), history, ToyDense(8))

    np.testing.assert_allclose(found.weights["block_0/dense/kernel"], 1.5)  # of 1 and 2, not of 3
    assert found.origins["block_0/dense/kernel"].how == "averaged"
    assert [who for who, _ in found.origins["block_0/dense/kernel"].sources] == [
        "trial 1",
        "trial 0",
    ]


def test_a_discount_weighs_older_trials_less_and_shrinks_nothing():
    history = history_of((ToyDense(8),), (ToyDense(8),))

    found, plan = start(WeightSharing(average="uniform", discount=0.5), history, ToyDense(8))

    assert plan.sources == ((1, pytest.approx(2 / 3)), (0, pytest.approx(1 / 3)))
    np.testing.assert_allclose(found.weights["head/logits/bias"], 2 * 2 / 3 + 1 / 3)


def test_a_loss_weighted_average_is_a_softmax_of_the_losses():
    history = history_of((ToyDense(8),), (ToyDense(8),), losses=(0.0, 1.0))

    found, _ = start(WeightSharing(average="loss_weighted"), history, ToyDense(8))

    shares = np.exp([0.0, -1.0]) / np.exp([0.0, -1.0]).sum()
    np.testing.assert_allclose(found.weights["head/logits/bias"], shares @ [1.0, 2.0])


def test_a_loss_that_is_not_finite_has_no_share():
    history = history_of((ToyDense(8),), (ToyDense(8),), losses=(float("nan"), 1.0))

    _, plan = start(WeightSharing(average="loss_weighted"), history, ToyDense(8))

    assert plan.sources == ((1, 1.0),)


def test_only_the_newest_trials_are_averaged():
    history = history_of(*[(ToyDense(8),)] * 9)

    _, plan = start(WeightSharing(average="uniform", trials=3), history, ToyDense(8))

    assert [number for number, _ in plan.sources] == [8, 7, 6]


def test_a_block_of_another_version_is_told_and_begins_afresh():
    history = history_of((ToyDense(8), ToyDense(16)))

    class Older(ToyLibrary):
        def trial(self, number):
            return evolve(super().trial(number), versions=("toy 0", "toy 1"))

    trial = proposed(1, Proposal(Candidate((ToyDense(8), ToyDense(16))), 0))
    strategy = WeightSharing()
    found = strategy.start(
        trial, strategy.plan(trial, history), toy_fresh(trial.candidate), Older(history)
    )

    assert "block_0/dense/kernel" not in found.weights
    assert "block_1/dense/kernel" in found.weights
    assert found.notes == (
        "toy_dense is of toy 1 now and was of toy 0 in trial 0: it starts afresh.",
    )


def test_a_trial_without_a_source_begins_with_the_best_of_an_earlier_run(tmp_path):
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "model.json").write_text('{"trial": 4}')
    blocks = (ToyDense(8), ToyScale())
    kept = {name: np.full(shape, 7.0) for name, shape in toy_weights(blocks).items()}

    class Elsewhere(ToyLibrary):
        def best_of(self, run):
            assert run == tmp_path
            return Stored("trial 4 of a run", Candidate(blocks), FEATURES, ("toy 1",) * 2, kept)

    strategy = WeightSharing(run=tmp_path)
    trial = proposed(0, Proposal(Candidate(blocks)))
    found = strategy.start(
        trial, strategy.plan(trial, History()), toy_fresh(trial.candidate), Elsewhere(History())
    )

    assert np.all(found.weights["block_0/dense/kernel"] == 7.0)
    assert found.origins["head/logits/bias"].sources == (("trial 4 of a run", "head/logits/bias"),)


def test_an_earlier_run_that_is_none_is_told(tmp_path):
    trial = proposed(0, Proposal(toy_space(FEATURES).sample(default_rng(0))))

    with pytest.raises(DataError, match="weight_sharing.run is no run"):
        WeightSharing(run=tmp_path / "nowhere").plan(trial, History())


@pytest.mark.parametrize(
    "fields", [{"alignment": "suffix"}, {"average": "mean"}, {"discount": 0.0}, {"trials": 0}]
)
def test_a_field_out_of_its_range_is_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        WeightSharing(**fields)


def test_the_pack_registers_the_strategy():
    registry = load_plugins(allow=("weight_sharing",))

    assert registry.failures == ()
    assert registry.find("transfer", "weight_sharing") is WeightSharing
