"""Searches whose trials start from earlier ones, on a shipped extract."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

import archivolt as library
from archivolt.errors import ArchivoltError, ConfigError, SearchError
from archivolt.search.reopening import reopen
from archivolt.search.replay import replay

SETTINGS = (
    "executor=inline",
    "space.blocks=[{name: dense, units: [16, 32, 64], activation: relu, normalisation: none,"
    " dropout: 0.0, residual: none}]",
    "space.depth=[1, 3]",
    "space.recipe.epochs=1",
    "space.recipe.batch_size=32",
    "space.recipe.learning_rate={low: 0.002, high: 0.004}",
    "searcher={name: greedy, starts: 2, beam: 2, trials_a_level: 1}",
    "mutators=[widen, insert_identity, change_recipe]",
)
SHARING = "transfer=[weight_sharing]"


@pytest.fixture(scope="module")
def run(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sharing") / "run"
    data = tables / "letter.csv.gz"
    return library.search(data, "target", run=folder, trials=8, overrides=[*SETTINGS, SHARING])


@pytest.fixture
def copy(run, tmp_path):
    """The run in a folder of its own, to be spoilt."""
    shutil.copytree(run.path, tmp_path / "copy")
    return library.open(tmp_path / "copy")


def origins(run, number):
    return json.loads((run.path / "trials" / f"{number:05d}" / "transfer.json").read_text())


def weights(run, number, file="weights"):
    from safetensors.numpy import load_file

    return load_file(run.path / "trials" / f"{number:05d}" / f"{file}.safetensors")


def children(run):
    return [trial for trial in run.history if trial.parent is not None]


def test_children_take_from_their_parents(run):
    assert len(children(run)) == 6
    assert {trial.mutator for trial in children(run)} >= {"widen", "insert_identity"}
    for trial in run.history:
        assert trial.sources == (() if trial.parent is None else (trial.parent,))


def test_after_an_epoch_they_are_better_than_from_a_random_start(run):
    from archivolt.storage.run_folder import RunFolder

    scores, random_scores = [], []
    for trial in children(run):
        afresh = replay(
            evolve(trial, memo={}),
            RunFolder(run.path),
            run.problem,
            run.config,
            run._registry.specification(),
        )
        scores.append(trial.score)
        random_scores.append(afresh.score)

    assert np.mean(scores) > np.mean(random_scores) + 0.05
    assert sum(one > other for one, other in zip(scores, random_scores, strict=True)) >= 5


def test_each_tensor_tells_whose_it_is(run):
    for trial in children(run):
        told, parent = origins(run, trial.number), weights(run, trial.parent)
        assert set(told["tensors"]) | set(told["fresh"]) == set(weights(run, trial.number))
        start = weights(run, trial.number, "start")
        assert {f"model/{name}" for name in told["tensors"]} == set(start)
        for name, origin in told["tensors"].items():
            for whose, source in origin["from"]:
                assert whose == f"trial {trial.parent}"
                if origin["how"] == "copied":
                    np.testing.assert_array_equal(start[f"model/{name}"], parent[source])


def test_a_replay_begins_as_the_trial_began(run):
    for number in (0, 4, 7):
        recorded, again = run.replay(number)
        assert again.score == recorded.score
        assert again.metrics == recorded.metrics


def test_also_when_its_source_is_gone_or_was_trained_further(copy):
    last = children(copy)[-1]
    shutil.rmtree(copy.path / "trials" / f"{last.parent:05d}")

    recorded, again = copy.replay(last.number)

    assert again.score == recorded.score


def test_a_replay_that_cannot_begin_so_is_told(copy):
    last = children(copy)[-1]
    shutil.rmtree(copy.path / "trials" / f"{last.number:05d}")

    with pytest.raises(SearchError, match=f"what trial {last.number} began with is not there"):
        copy.replay(last.number)


def test_a_start_that_is_gone_is_told(copy):
    last = children(copy)[-1]
    (copy.path / "trials" / f"{last.number:05d}" / "start.safetensors").unlink()

    with pytest.raises(SearchError, match="began with is gone or damaged"):
        copy.replay(last.number)


def test_a_child_whose_parent_left_nothing_begins_afresh_and_tells_it(copy):
    for each in (copy.path / "trials").glob("*/weights.safetensors"):
        each.unlink()

    with pytest.raises(ArchivoltError, match="the weights of the trial are gone"):
        copy.resume(trials=1)  # the model to be delivered is gone, too

    trial = copy.history[8]
    assert trial.scored
    assert "nothing was taken from trial" in trial.warnings[0]
    assert origins(copy, 8)["tensors"] == {}


def test_the_leaderboard_tells_the_sources(run, archivolt):
    rows = json.loads(archivolt("leaderboard", run.path, "--json").out)

    for row in rows:
        (told,) = row["transfer"]
        assert told["strategy"] == "weight_sharing:weight_sharing"
        assert told["sources"] == ([] if row["parent"] is None else [row["parent"]])


def test_a_replay_tells_the_sources(run, archivolt):
    told = json.loads(archivolt("replay", run.path, 7, "--json").out)

    assert told["same"] is True
    assert told["transfer"][0]["sources"] == [run.history[7].parent]


def test_a_resumed_run_with_another_transfer_is_told_and_old_trials_replay_as_they_were(run):
    opened, notes = reopen(run.path, overrides=["transfer=[]"])

    assert any(note.startswith("The configuration changed: transfer") for note in notes)
    recorded, again = opened.replay(7)
    assert again.score == recorded.score


def test_another_run_goes_on_from_the_best_of_this_one(run, tables, tmp_path):
    sharing = f"transfer=[{{name: weight_sharing, run: {run.path}, optimizer: true}}]"
    following = library.search(
        tables / "letter.csv.gz",
        "target",
        run=tmp_path / "next",
        trials=2,
        overrides=[*SETTINGS, sharing],
    )

    best = json.loads((run.path / "best" / "model.json").read_text())["trial"]
    told = origins(following, 0)
    assert all(
        whose.startswith(f"trial {best} of ")
        for each in told["tensors"].values()
        for whose, _ in each["from"]
    )
    assert "head/logits/kernel" in {*told["tensors"], *told["fresh"]}
    assert following.history[0].warnings == ()  # the same rows train and judge
    # What the optimizer remembers was asked for: the next trial may take it.
    assert (following.path / "trials" / "00000" / "optimizer.safetensors").exists()


def test_a_run_with_another_split_is_told_since_its_rows_may_judge_here(run, tables, tmp_path):
    sharing = f"transfer=[{{name: weight_sharing, run: {run.path}}}]"
    following = library.search(
        tables / "letter.csv.gz",
        "target",
        run=tmp_path / "next",
        trials=1,
        overrides=[*SETTINGS, sharing, "seed=77"],
    )

    (told,) = following.history[0].warnings
    assert told.startswith(f"{run.path} was searched on other rows or with another split")


def test_what_the_optimizer_remembers_goes_along(tables, tmp_path):
    sharing = "transfer=[{name: weight_sharing, optimizer: true}]"
    searched = library.search(
        tables / "letter.csv.gz",
        "target",
        run=tmp_path / "run",
        trials=4,
        overrides=[*SETTINGS, "space.recipe.optimizer=adam", sharing],
    )

    child = children(searched)[-1]
    start = weights(searched, child.number, "start")
    parent = weights(searched, child.parent, "optimizer")
    assert start["optimizer/steps"] == parent["steps"] > 0
    told, remembered = origins(searched, child.number)["tensors"], 0
    for name, origin in told.items():
        if origin["how"] == "copied":
            ((_, source),) = origin["from"]
            slots = {key.partition("/")[0] for key in parent if key.endswith(f"/{source}")}
            for slot in slots:
                now = start[f"optimizer/{slot}/{name}"]
                np.testing.assert_array_equal(now, parent[f"{slot}/{source}"])
                remembered += bool(now.any())
    assert remembered
    recorded, again = searched.replay(child.number)
    assert again.score == recorded.score


def test_the_configuration_shows_and_describes_the_section(archivolt, tables, tmp_path):
    path = tmp_path / "search.yaml"
    path.write_text(f"data: {{source: table, path: {tables / 'letter.csv.gz'}, target: target}}\n")

    shown = archivolt("config", "show", path, "--set", SHARING)
    schema = json.loads(archivolt("config", "schema").out)

    assert "alignment: content" in shown.out
    assert schema["properties"]["transfer"]["items"]["$ref"] == "#/$defs/transfer"
    strategies = schema["$defs"]["transfer"]["anyOf"]
    assert any("weight_sharing" in each.get("enum", ()) for each in strategies)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("transfer=[weight_shearing]", "Did you mean 'weight_sharing'?"),
        ("transfer=weight_sharing", "expected a list, each the name of a transfer"),
        ("transfer=[{name: weight_sharing, alignment: suffix}]", "alignment"),
        ("transfer=[{name: weight_sharing, discont: 1}]", "Did you mean 'discount'?"),
    ],
)
def test_a_mistake_in_the_section_is_told(setting, told, tables, tmp_path):
    with pytest.raises(ArchivoltError) as error:
        library.search(
            tables / "letter.csv.gz", "target", run=tmp_path / "run", trials=1, overrides=[setting]
        )
    assert told in str(error.value)


def test_an_earlier_run_that_is_none_ends_the_search_at_once(tables, tmp_path):
    sharing = f"transfer=[{{name: weight_sharing, run: {tmp_path / 'nowhere'}}}]"

    with pytest.raises((ArchivoltError, ConfigError), match="no run with a delivered model"):
        library.search(
            tables / "letter.csv.gz",
            "target",
            run=Path(tmp_path / "run"),
            trials=1,
            overrides=[*SETTINGS, sharing],
        )
