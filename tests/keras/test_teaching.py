"""Teachers in the trainer's half: what they say of the training rows, stored once."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from attrs import asdict, evolve, frozen

from archivolt import Transfer
from archivolt.components.transfer import ExtraLoss, Plan, Teacher
from archivolt.errors import DataError, TrialFailure
from archivolt.values.candidate import Candidate
from archivolt.values.combined import Combined
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import predictions_of
from archivolt.values.prior import SUM, Prior
from archivolt.values.problem import TRAIN, UNLABELLED
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial
from archivolt_keras import teaching
from archivolt_keras.all_rows import DIVIDED
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.outside import outside_model
from archivolt_keras.prepared import Prepared
from archivolt_keras.teaching import Room
from archivolt_keras.training.predict import predict


@frozen
class Taught(Transfer):
    """Learns from the teacher of the plan."""

    name = "taught"
    weight: float = 1.0
    form: str = "cross_entropy"

    def extra_loss(self, trial, plan):
        return ExtraLoss(plan.teacher, self.form, self.weight, 2.0)


def prepared(tiny, folder, kind="multiclass", unlabelled=0):
    dataset = tiny.array_dataset(classes=3)
    if unlabelled:
        more = tiny.array_dataset(rows=unlabelled, classes=3, seed=7)
        dataset.unlabelled = more.without_labels()
    if kind == "regression":
        dataset.labels = 1e3 + 50 * dataset.features["x"][:, 0]
    rows = tiny.splits(dataset.rows)
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(kind), rows, folder)


@pytest.fixture(scope="module")
def problem(tiny, tmp_path_factory):
    return prepared(tiny, tmp_path_factory.mktemp("problem"))


def trial(tiny, number, units=8, **recipe):
    recipe = Recipe(epochs=3, batch_size=16, learning_rate=0.02, **recipe)
    return Trial(number, Candidate((tiny.Dense(units),), recipe), seed=number)


@pytest.fixture(scope="module")
def taught_by(tiny, problem, tmp_path_factory):
    """The folder of a run with two trials, which may teach."""
    folder = tmp_path_factory.mktemp("run")
    for number, units in enumerate((8, 16)):
        KerasEvaluator().evaluate(trial(tiny, number, units), problem, tiny.RunReport(folder))
    return folder


@pytest.fixture
def run(taught_by, tmp_path):
    return shutil.copytree(taught_by, tmp_path / "run")


BEST = Teacher(Ensemble((1,), (1.0,)), (3,))
BOTH = Teacher(Ensemble((0, 1), (0.25, 0.75), temperature=1.5), (3, 3))


def learn(tiny, problem, run, teacher, number=5, evaluator=None, strategy=None, **recipe):
    report = tiny.RunReport(run, (strategy or Taught(), Plan(teacher=teacher)))
    return (evaluator or KerasEvaluator()).evaluate(trial(tiny, number, **recipe), problem, report)


def stored(run, teacher, file="train.npy"):
    return np.load(run / "teachers" / teacher.fingerprint / file)


def said(tiny, problem, run, number, units):
    from archivolt_keras.deliver import trained_network

    network = trained_network(trial(tiny, number, units), problem, run / f"{number:05d}")
    parts = Prepared.open(Path(problem.folder), problem.task).split(TRAIN).parts
    return predict(network.model, parts)


def test_what_a_trial_says_of_the_training_rows_is_stored(tiny, problem, run):
    learn(tiny, problem, run, BEST)

    np.testing.assert_allclose(stored(run, BEST), said(tiny, problem, run, 1, 16), rtol=1e-5)


def test_an_ensemble_says_what_it_predicts_as_a_whole(tiny, problem, run):
    learn(tiny, problem, run, BOTH)

    each = [said(tiny, problem, run, number, units) for number, units in ((0, 8), (1, 16))]
    members = np.stack([predictions_of(problem.task, logits) for logits in each])
    expected = BOTH.ensemble.predict(problem.task, members)
    np.testing.assert_allclose(
        predictions_of(problem.task, stored(run, BOTH)), expected, rtol=1e-4, atol=1e-6
    )


def test_a_trial_learns_something_else_from_a_teacher_and_the_weight_0_is_none(
    tiny, problem, run, tmp_path
):
    plain = KerasEvaluator().evaluate(trial(tiny, 5), problem, tiny.RunReport(tmp_path / "plain"))

    taught = learn(tiny, problem, run, BEST)
    untaught = learn(tiny, problem, run, BEST, 5, strategy=Taught(0.0))

    assert taught.metrics["loss"] != plain.metrics["loss"]
    assert untaught.metrics == plain.metrics


def test_what_it_learned_from_is_written_down(tiny, problem, run):
    learn(tiny, problem, run, BOTH)

    told = json.loads((run / "00005" / "transfer.json").read_text())
    assert told["learns"] == [
        {
            "strategy": "taught",
            "from": "trials 0, 1",
            "teacher": BOTH.fingerprint,
            "loss": "cross_entropy",
            "weight": 1.0,
            "temperature": 2.0,
        }
    ]


def test_data_that_are_streamed_teach_as_resident_ones_do(tiny, problem, run):
    resident = learn(tiny, problem, run, BEST)

    again = evolve(trial(tiny, 5), number=6)
    report = tiny.RunReport(run, (Taught(), Plan(teacher=BEST)))
    streamed = KerasEvaluator(streaming_above=1).evaluate(again, problem, report)

    assert streamed.score == resident.score
    assert streamed.metrics["loss"] == pytest.approx(resident.metrics["loss"], rel=1e-5)


def test_a_trial_that_is_promoted_goes_on_learning(tiny, problem, run):
    at_once = learn(tiny, problem, run, BEST)
    report = tiny.RunReport(run, (Taught(), Plan(teacher=BEST)))

    for target in (1, 3):
        begun = evolve(trial(tiny, 5), number=6, target_epochs=target)
        promoted = KerasEvaluator().evaluate(begun, problem, report)

    assert promoted.metrics == at_once.metrics


def test_what_is_stored_is_taken_although_the_teacher_is_gone(tiny, problem, run):
    first = learn(tiny, problem, run, BEST)
    shutil.rmtree(run / "00001")

    again = tiny.RunReport(run.parent / "replay", (Taught(), Plan(teacher=BEST)), recorded=run)

    assert KerasEvaluator().evaluate(trial(tiny, 5), problem, again).metrics == first.metrics


def test_a_replay_whose_teacher_is_gone_is_told(tiny, problem, run):
    learn(tiny, problem, run, BEST)
    (run / "teachers" / BEST.fingerprint / "train.npy").unlink()
    again = tiny.RunReport(run.parent / "replay", (Taught(), Plan(teacher=BEST)), recorded=run)

    with pytest.raises(DataError, match="what trial 5 learned from is not there any more"):
        KerasEvaluator().evaluate(trial(tiny, 5), problem, again)


def test_a_teacher_that_left_nothing_is_told(tiny, problem, run):
    with pytest.raises(DataError, match="00009"):
        learn(tiny, problem, run, Teacher(Ensemble((9,), (1.0,)), (3,)))


def test_two_extra_losses_are_one_too_many(tiny, problem, run):
    twice = [(Taught(), Plan(teacher=BEST)), (Taught(), Plan(teacher=BOTH))]

    with pytest.raises(TrialFailure, match="'taught' and 'taught' give an extra loss each"):
        KerasEvaluator().evaluate(trial(tiny, 5), problem, tiny.RunReport(run, *twice))


# Storing


def test_a_file_that_is_only_half_there_is_written_again(tiny, problem, run):
    learn(tiny, problem, run, BEST)
    path = run / "teachers" / BEST.fingerprint / "train.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    learn(tiny, problem, run, BEST, 6)

    assert path.read_bytes() == whole


def _write_slowly(path):
    def say(parts):
        path.with_name("began").touch()
        time.sleep(60)

    Room(path, (4, 1)).fill(say, {"x": np.zeros((4, 1))})


def test_a_process_that_is_killed_while_storing_leaves_no_half_and_no_lock(tmp_path):
    path = tmp_path / "train.npy"
    process = multiprocessing.get_context("fork").Process(target=_write_slowly, args=(path,))
    process.start()
    while not (tmp_path / "began").exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    room = Room(path, (4, 1))
    assert room.read() is None

    found = room.fill(lambda parts: parts["x"] + 1, {"x": np.zeros((4, 1))})

    np.testing.assert_array_equal(found, np.ones((4, 1)))


def test_of_two_that_need_it_at_once_one_works_it_out(tmp_path):
    calls = []

    def say(parts):
        calls.append(1)
        time.sleep(0.05)
        return parts["x"] + 1

    def fill(_):
        return Room(tmp_path / "train.npy", (4, 1)).fill(say, {"x": np.zeros((4, 1))})

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(fill, range(4)))

    assert len(calls) == 1
    assert all((each == 1).all() for each in found)


def test_many_rows_are_worked_out_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(teaching, "ROWS", 4)
    lengths = []

    def say(parts):
        lengths.append(len(parts["x"]))
        return 2 * parts["x"]

    found = Room(tmp_path / "train.npy", (10, 1)).fill(say, {"x": np.arange(10.0)[:, None]})

    assert lengths == [4, 4, 2]
    np.testing.assert_array_equal(found[:, 0], 2 * np.arange(10))


def test_predictions_that_are_not_finite_fail_the_trial(tmp_path):
    with pytest.raises(TrialFailure, match="not finite"):
        Room(tmp_path / "train.npy", (4, 1)).fill(
            lambda parts: parts["x"] + np.nan, {"x": np.zeros((4, 1))}
        )
    assert not (tmp_path / "train.npy").exists()


# Models that were made elsewhere


def outside(path, outputs=3, activation="softmax", inputs=4, named=False):
    x = keras.Input((inputs,), name="features")
    y = keras.layers.Dense(outputs, activation=activation)(x)
    keras.Model({"features": x} if named else x, y).save(path)
    return path


def by_model(path, **more):
    return Teacher(model=path, digest="of the file", **more)


@pytest.mark.parametrize("named", [False, True], ids=["one tensor", "by name"])
def test_an_outside_model_teaches_by_its_probabilities(tiny, problem, run, named):
    path = outside(run / "teacher.keras", named=named)

    learn(tiny, problem, run, by_model(path))

    parts = Prepared.open(Path(problem.folder), problem.task).split(TRAIN).parts
    x = np.asarray(parts["features"])
    expected = keras.saving.load_model(path).predict({"features": x} if named else x, verbose=0)
    found = predictions_of(problem.task, stored(run, by_model(path)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_an_outside_model_may_give_logits_and_must_say_so(tiny, problem, run):
    path = outside(run / "teacher.keras", activation=None)

    learn(tiny, problem, run, by_model(path, gives_logits=True))
    with pytest.raises(DataError, match="gives no probabilities.*`gives_logits: true`"):
        learn(tiny, problem, run, by_model(path))


def test_an_outside_model_of_a_regression_speaks_in_the_unit_of_the_target(tiny, tmp_path):
    problem = prepared(tiny, tmp_path / "problem", "regression")
    path = outside(tmp_path / "teacher.keras", outputs=1, activation=None)
    model = keras.saving.load_model(path)

    learn(tiny, problem, tmp_path, by_model(path))

    whole = Prepared.open(tmp_path / "problem", problem.task)
    x = np.asarray(whole.split(TRAIN).parts["features"])
    expected = (model.predict(x, verbose=0) - whole.encoding.mean) / whole.encoding.scale
    np.testing.assert_allclose(stored(tmp_path, by_model(path)), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"outputs": 5}, r"outputs of the shape \(None, 5\); this problem has 3 \(one for each "),
        ({"inputs": 7}, r"reads features \[7\]; the networks of this search read features \[4\]"),
    ],
    ids=["other classes", "other features"],
)
def test_a_teacher_of_another_problem_is_told(tiny, problem, run, fields, what):
    with pytest.raises(DataError, match=what):
        learn(tiny, problem, run, by_model(outside(run / "teacher.keras", **fields)))


def test_a_file_that_is_no_model_is_told(tiny, problem, run):
    path = run / "teacher.keras"
    path.write_bytes(b"nothing of the kind")

    with pytest.raises(DataError, match="damaged"):
        learn(tiny, problem, run, by_model(path))


# Models that Archivolt delivered


def delivered(tiny, problem, run, number=1, units=16):
    """Deliver a trial of the run as `archivolt search` does."""
    target = run / "delivered"
    scored = evolve(trial(tiny, number, units), score=0.5, metrics={"accuracy": 0.5})
    KerasEvaluator().deliver(scored, problem, run / f"{number:05d}", target)
    return target


@pytest.mark.parametrize("file", ["", "best.keras"], ids=["its folder", "its file"])
def test_of_a_delivered_model_the_network_teaches_by_its_logits(tiny, problem, run, file):
    teacher = by_model(delivered(tiny, problem, run) / file)

    learn(tiny, problem, run, teacher)

    np.testing.assert_allclose(stored(run, teacher), said(tiny, problem, run, 1, 16), rtol=1e-5)


def test_a_delivered_ensemble_teaches_as_its_members_do(tiny, problem, run):
    trials = [
        evolve(trial(tiny, number, units), score=0.5, parameters=9)
        for number, units in ((0, 8), (1, 16))
    ]
    combined = Combined(0, 2, BOTH.ensemble, metrics={"accuracy": 0.5})
    KerasEvaluator().deliver_ensemble(
        combined, trials, problem, lambda number: run / f"{number:05d}", run / "ensemble"
    )
    teacher = by_model(run / "ensemble")

    learn(tiny, problem, run, teacher)
    learn(tiny, problem, run, BOTH, number=6)

    one, other = (predictions_of(problem.task, stored(run, each)) for each in (teacher, BOTH))
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_a_model_that_was_delivered_on_other_rows_is_told(tiny, problem, run, tmp_path):
    target = delivered(tiny, evolve(problem, digest="of others"), run)

    with pytest.raises(DataError, match="delivered by a run on other rows"):
        learn(tiny, problem, run, by_model(target))


def test_a_delivered_model_teaches_on_all_rows_too(tiny, problem, run):
    target = delivered(tiny, problem, run)
    details = {**problem.details, DIVIDED: problem.digest}
    on_all = evolve(problem, digest="of all rows", details=details)
    prepared = Prepared.open(Path(problem.folder), problem.task)

    say = outside_model(target, False, on_all, prepared.encoding)

    parts = prepared.split(TRAIN).parts
    np.testing.assert_allclose(say(parts), said(tiny, problem, run, 1, 16), rtol=1e-5)


def test_a_delivered_model_of_another_task_is_told(tiny, problem, run):
    target = delivered(tiny, problem, run)
    about = json.loads((target / "model.json").read_text())
    about["classes"] = ["class 0", "class 2", "class 1"]
    (target / "model.json").write_text(json.dumps(about))

    told = "another task: multiclass of class 0, class 2, class 1, not multiclass of class 0, "
    with pytest.raises(DataError, match=told):
        learn(tiny, problem, run, by_model(target))


def test_a_delivered_model_without_what_is_known_of_it_is_told(tiny, problem, run):
    target = delivered(tiny, problem, run)
    (target / "model.json").unlink()

    with pytest.raises(DataError, match=r"its model\.json is not beside it"):
        learn(tiny, problem, run, by_model(target / "best.keras"))
    with pytest.raises(DataError, match=r"there is no model\.json"):
        learn(tiny, problem, run, by_model(target))


# Rows without a label


@pytest.fixture(scope="module")
def partly(tiny, tmp_path_factory):
    """The problem with further rows that have no label."""
    return prepared(tiny, tmp_path_factory.mktemp("partly"), unlabelled=300)


@pytest.fixture
def taught_partly(tiny, partly, tmp_path):
    """The folder of a run on it with a trial that may teach."""
    KerasEvaluator().evaluate(trial(tiny, 1, 16), partly, tiny.RunReport(tmp_path / "run"))
    return tmp_path / "run"


def test_what_a_teacher_says_of_rows_without_a_label_is_stored_beside(tiny, partly, taught_partly):
    learn(tiny, partly, taught_partly, BEST)

    from archivolt_keras.deliver import trained_network

    bare = Prepared.open(Path(partly.folder), partly.task).unlabelled()
    network = trained_network(trial(tiny, 1, 16), partly, taught_partly / "00001")
    assert partly.rows[UNLABELLED] == bare.rows == 300
    np.testing.assert_allclose(
        stored(taught_partly, BEST, "unlabelled.npy"), predict(network.model, bare.parts), rtol=1e-5
    )
    told = json.loads((taught_partly / "00005" / "transfer.json").read_text())
    assert told["learns"][0]["unlabelled"] == 300


def test_a_trial_learns_from_rows_without_a_label_where_a_teacher_teaches(
    tiny, problem, partly, run, taught_partly, tmp_path
):
    alone = KerasEvaluator().evaluate(trial(tiny, 5), partly, tiny.RunReport(tmp_path / "alone"))
    without = KerasEvaluator().evaluate(trial(tiny, 5), problem, tiny.RunReport(tmp_path / "less"))

    # The teachers are the same network, since no teacher taught them.
    with_them = learn(tiny, partly, taught_partly, BEST)
    without_them = learn(tiny, problem, run, BEST)

    assert alone.metrics == without.metrics
    assert with_them.metrics["loss"] != without_them.metrics["loss"]


def test_rows_without_a_label_are_streamed_as_they_are_held(tiny, partly, taught_partly):
    resident = learn(tiny, partly, taught_partly, BEST)
    # Below the training rows and those without a label together, above the former alone.
    again = evolve(trial(tiny, 5), number=6)
    report = tiny.RunReport(taught_partly, (Taught(), Plan(teacher=BEST)))
    streamed = KerasEvaluator(streaming_above=5000).evaluate(again, partly, report)

    assert streamed.metrics["loss"] == pytest.approx(resident.metrics["loss"], rel=1e-4)


def test_a_replay_on_rows_without_a_label_is_the_same(tiny, partly, taught_partly):
    first = learn(tiny, partly, taught_partly, BEST)
    shutil.rmtree(taught_partly / "00001")
    again = tiny.RunReport(
        taught_partly.parent / "replay", (Taught(), Plan(teacher=BEST)), recorded=taught_partly
    )

    assert KerasEvaluator().evaluate(trial(tiny, 5), partly, again).metrics == first.metrics


def test_a_trial_beside_a_prior_learns_of_them_from_the_sum(tiny, partly, taught_partly):
    prior = Prior(trial=1, epochs=3, rule=SUM)
    beside = evolve(trial(tiny, 5), memo={"prior": asdict(prior)})
    report = tiny.RunReport(taught_partly, (Taught(), Plan(teacher=BEST)))

    found = KerasEvaluator().evaluate(beside, partly, report)

    assert np.isfinite(found.score)
    assert len(list((taught_partly / "teachers").rglob("unlabelled.npy"))) == 1


def test_on_all_rows_a_trial_learns_of_them_too(tiny, partly, taught_partly, tmp_path):
    learn(tiny, partly, taught_partly, BEST)
    (tmp_path / "all").mkdir()

    whole = KerasEvaluator().pose_on_all_rows(partly, tmp_path / "all")

    assert whole.rows[UNLABELLED] == 300
    bare = Prepared.open(Path(whole.folder), whole.task).unlabelled()
    assert bare.rows == 300
    assert learn(tiny, whole, taught_partly, BEST).epochs == 3
