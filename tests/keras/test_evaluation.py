import numpy as np
import pytest
import tensorflow as tf
from attrs import evolve
from safetensors.numpy import load_file

from archivolt.components.evaluator import Result
from archivolt.errors import TrialFailure
from archivolt.plugins.registry import load_plugins
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.encoding import encode
from archivolt.values.recipe import Recipe
from archivolt.values.space import SearchSpace
from archivolt.values.trial import Trial
from archivolt_keras import evaluation, shortening
from archivolt_keras.evaluator import KerasEvaluator


class Plain:
    """A codec for values that nobody reads back."""

    def encode(self, value):
        return encode(value)


class Spoken:
    """A report that writes down what it is told."""

    def __init__(self, folder, until=None, worker_seconds=None):
        self.told, self._folder, self._until = [], folder, until
        self.worker_seconds = worker_seconds

    def __call__(self, epoch, metrics):
        self.told.append((epoch, dict(metrics)))
        return epoch != self._until

    def component(self, kind, name):
        return load_plugins(warn=False).find(kind, name)

    def folder(self, number):
        path = self._folder / f"{number:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def transfers(self, trial):
        return ()

    def versions(self, blocks):
        return ("tiny 1",) * len(blocks)

    @property
    def codec(self):
        return Plain()


@pytest.fixture(scope="module")
def problem(tiny, tmp_path_factory):
    dataset = tiny.array_dataset()
    folder = tmp_path_factory.mktemp("problem")
    rows = tiny.splits(dataset.rows)
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(), rows, folder)


@pytest.fixture
def candidate(tiny):
    recipe = Recipe(epochs=4, batch_size=16, learning_rate=0.01, dropout=0.1)
    return Candidate((tiny.Dense(8, normalise=True), tiny.LookBack(4)), recipe)


def test_a_trial_learns_and_reports_every_epoch(problem, candidate, tmp_path):
    report = Spoken(tmp_path)

    result = KerasEvaluator().evaluate(Trial(0, candidate, seed=1), problem, report)

    assert isinstance(result, Result)
    assert result.score > 0.8
    assert [epoch for epoch, _ in report.told] == [1, 2, 3, 4]
    assert set(result.metrics) >= {"accuracy", "auc", "loss"}
    assert result.score == max(metrics["accuracy"] for _, metrics in report.told)


def test_the_same_trial_has_the_same_score_in_every_bit(problem, candidate, tmp_path):
    trial = Trial(0, candidate, seed=1)
    results = []
    for name, fresh in (("built", True), ("cached", False), ("built again", True)):
        if fresh:
            evaluation._trainers.cache_clear()
        # Another seed, then another recipe on the same structure: neither may leave a trace.
        evaluator, other = KerasEvaluator(), candidate.with_recipe(learning_rate=0.1, dropout=0.5)
        if not fresh:
            evaluator.evaluate(Trial(1, other, seed=9), problem, Spoken(tmp_path / "other"))
        report = Spoken(tmp_path / name)
        results.append((evaluator.evaluate(trial, problem, report), report.told))
        predictions = np.load(report.folder(0) / "validation.npy")
        results[-1] = (*results[-1], predictions.tobytes())

    assert results[0] == results[1] == results[2]


def test_a_promoted_trial_goes_on_as_if_it_had_never_stopped(problem, candidate, tmp_path):
    evaluator = KerasEvaluator()
    trial = Trial(0, candidate, seed=1)
    whole, parts = Spoken(tmp_path / "whole"), Spoken(tmp_path / "parts")

    at_once = evaluator.evaluate(trial, problem, whole)
    first = evaluator.evaluate(evolve(trial, target_epochs=2), problem, parts)
    evaluation._trainers.cache_clear()  # the worker was another one
    second = evaluator.evaluate(evolve(trial, target_epochs=4, epochs=2), problem, parts)

    assert first.epochs == 2
    assert second == at_once
    assert parts.told == whole.told
    weights = [load_file(each.folder(0) / "weights.safetensors") for each in (whole, parts)]
    for name, array in weights[0].items():
        np.testing.assert_array_equal(array, weights[1][name])


def test_a_training_that_takes_more_than_its_share_is_laid_over_the_epochs_that_fit(
    problem, candidate, tmp_path, monkeypatch
):
    trial = Trial(0, candidate.with_recipe(epochs=1000), seed=1)
    steps = -(-problem.rows["train"] // candidate.recipe.batch_size)
    scoring = 1 + problem.rows["validation"] / 3 / problem.rows["train"]
    monkeypatch.setattr(shortening, "seconds_a_step", lambda trainer: 0.1)
    report = Spoken(tmp_path, worker_seconds=16 * 3.5 * 0.1 * steps * scoring)

    result = KerasEvaluator().evaluate(trial, problem, report)

    assert (result.epochs, result.schedule_epochs) == (3, 3)
    assert [epoch for epoch, _ in report.told] == [1, 2, 3]


def test_what_was_measured_beforehand_leaves_no_trace(problem, candidate, tmp_path):
    trial = Trial(0, candidate, seed=1)
    hurried = Spoken(tmp_path / "hurried", worker_seconds=1e-6)
    replayed = Spoken(tmp_path / "replayed")

    first = KerasEvaluator().evaluate(trial, problem, hurried)
    again = KerasEvaluator().evaluate(evolve(trial, schedule_epochs=1), problem, replayed)

    assert first.schedule_epochs == first.epochs == 1
    assert first == again
    assert hurried.told == replayed.told


@pytest.mark.parametrize(
    ("settings", "decided", "seconds"),
    [
        ({}, {}, 1e4),
        ({}, {"target_epochs": 4}, 1e-6),
        ({}, {"schedule_epochs": 4}, 1e-6),
        ({"least_trials": None}, {}, 1e-6),
    ],
    ids=["time enough", "asked for by a scheduler", "laid out by a scheduler", "not asked for"],
)
def test_a_training_keeps_its_epochs(
    problem, candidate, tmp_path, monkeypatch, settings, decided, seconds
):
    monkeypatch.setattr(shortening, "seconds_a_step", lambda _: pytest.fail("nothing to measure"))
    report = Spoken(tmp_path, worker_seconds=seconds)

    result = KerasEvaluator(**settings).evaluate(
        Trial(0, candidate, seed=1, **decided), problem, report
    )

    assert result.epochs == 4


def test_a_finished_schedule_leaves_no_state_to_go_on_from(problem, candidate, tmp_path):
    report = Spoken(tmp_path)

    KerasEvaluator().evaluate(Trial(0, candidate, 1, target_epochs=2), problem, report)
    assert (report.folder(0) / "state.safetensors").exists()
    KerasEvaluator().evaluate(Trial(0, candidate, 1), problem, report)

    left = sorted(each.name for each in report.folder(0).iterdir())
    assert left == ["validation.npy", "weights.safetensors"]


def test_state_of_another_trial_is_not_taken_up(problem, candidate, tmp_path):
    report = Spoken(tmp_path)
    KerasEvaluator().evaluate(Trial(0, candidate, 1, target_epochs=2), problem, report)

    KerasEvaluator().evaluate(Trial(0, candidate, 2, target_epochs=3), problem, report)

    assert [epoch for epoch, _ in report.told] == [1, 2, 1, 2, 3]


def test_half_a_state_is_none(problem, candidate, tmp_path):
    report = Spoken(tmp_path)
    trial = Trial(0, candidate, 1, target_epochs=2)
    KerasEvaluator().evaluate(trial, problem, report)
    state = report.folder(0) / "state.safetensors"
    state.write_bytes(state.read_bytes()[:100])

    result = KerasEvaluator().evaluate(evolve(trial, target_epochs=3), problem, report)

    assert result.epochs == 3
    assert [epoch for epoch, _ in report.told] == [1, 2, 1, 2, 3]


def test_a_trial_that_is_asked_to_stop_keeps_the_score_it_had(problem, candidate, tmp_path):
    report = Spoken(tmp_path, until=2)

    result = KerasEvaluator().evaluate(Trial(0, candidate, seed=1), problem, report)

    assert (result.stopped, result.epochs) == (True, 2)
    assert result.score == max(metrics["accuracy"] for _, metrics in report.told)


def test_without_improvement_training_ends_early_and_the_best_epoch_is_kept(
    problem, candidate, tmp_path
):
    # So high a rate that the score wanders, after a first epoch that is good.
    wild = candidate.with_recipe(learning_rate=0.3, schedule="constant", epochs=40)
    report = Spoken(tmp_path)

    result = KerasEvaluator(patience=0.1).evaluate(Trial(0, wild, seed=1), problem, report)

    ranks = [(metrics["accuracy"], -metrics["loss"]) for _, metrics in report.told]
    assert result.epochs == ranks.index(max(ranks)) + 1 + 4 < 40
    assert not result.stopped
    assert (result.score, -result.metrics["loss"]) == pytest.approx(max(ranks))


def test_the_last_epoch_counts_where_the_best_is_not_restored(problem, candidate, tmp_path):
    wild = candidate.with_recipe(learning_rate=0.3, schedule="constant", epochs=6)
    report = Spoken(tmp_path)

    result = KerasEvaluator(keep_epoch="last").evaluate(Trial(0, wild, 1), problem, report)

    assert result.metrics["loss"] == report.told[-1][1]["loss"]
    assert result.metrics["loss"] > min(metrics["loss"] for _, metrics in report.told)


def test_a_loss_that_is_not_finite_fails_the_trial(problem, candidate, tmp_path):
    wild = candidate.with_recipe(learning_rate=1.0, optimizer="sgd", l2=1.0, epochs=300)
    wild = evolve(wild, recipe=evolve(wild.recipe, schedule="constant"))

    with pytest.raises(TrialFailure) as failure:
        KerasEvaluator().evaluate(Trial(0, wild, seed=1), problem, Spoken(tmp_path))

    assert failure.value.cause == "not_finite"
    assert "after epoch" in failure.value.message


@pytest.mark.parametrize(
    "error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM on a tensor")]
)
def test_running_out_of_memory_fails_the_trial(problem, candidate, tmp_path, monkeypatch, error):
    def exhausted(self):
        raise error

    monkeypatch.setattr("archivolt_keras.training.trainer.Trainer.run_epoch", exhausted)

    with pytest.raises(TrialFailure) as failure:
        KerasEvaluator().evaluate(Trial(0, candidate, seed=1), problem, Spoken(tmp_path))

    assert failure.value.cause == "out_of_memory"


def test_predictions_are_left_out_where_nobody_wants_them(problem, candidate, tmp_path):
    report = Spoken(tmp_path)

    KerasEvaluator(keep_predictions=False).evaluate(Trial(0, candidate, 1), problem, report)

    assert [each.name for each in report.folder(0).iterdir()] == ["weights.safetensors"]


def test_parameters_and_arithmetic_are_those_that_the_space_reckons_with(
    problem, candidate, tmp_path
):
    space = SearchSpace(
        problem.features, 1, tuple(map(BlockChoice, map(type, candidate.architecture)))
    )
    expected = space.footprint(candidate.architecture)

    result = KerasEvaluator().evaluate(Trial(0, candidate, 1), problem, Spoken(tmp_path))

    assert (result.parameters, result.flops) == (expected.parameters, expected.flops)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel", "regression"])
def test_every_task_is_learnt(tiny, tmp_path, kind):
    dataset = tiny.array_dataset(classes=3)
    x = dataset.features["x"]
    if kind == "multilabel":
        dataset.labels = np.stack([x[:, 0] > 0, x[:, 1] > 1], axis=1).astype(int)
    elif kind == "regression":
        dataset.labels = 1e6 + 1e3 * (x[:, 0] + x[:, 1])
    evaluator, rows = KerasEvaluator(), tiny.splits(dataset.rows)
    problem = evaluator.prepare(
        dataset, tiny.Arrays(), tiny.problem(kind), rows, tmp_path / "problem"
    )
    recipe = Recipe(epochs=8, batch_size=16, learning_rate=0.02)
    candidate = Candidate((tiny.Dense(16),), recipe)

    result = evaluator.evaluate(Trial(0, candidate, 1), problem, Spoken(tmp_path))

    if kind == "regression":
        assert result.metrics["r2"] > 0.9
        spread = dataset.labels[rows["validation"]].std()
        assert result.score == pytest.approx(spread * np.sqrt(1 - result.metrics["r2"]), rel=0.01)
    else:
        assert result.score > 0.8


def test_class_weights_move_the_predictions_towards_the_heavier_class(tiny, tmp_path):
    dataset, evaluator = tiny.array_dataset(), KerasEvaluator()
    candidate = Candidate((tiny.Dense(4),), Recipe(epochs=6, batch_size=16, learning_rate=0.01))
    shares = []
    for name, weights in (("none", None), ("heavy", {"class 1": 30.0})):
        problem = evaluator.prepare(
            dataset,
            tiny.Arrays(),
            tiny.problem(class_weights=weights),
            tiny.splits(dataset.rows),
            tmp_path / name / "problem",
        )
        report = Spoken(tmp_path / name)
        evaluator.evaluate(Trial(0, candidate, 1), problem, report)
        shares.append(np.load(report.folder(0) / "validation.npy").mean())

    assert shares[1] > shares[0] + 0.05


def test_an_augmentation_for_other_features_fails_the_trial(problem, candidate, tmp_path):
    augmented = candidate.with_recipe(augmentation=("no_such_change",))

    with pytest.raises(TrialFailure, match="no augmentation is named 'no_such_change'"):
        KerasEvaluator().evaluate(Trial(0, augmented, 1), problem, Spoken(tmp_path))


def test_data_that_are_streamed_train_the_same_network(problem, candidate, tmp_path):
    trial = Trial(0, candidate, seed=1)
    resident, streamed = Spoken(tmp_path / "resident"), Spoken(tmp_path / "streamed")

    KerasEvaluator().evaluate(trial, problem, resident)
    KerasEvaluator(streaming_above=100).evaluate(trial, problem, streamed)

    assert [metrics["loss"] for _, metrics in streamed.told] == pytest.approx(
        [metrics["loss"] for _, metrics in resident.told]
    )


def test_a_trial_whose_worker_died_after_its_last_epoch_is_not_trained_again(
    problem, candidate, tmp_path
):
    trial, evaluator = Trial(0, candidate, seed=1, target_epochs=2), KerasEvaluator()
    first = evaluator.evaluate(trial, problem, Spoken(tmp_path))
    report = Spoken(tmp_path)

    assert evaluator.evaluate(trial, problem, report) == first
    assert report.told == []
