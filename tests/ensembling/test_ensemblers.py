"""What each way of combining is good for, on members whose noise is known."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import DataError
from archivolt.testing import toy_pool
from archivolt.values.footprint import Limits
from archivolt.values.problem import Metric, Part, Task
from archivolt_ensembling import Average, GreedySelection, Stacking, Weighted
from archivolt_ensembling.squares import squares


def predicted(ensemble, pool):
    places = {trial.number: position for position, trial in enumerate(pool.trials)}
    taken = pool.take([places[number] for number in ensemble.members])
    return ensemble.predict(pool.task, taken.predictions)


def loss(ensemble, pool):
    return pool.score(predicted(ensemble, pool))["loss"]


def error(ensemble, pool):
    return np.square(predicted(ensemble, pool) - np.eye(3)[pool.labels]).mean()


def weights(ensemble):
    return dict(zip(ensemble.members, ensemble.weights, strict=True))


# average


def test_the_average_takes_the_best_so_many_with_equal_weights():
    pool = toy_pool()
    ensemble = Average(members=3).combine(pool, default_rng(0))

    assert ensemble.members == tuple(trial.number for trial in pool.trials[:3])
    assert ensemble.weights == pytest.approx([1 / 3] * 3)


# greedy selection


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_greedy_selection_beats_its_best_member(task):
    pool = toy_pool(task)
    best = min(pool.score(each)["loss"] for each in pool.predictions)

    assert loss(GreedySelection().combine(pool, default_rng(0)), pool) < best


def test_greedy_selection_gives_no_weight_to_noise():
    pool = toy_pool(noises=(1.0, 1.0, 50.0), rows=2000)

    assert 12 not in GreedySelection().combine(pool, default_rng(0)).members


def test_a_trial_that_is_added_twice_weighs_twice():
    pool = toy_pool(noises=(0.8, 2.5), rows=3000)

    found = weights(GreedySelection(start=1).combine(pool, default_rng(0)))

    assert found[10] > found.get(11, 0.0)
    assert sum(found.values()) == pytest.approx(1)


def test_few_rows_start_from_the_five_best_and_many_from_the_best():
    noises = (1.0,) + (1.6,) * 7
    few = GreedySelection(rounds=5).combine(toy_pool(noises=noises, rows=200), default_rng(0))
    many = GreedySelection(rounds=1).combine(toy_pool(noises=noises, rows=2000), default_rng(0))

    assert len(few.members) == 5
    assert len(many.members) == 1


def test_the_members_are_no_more_than_asked_for():
    pool = toy_pool(noises=(1.5,) * 20)

    for bags in (1, 10):
        found = GreedySelection(members=4, bags=bags).combine(pool, default_rng(0))
        assert len(found.members) <= 4


def test_a_member_that_breaks_the_limits_is_passed_over_for_one_that_does_not():
    pool = toy_pool(noises=(1.0, 1.1, 1.2), rows=2000)
    costs = {10: 1000, 11: 9000, 12: 1000}
    trials = tuple(evolve(trial, parameters=costs[trial.number]) for trial in pool.trials)
    pool = evolve(pool, trials=trials, limits=Limits(parameters=2500))

    found = GreedySelection(start=1).combine(pool, default_rng(0))

    assert set(found.members) == {10, 12}


def test_a_balanced_metric_weighs_the_classes_alike():
    rare = np.arange(1000) < 50
    pool = toy_pool("binary", noises=(1.0, 1.0), rows=1000)
    right = np.where(rare, 1.0, 0.0)
    # One member knows the rare class alone, the other the frequent one.
    predictions = np.stack([np.ones(1000), np.zeros(1000)])[:, :, None]
    pool = evolve(pool, labels=right, predictions=predictions)

    by_rows = np.diag(squares(pool))
    by_class = np.diag(squares(evolve(pool, metric=Metric("balanced_accuracy", True))))

    assert by_rows == pytest.approx([0.95, 0.05])
    assert by_class == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_the_form_gives_the_mean_square_error_of_every_mean(task):
    pool = toy_pool(task)
    weights = default_rng(0).dirichlet(np.ones(len(pool.trials)))
    truth = np.eye(3)[pool.labels] if task == "multiclass" else pool.labels

    mean = np.tensordot(weights, pool.predictions, axes=1)

    expected = np.square(mean - truth).mean()
    assert weights @ squares(pool) @ weights == pytest.approx(expected, rel=1e-4)


def test_weights_of_the_rows_count_in_the_selection():
    pool = toy_pool("binary", rows=400)
    trusted = np.arange(400) < 200
    bad_half = pool.predictions.copy()
    bad_half[0, ~trusted] = 1 - bad_half[0, ~trusted]  # the best member, wrong where none trusts
    pool = evolve(pool, predictions=bad_half, loss_weights=trusted.astype(float))

    found = GreedySelection(start=1, rounds=1).combine(pool, default_rng(0))

    assert found.members == (pool.trials[0].number,)


def test_a_class_of_no_weight_leaves_the_others_balanced():
    pool = toy_pool("multiclass", rows=600)
    metric = Metric("balanced_accuracy", maximize=True)
    pool = evolve(pool, metric=metric, loss_weights=(pool.labels != 2).astype(float))

    assert np.isfinite(squares(pool)).all()


# weighted


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_fitted_weights_are_no_worse_than_equal_ones(task):
    pool = toy_pool(task)

    fitted = loss(Weighted(members=6).combine(pool, default_rng(0)), pool)
    equal = loss(Average(members=6).combine(pool, default_rng(0)), pool)

    assert fitted < equal


def test_fitted_weights_are_a_minimum():
    pool = toy_pool(rows=1000)
    ensemble = Weighted(members=4).combine(pool, default_rng(0))
    lowest, rng = error(ensemble, pool), default_rng(1)

    for _ in range(30):
        moved = np.abs(np.array(ensemble.weights) + 0.05 * rng.normal(size=len(ensemble.weights)))
        assert error(evolve(ensemble, weights=moved / moved.sum()), pool) >= lowest - 1e-6


# stacking


def test_stacking_puts_right_what_all_members_get_wrong_alike():
    pool = toy_pool(noises=(1.0, 1.1, 1.2), rows=2000)
    shifted = np.roll(pool.predictions, 1, axis=2)  # every member calls a class by the next name
    pool = evolve(pool, predictions=shifted)

    stacked = pool.score(predicted(Stacking().combine(pool, default_rng(0)), pool))["accuracy"]
    mean = pool.score(predicted(Average(3).combine(pool, default_rng(0)), pool))["accuracy"]

    assert mean < 0.2
    assert stacked > 0.8


def test_stacking_gives_a_class_without_rows_no_chance():
    pool = toy_pool(rows=600)
    labels = np.where(pool.labels == 2, 0, pool.labels)
    pool = evolve(pool, labels=labels)

    assert predicted(Stacking().combine(pool, default_rng(0)), pool)[:, 2].max() < 1e-3


def test_stacking_copes_with_a_class_of_one_row():
    pool = toy_pool(rows=300)
    labels = np.where(pool.labels == 2, 0, pool.labels)
    labels[7] = 2

    found = predicted(Stacking().combine(evolve(pool, labels=labels), default_rng(0)), pool)

    assert np.isfinite(found).all()


# calibration


def test_a_temperature_makes_timid_members_surer():
    pool = toy_pool(noises=(1.0, 1.2, 1.4), rows=3000)

    plain = Average(members=3).combine(pool, default_rng(0))
    calibrated = Average(members=3, calibration="temperature").combine(pool, default_rng(0))

    assert calibrated.temperature < 1  # the mean of noisy members is too timid
    assert loss(calibrated, pool) < loss(plain, pool)
    assert calibrated.members == plain.members


# several tasks


@pytest.fixture
def of_several():
    """Members whose classes and numbers are as noisy as each other."""
    classes, numbers = toy_pool("multiclass"), toy_pool("regression")
    numbers = numbers.take(
        [[each.number for each in numbers.trials].index(t.number) for t in classes.trials]
    )
    parts = (
        Part("kind", "multiclass", ("a", "b", "c"), 3, "accuracy", 2.0),
        Part("size", "regression", metric="r2"),
    )
    return evolve(
        classes,
        task=Task("several", (), ("kind", "size"), 4, parts=parts),
        metric=Metric("weighted_mean", True),
        predictions=np.concatenate([classes.predictions, numbers.predictions], axis=2),
        labels=np.concatenate([classes.labels[:, None], numbers.labels], axis=1),
    )


def test_the_squares_of_several_tasks_add_up_by_their_weights(of_several):
    classes = evolve(
        of_several,
        task=of_several.task.parts[0].task,
        predictions=of_several.predictions[..., :3],
        labels=of_several.labels[:, 0],
    )
    numbers = evolve(
        of_several,
        task=of_several.task.parts[1].task,
        predictions=of_several.predictions[..., 3:],
        labels=of_several.labels[:, 1:],
    )

    np.testing.assert_allclose(
        squares(of_several), 2.0 * squares(classes) + squares(numbers), rtol=1e-4
    )


def test_rows_that_lack_a_label_take_no_part_in_its_squares(of_several):
    labels = of_several.labels.copy()
    labels[: len(labels) // 3, 0] = np.nan
    kept = np.isfinite(labels[:, 0])
    rest = evolve(
        of_several,
        predictions=of_several.predictions[:, kept],
        labels=of_several.labels[kept],
        weights=None if of_several.weights is None else of_several.weights[kept],
        loss_weights=None if of_several.loss_weights is None else of_several.loss_weights[kept],
    )
    classes, numbers = (
        evolve(
            pool,
            task=pool.task.parts[at].task,
            predictions=pool.predictions[..., outputs],
            labels=pool.labels[:, at],
        )
        for at, pool, outputs in ((0, rest, slice(0, 3)), (1, of_several, slice(3, 4)))
    )

    found = squares(evolve(of_several, labels=labels))

    np.testing.assert_allclose(found, 2.0 * squares(classes) + squares(numbers), rtol=1e-4)


@pytest.mark.parametrize("ensembler", [Average(), GreedySelection(), Weighted()])
def test_means_of_several_tasks_are_nearer_to_the_truth_than_their_members(ensembler, of_several):
    ensemble = ensembler.combine(of_several, default_rng(0))
    found = predicted(ensemble, of_several)

    def error(given):
        return np.abs(given[:, 3] - of_several.labels[:, 1]).mean()

    assert len(ensemble.members) > 1
    assert error(found) < min(error(each) for each in of_several.predictions)


@pytest.mark.parametrize(
    ("ensembler", "message"),
    [
        (Stacking(), "stacking fits the layer of one task"),
        (Average(calibration="temperature"), "one temperature is for one task"),
    ],
)
def test_what_is_made_for_one_task_refuses_several(ensembler, message, of_several):
    with pytest.raises(DataError, match=message):
        ensembler.combine(of_several, default_rng(0))
