import numpy as np
import pytest
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.problem import Part, Task, metrics_of
from archivolt_keras.scoring import compute

PARTS = (
    Part("kind", "multiclass", ("a", "b", "c"), 3, "accuracy", 2.0),
    Part("sold", "binary", ("no", "yes"), 1, "accuracy", 0.5),
    Part("price", "regression", metric="r2"),
)
SEVERAL = Task("several", (), ("kind", "sold", "price"), 5, parts=PARTS)


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    labels = np.stack(
        [rng.integers(0, 3, 60), rng.integers(0, 2, 60), rng.normal(size=60)], axis=1
    ).astype("float32")
    predictions = np.concatenate(
        [rng.dirichlet(np.ones(3), 60), rng.random((60, 1)), labels[:, 2:] + 0.3], axis=1
    )
    return labels, predictions, rng.uniform(0.5, 2.0, 60)


def alone(labels, predictions, weights, **more):
    """Score each part as a task by itself."""
    return {
        part.target: compute(
            part.task, labels[:, number], predictions[:, at], weights, scale=(10.0,), **more
        )
        for number, (part, at) in enumerate(SEVERAL.columns)
    }


def test_each_of_several_tasks_is_scored_as_by_itself(rows):
    found = compute(SEVERAL, *rows, scale=(10.0,) * 5)

    assert set(found) == {metric.name for metric in metrics_of(SEVERAL)}
    for target, own in alone(*rows).items():
        assert {f"{target}.{name}": value for name, value in own.items()}.items() <= found.items()


def test_the_mean_and_the_loss_go_by_the_weights(rows):
    own = alone(*rows)

    found = compute(SEVERAL, *rows, scale=(10.0,) * 5)

    mean = 2.0 * own["kind"]["accuracy"] + 0.5 * own["sold"]["accuracy"] + own["price"]["r2"]
    assert found["weighted_mean"] == pytest.approx(mean / 3.5)
    loss = 2.0 * own["kind"]["loss"] + 0.5 * own["sold"]["loss"] + own["price"]["loss"]
    assert found["loss"] == pytest.approx(loss)


def test_only_what_is_asked_for_is_told(rows):
    found = compute(SEVERAL, *rows, only=("price.mae", "loss"), scale=(1.0,) * 5)

    assert set(found) == {"price.mae", "loss"}
    assert found["price.mae"] == pytest.approx(0.3, rel=1e-4)


def test_the_standard_error_of_a_part_is_its_own(rows):
    labels, predictions, weights = rows
    kind = compute(PARTS[0].task, labels[:, 0], predictions[:, :3], weights, error_of="accuracy")

    found = compute(SEVERAL, *rows, scale=(1.0,) * 5, error_of="kind.accuracy")

    assert found["standard_error"] == kind["standard_error"]


def test_the_standard_error_of_the_mean_is_at_most_the_mean_of_theirs(rows):
    labels, predictions, weights = rows
    of_classes = Task("several", (), ("kind", "sold"), 4, parts=PARTS[:2])
    errors = [
        compute(part.task, labels[:, number], predictions[:, at], weights, error_of="accuracy")
        for number, (part, at) in enumerate(of_classes.columns)
    ]

    found = compute(
        of_classes, labels[:, :2], predictions[:, :4], weights, error_of="weighted_mean"
    )

    first, second = (each["standard_error"] for each in errors)
    assert found["standard_error"] == pytest.approx((2.0 * first + 0.5 * second) / 2.5)
    # The error of r2 is not known, so neither is that of a mean with it.
    whole = compute(SEVERAL, *rows, scale=(1.0,) * 5, error_of="weighted_mean")
    assert "standard_error" not in whole


def test_several_tasks_a_step_are_scored_over_the_steps_that_count(rows):
    labels, predictions, weights = rows
    weights = weights.copy()
    weights[::4] = 0
    kept = weights > 0

    found = compute(
        evolve(SEVERAL, per_step=True),
        labels.reshape(12, 5, 3),
        predictions.reshape(12, 5, 5),
        weights.reshape(12, 5),
        scale=(10.0,) * 5,
    )

    assert found == pytest.approx(
        compute(SEVERAL, labels[kept], predictions[kept], weights[kept], scale=(10.0,) * 5)
    )


def test_each_task_is_scored_on_the_rows_that_have_its_label(rows):
    labels, predictions, weights = rows
    gaps = labels.copy()
    gaps[:20, 0] = np.nan
    gaps[10:40, 2] = np.nan

    found = compute(
        SEVERAL, gaps, predictions, weights, scale=(10.0,) * 5, error_of="kind.accuracy"
    )

    kinds = alone(labels[20:], predictions[20:], weights[20:])["kind"]
    kept = np.r_[:10, 40:60]
    prices = alone(labels[kept], predictions[kept], weights[kept])["price"]
    assert {f"kind.{name}": value for name, value in kinds.items()}.items() <= found.items()
    assert {f"price.{name}": value for name, value in prices.items()}.items() <= found.items()
    assert found["standard_error"] > 0


def test_a_task_without_any_label_to_score_is_told(rows):
    labels, predictions, weights = rows
    labels[:, 1] = np.nan

    with pytest.raises(DataError, match="sold: no row has a label of this target"):
        compute(SEVERAL, labels, predictions, weights)
