from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import Proposal
from archivolt.components.transfer import Plan, Teacher
from archivolt.errors import DataError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.testing import TransferConformance
from archivolt.testing.toy_space import ToyDense
from archivolt.testing.toy_trials import ended, proposed
from archivolt.values.candidate import Candidate
from archivolt.values.ensemble import Ensemble
from archivolt.values.history import History
from archivolt_distillation.strategy import Distillation


class TestDistillation(TransferConformance):
    @pytest.fixture(
        params=[
            Distillation(pool=2),
            Distillation(teacher="ensemble", loss="mse", pool=2),
            Distillation(pool=1, weight=0.0, final_weight=1.0),
        ],
        ids=["best", "ensemble", "ramped"],
    )
    def transfer(self, request):
        return request.param


def history_of(*scores):
    trials, rng = [], default_rng(0)
    for number, score in enumerate(scores):
        trial = ended(proposed(number, Proposal(Candidate((ToyDense(8),)))), rng)
        state = "finished" if score is not None else "failed"
        trials.append(evolve(trial, state=state, score=score, epochs=5, metrics={"loss": 0.5}))
    return History(trials=trials)


def learned(strategy, history):
    trial = proposed(len(history), Proposal(Candidate((ToyDense(16),))))
    plan = strategy.plan(trial, history)
    return strategy.extra_loss(trial, plan), plan


def test_the_best_trial_so_far_teaches():
    extra, plan = learned(Distillation(pool=3, temperature=4.0), history_of(0.5, 0.9, 0.7))

    assert plan.sources == ((1, 1.0),)
    assert extra.teacher == Teacher(Ensemble((1,), (1.0,)), epochs=(5,))
    assert (extra.form, extra.weight, extra.temperature) == ("cross_entropy", 1.0, 4.0)


def test_of_those_that_the_rows_cannot_tell_apart_the_one_with_the_lowest_loss_teaches():
    history = history_of(0.90, 0.89)
    for number, loss in enumerate((0.5, 0.3)):
        metrics = {"loss": loss, "standard_error": 0.02}
        history.record(evolve(history[number], metrics=metrics))

    assert learned(Distillation(pool=0), history)[1].sources == ((1, 1.0),)


def test_it_begins_after_the_pool_and_failed_trials_do_not_count():
    history = history_of(0.5, None, 0.7)

    assert learned(Distillation(pool=3), history) == (None, Plan())
    assert learned(Distillation(pool=2), history)[0] is not None


def test_without_any_trial_there_is_no_teacher():
    assert learned(Distillation(pool=0), History()) == (None, Plan())


@pytest.mark.parametrize(
    ("trials", "weight"), [(2, 0.5), (3, 0.75), (4, 1.0), (6, 1.5), (7, 1.5), (40, 1.5)]
)
def test_the_weight_rises_linearly_and_stays_at_its_end(trials, weight):
    strategy = Distillation(pool=2, weight=0.5, final_weight=1.5, ramp=4)

    extra, _ = learned(strategy, history_of(*[0.5] * trials))

    assert extra.weight == pytest.approx(weight)


def test_a_weight_may_fall_to_nothing():
    strategy = Distillation(pool=1, weight=1.0, final_weight=0.0, ramp=2)

    assert learned(strategy, history_of(0.5, 0.5))[0].weight == 0.5
    assert learned(strategy, history_of(0.5, 0.5, 0.5)) == (None, Plan())


def test_the_newest_ensemble_teaches_and_until_there_is_one_the_best_trial():
    strategy, history = Distillation(teacher="ensemble", pool=0), history_of(0.5, 0.9, 0.7)
    assert learned(strategy, history)[1].sources == ((1, 1.0),)

    ensemble = Ensemble((2, 0), (0.75, 0.25), temperature=1.5)
    history.record_ensemble(ensemble)
    extra, plan = learned(strategy, history)

    assert plan.sources == ((2, 0.75), (0, 0.25))
    assert extra.teacher == Teacher(ensemble, epochs=(5, 5))


def test_a_trial_that_was_trained_further_is_another_teacher():
    history = history_of(0.5)
    before = learned(Distillation(pool=0), history)[0].teacher
    history.record(evolve(history[0], epochs=10))

    after = learned(Distillation(pool=0), history)[0].teacher

    assert before.fingerprint != after.fingerprint


def test_a_plan_comes_back_from_the_history_as_it_was():
    history = history_of(0.5, 0.9)
    history.record_ensemble(Ensemble((0, 1), (0.5, 0.5)))
    codec = Codec(load_plugins(warn=False))
    strategy = Distillation(teacher="ensemble", pool=0)
    extra, plan = learned(strategy, history)

    again = codec.decode(codec.encode(plan), Plan)

    assert again == plan
    assert strategy.extra_loss(history[0], again).teacher.fingerprint == extra.teacher.fingerprint


def test_a_model_of_another_content_is_another_teacher(tmp_path):
    path = tmp_path / "teacher.keras"
    teachers = []
    for content in (b"one", b"another", b"one"):
        path.write_bytes(content)
        strategy = Distillation(teacher="model", model=path, pool=0)
        teachers.append(learned(strategy, History())[0].teacher)

    assert teachers[0].model == path
    assert teachers[0].fingerprint == teachers[2].fingerprint != teachers[1].fingerprint


def test_a_model_that_is_not_there_is_told(tmp_path):
    strategy = Distillation(teacher="model", model=tmp_path / "gone.keras", pool=0)

    with pytest.raises(DataError, match=r"gone\.keras: transfer distillation\.model cannot be"):
        learned(strategy, History())


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"teacher": "model"}, "needs the path"),
        ({"model": "teacher.keras"}, "the teacher is `best`"),
        ({"teacher": "worst"}, "worst"),
        ({"loss": "hinge"}, "hinge"),
        ({"temperature": 0.0}, "temperature"),
        ({"weight": -1.0}, "weight"),
        ({"ramp": 0}, "ramp"),
    ],
)
def test_fields_that_make_no_sense_are_refused(fields, what):
    with pytest.raises(ValueError, match=what):
        Distillation(**fields)
