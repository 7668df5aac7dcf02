import numpy as np
import pytest
from attrs import evolve
from sklearn import metrics as reference

from archivolt.values.problem import METRICS, Task
from archivolt_keras.scoring import compute

BINARY = Task("binary", ("no", "yes"), ("y",), 1)
MULTICLASS = Task("multiclass", tuple("abcdefg"), ("y",), 7)
MULTILABEL = Task("multilabel", ("a", "b", "c"), ("a", "b", "c"), 3)
REGRESSION = Task("regression", (), ("p", "q"), 2)


ONE_TARGET = Task("regression", (), ("p",), 1)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_binary_metrics_agree_with_scikit_learn(rng):
    labels, weights = rng.integers(0, 2, 300), rng.uniform(0.1, 3, 300)
    likely = np.clip(0.3 * labels + rng.uniform(0, 0.7, 300), 0.01, 0.99)
    chosen, by = likely >= 0.5, {"sample_weight": weights}

    found = compute(BINARY, labels, likely[:, None], weights)

    assert found == pytest.approx(
        {
            "accuracy": reference.accuracy_score(labels, chosen, **by),
            "balanced_accuracy": reference.balanced_accuracy_score(labels, chosen, **by),
            "auc": reference.roc_auc_score(labels, likely, **by),
            "average_precision": reference.average_precision_score(labels, likely, **by),
            "f1": reference.f1_score(labels, chosen, **by),
            "brier": reference.brier_score_loss(labels, likely, **by),
            "loss": reference.log_loss(labels, likely, **by),
        }
    )


def test_multiclass_metrics_agree_with_scikit_learn(rng):
    labels, weights = rng.integers(0, 7, 300), rng.uniform(0.1, 3, 300)
    likely = rng.dirichlet(np.ones(7), 300) + 0.3 * np.eye(7)[labels]
    likely /= likely.sum(axis=1, keepdims=True)
    chosen, by = likely.argmax(axis=1), {"sample_weight": weights}

    found = compute(MULTICLASS, labels, likely, weights)

    assert found == pytest.approx(
        {
            "accuracy": reference.accuracy_score(labels, chosen, **by),
            "balanced_accuracy": reference.balanced_accuracy_score(labels, chosen, **by),
            "f1_macro": reference.f1_score(labels, chosen, average="macro", **by),
            "top_5_accuracy": reference.top_k_accuracy_score(labels, likely, k=5, **by),
            "brier": reference.brier_score_loss(labels, likely, **by),
            "loss": reference.log_loss(labels, likely, **by),
        }
    )


def test_multilabel_metrics_agree_with_scikit_learn(rng):
    labels, weights = rng.integers(0, 2, (300, 3)), rng.uniform(0.1, 3, 300)
    likely = np.clip(0.3 * labels + rng.uniform(0, 0.7, (300, 3)), 0.01, 0.99)
    chosen, by = likely >= 0.5, {"sample_weight": weights}

    found = compute(MULTILABEL, labels, likely, weights)

    right = np.average((chosen == labels).mean(axis=1), weights=weights)
    losses = [reference.log_loss(labels[:, each], likely[:, each], **by) for each in range(3)]
    assert found == pytest.approx(
        {
            "f1_macro": reference.f1_score(labels, chosen, average="macro", **by),
            "exact_match": reference.accuracy_score(labels, chosen, **by),
            "label_accuracy": right,
            "brier": np.average(np.square(likely - labels).mean(axis=1), weights=weights),
            "loss": np.mean(losses),
        }
    )


def test_regression_errors_are_in_the_users_unit_and_the_loss_is_standardised(rng):
    labels, weights = rng.normal(size=(300, 2)), rng.uniform(0.1, 3, 300)
    predicted = labels + 0.2 * rng.normal(size=(300, 2))
    scale, by = np.array([10.0, 2.0]), {"sample_weight": weights}

    found = compute(REGRESSION, labels, predicted, weights, scale=scale)

    truth, told = labels * scale, predicted * scale
    mse = reference.mean_squared_error(truth, told, **by)
    assert found == pytest.approx(
        {
            "rmse": np.sqrt(mse),
            "mae": reference.mean_absolute_error(truth, told, **by),
            "r2": reference.r2_score(truth, told, **by),
            "mse": mse,
            "loss": reference.mean_squared_error(labels, predicted, **by),
        }
    )


def test_class_weights_are_for_the_loss_alone():
    labels, likely = np.array([0, 1]), np.array([[0.2], [0.4]])

    found = compute(BINARY, labels, likely, loss_weights=np.array([1.0, 3.0]))

    assert found["accuracy"] == 0.5
    assert found["loss"] == pytest.approx((-np.log(0.8) - 3 * np.log(0.4)) / 4)


@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_give_finite_numbers(label):
    found = compute(BINARY, np.full(5, label), np.linspace(0, 1, 5)[:, None])

    assert all(np.isfinite(value) for value in found.values())
    assert found["auc"] == 0.5
    assert found["average_precision"] == label
    assert found["balanced_accuracy"] == found["accuracy"]


def test_classes_without_rows_do_not_count_in_averages():
    likely = np.eye(7)[[0, 1, 6]]

    found = compute(MULTICLASS, np.array([0, 1, 1]), likely)

    assert found["balanced_accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert found["f1_macro"] == pytest.approx((1 + 2 / 3) / 2)


def test_ties_give_a_guess_no_credit_it_has_not_earned():
    labels = np.arange(7)

    assert compute(MULTICLASS, labels, np.full((7, 7), 1 / 7))["top_5_accuracy"] == 5 / 7


def test_weights_of_zero_are_as_good_as_none():
    found = compute(BINARY, np.array([0, 1]), np.array([[0.1], [0.2]]), np.zeros(2))

    assert found["accuracy"] == 0.5


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, MULTILABEL, REGRESSION])
def test_every_metric_that_a_problem_may_name_is_computed(task, rng):
    labels = rng.integers(0, 2, (6, task.outputs) if not task.is_classification else 6)

    found = compute(task, labels, rng.uniform(size=(6, task.outputs)), scale=[1.0])

    assert list(found) == [metric.name for metric in METRICS[task.kind]]


@pytest.mark.parametrize(
    ("task", "metric"),
    [
        *((BINARY, name) for name in ("accuracy", "balanced_accuracy", "auc")),
        *((MULTICLASS, name) for name in ("accuracy", "balanced_accuracy")),
        *((MULTILABEL, name) for name in ("exact_match", "label_accuracy")),
        *((ONE_TARGET, name) for name in ("rmse", "mae", "mse")),
    ],
)
def test_the_standard_error_is_the_spread_over_other_rows(task, metric, rng):
    def draw(count):
        if task.kind == "regression":
            labels = rng.normal(size=(count, 1))
            return labels, labels + rng.normal(0, 0.5, (count, 1))
        if task.kind == "multilabel":
            labels = rng.integers(0, 2, (count, 3))
            return labels, np.clip(0.3 * labels + rng.uniform(0, 0.7, (count, 3)), 0.01, 0.99)
        if task.kind == "binary":
            labels = (rng.uniform(size=count) < 0.3).astype(int)
            return labels, np.clip(0.3 * labels + rng.uniform(0, 0.7, count), 0.01, 0.99)[:, None]
        labels = rng.choice(7, count, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1])
        return labels, rng.dirichlet(np.ones(7), count) + 0.3 * np.eye(7)[labels]

    found = [compute(task, *draw(400), error_of=metric) for _ in range(400)]

    told = np.mean([each["standard_error"] for each in found])
    assert told == pytest.approx(np.std([each[metric] for each in found]), rel=0.15)


def test_rows_of_no_weight_do_not_lower_the_standard_error(rng):
    labels, likely = rng.integers(0, 2, 300), rng.uniform(size=(300, 1))
    weights = np.repeat([2.0, 0.0], [100, 200])
    for metric in ("accuracy", "balanced_accuracy", "auc"):
        few = compute(BINARY, labels[:100], likely[:100], error_of=metric)
        found = compute(BINARY, labels, likely, weights, error_of=metric)
        assert found["standard_error"] == pytest.approx(few["standard_error"])


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "auc"])
@pytest.mark.parametrize("unit", [0.001, 190_000.0])
def test_the_unit_of_the_weights_does_not_matter_to_the_standard_error(metric, unit, rng):
    labels, likely = rng.integers(0, 2, 300), rng.uniform(size=(300, 1))
    plain = compute(BINARY, labels, likely, np.ones(300), error_of=metric)

    found = compute(BINARY, labels, likely, np.full(300, unit), error_of=metric)

    assert found["standard_error"] == pytest.approx(plain["standard_error"])


def test_no_standard_error_is_told_where_none_is_known():
    labels, likely = np.array([0, 1, 1]), np.array([[0.1], [0.9], [0.2]])
    assert "standard_error" not in compute(BINARY, labels, likely, error_of="f1")
    assert "standard_error" not in compute(BINARY, labels, likely)
    one_class = compute(BINARY, np.ones(3, int), likely, error_of="auc")
    assert "standard_error" not in one_class


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, MULTILABEL, REGRESSION])
def test_metrics_of_steps_are_those_of_the_steps_that_count(task, rng):
    predictions = rng.dirichlet(np.ones(task.outputs + 1), (20, 6))[..., : task.outputs]
    labels = rng.integers(0, 2, (20, 6, task.outputs))
    if task.is_classification:
        labels = labels[..., 0]
    weights = rng.uniform(0.5, 2, (20, 6)) * (np.arange(6) < rng.integers(1, 7, 20)[:, None])
    counted = weights > 0

    found = compute(evolve(task, per_step=True), labels, predictions, weights)

    assert found == pytest.approx(
        compute(task, labels[counted], predictions[counted], weights[counted])
    )


def test_steps_of_one_sequence_are_not_taken_for_independent(rng):
    """Twelve equal steps tell no more than one: the error is that of the sequences."""
    labels = rng.integers(0, 2, 200)
    likely = np.where(rng.random(200) < 0.8, labels, 1 - labels).astype(float)
    steps = evolve(BINARY, per_step=True)

    rows = compute(BINARY, labels, likely[:, None], error_of="accuracy")
    repeated = compute(
        steps,
        np.repeat(labels[:, None], 12, axis=1),
        np.repeat(likely[:, None, None], 12, axis=1),
        error_of="accuracy",
    )

    assert repeated["accuracy"] == rows["accuracy"]
    assert repeated["standard_error"] == pytest.approx(rows["standard_error"])


def test_of_steps_no_standard_error_is_told_but_that_of_means(rng):
    labels = rng.integers(0, 2, (30, 4))
    likely = rng.random((30, 4, 1))

    found = compute(evolve(BINARY, per_step=True), labels, likely, error_of="auc")

    assert "standard_error" not in found
