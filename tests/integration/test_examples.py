"""The examples on Adult, as shipped, with a budget of seconds."""

from __future__ import annotations

import json

import pytest

import archivolt as library

TINY = (
    "--trials", "6",
    "--set", "budget.minutes=null",
    "--set", "executor=inline",
    "--set", "space.recipe.epochs=2",
    "--set", "space.recipe.batch_size=256",
    "--set", "space.blocks=[{name: dense, units: [16, 32, 48]}]",
    "--set", "space.depth=[1, 2]",
)  # fmt: skip


@pytest.fixture
def run_example(archivolt, examples, tmp_path):
    """Run an example with a tiny budget; returns the run and the last event."""

    def run(name, *options):
        folder = tmp_path / "run"
        ended = archivolt(
            "search", examples / f"{name}.yaml", "--run", folder, "--json", *TINY, *options
        )
        assert ended.status == 0, ended
        return library.open(folder), [json.loads(line) for line in ended.lines]

    return run


def test_ensembles_are_made_on_the_way_and_delivered(run_example):
    run, events = run_example("ensembles", "--set", "phases={schedule: intermixed, pool: 3}")

    made = [event for event in events if event["event"] == "ensemble"]
    assert [each["trials"] for each in made] == [3]
    assert len(run.ensembles()) == 2
    assert events[-1]["ensemble"]["report"]["accuracy"] > 0.7


@pytest.mark.parametrize("schedule", ["residual", "adaptive"])
def test_networks_are_trained_beside_the_best_and_delivered_with_it(run_example, schedule):
    phases = f"phases={{schedule: {schedule}, pool: 2, every: 2}}"
    run, events = run_example("residual", "--set", phases)

    rows = {row["number"]: row for row in run.leaderboard()}
    assert [rows[number]["prior"] for number in (0, 1)] == [None, None]
    towers = [rows[number]["prior"]["towers"] for number in (2, 3, 4, 5)]
    assert towers[:2] == [1, 1]
    assert events[-1]["ensemble"] is None
    assert events[-1]["report"]["accuracy"] > 0.7
    recorded, again = run.replay(5)
    assert again.score == recorded.score


def test_finalists_are_trained_on_all_rows(run_example):
    run, events = run_example("all_rows")

    (begun,) = [each for each in events if each["event"] == "finalists_started"]
    made = events[-1]["finalists"]
    assert [each["number"] for each in made["trials"]] == begun["trials"]
    assert all(each["score"] is None for each in made["trials"])
    assert made["ensemble"]["members"] == [
        {**each, "adds": None} for each in events[-1]["ensemble"]["members"]
    ]
    assert made["ensemble"]["report"]["accuracy"] > 0.7
    assert run.report == made["ensemble"]["report"]


def test_children_begin_with_the_weights_of_their_parents(run_example):
    run, _ = run_example("weight_sharing", "--set", "searcher.population=2")

    children = [row for row in run.leaderboard() if row["parent"] is not None]
    assert children
    for row in children:
        assert row["transfer"][0]["sources"] == [row["parent"]]


def test_a_gaussian_process_proposes(run_example):
    run, events = run_example("gaussian_process", "--set", "searcher.starts=3")

    assert events[-1]["trials"] == 6
    assert len({row["fingerprint"] for row in run.leaderboard()}) == 6


def test_a_front_of_score_parameters_and_latency_is_found(run_example):
    run, events = run_example("objectives", "--set", "searcher.population=4")

    told = [each["text"] for each in events if each["event"] == "note"]
    front = run.pareto()
    assert f"{len(front)} trials are beaten by no other in score and parameters, latency: " in (
        " ".join(told)
    )
    for row in run.leaderboard():
        assert 0.0 < row["metrics"]["latency"] < 1000.0
    assert front == run.pareto("parameters", "latency")


def test_trials_tell_what_their_networks_are_in_eight_bits(run_example):
    pytest.importorskip("ai_edge_litert")

    run, _ = run_example("export")

    assert not any(each.warnings for each in run.history)
    for metrics in (each.metrics for each in run.history):
        assert 1000 < metrics["litert_int8_bytes"] < 1_000_000
        assert 0.0 < metrics["litert_int8_latency"] < 1000.0
        assert metrics["litert_int8_accuracy"] > 0.7
    assert run.leaderboard()[0]["within_limits"]


def test_most_trainings_are_cut_short(run_example):
    run, _ = run_example("halving", "--set", "space.recipe.epochs=8")

    assert min(row["epochs"] for row in run.leaderboard()) == 2
    assert all(row["schedule_epochs"] == 8 for row in run.leaderboard())


def test_what_is_suggested_is_trained_first(archivolt, examples, tmp_path):
    run = tmp_path / "run"
    ended = archivolt(
        "search", examples / "suggestions.yaml", "--run", run, "--json", "--trials", "2",
        "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "suggestions[0].recipe={epochs: 8}", "--set", "suggestions[1].recipe.epochs=8",
    )  # fmt: skip

    assert ended.status == 0, ended
    first, second = library.open(run).history
    assert [block.units for block in first.candidate.architecture[1:]] == [256]
    assert [block.units for block in second.candidate.architecture[1:]] == [128, 128]
    assert second.candidate.recipe.learning_rate == 2e-3
    assert first.candidate.architecture[0].connector
