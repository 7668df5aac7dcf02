from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.config.loading import load_config
from archivolt_migration.fields import BOOL, MESSAGES, ROOT, STRING, Enumeration
from archivolt_migration.importing import import_file

SPECS = sorted((Path(__file__).parent / "specs").glob("*.pbtxt"))
SHIPPED = {"dnn", "small_dnn", "cnn", "rnn_all", "rnn_last", "cifar_nasnet", "cnn_genetic"}


@pytest.fixture(scope="module")
def shipped(installed):
    return {path.stem: import_file(path, installed) for path in SPECS}


@pytest.fixture(scope="module")
def documents():
    """What came of a text, by the text."""
    return {}


def subjects(imported):
    return {each.subject for each in imported.remarks}


def test_all_that_shipped_with_model_search_are_here(shipped):
    assert shipped.keys() == SHIPPED


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_is_written_loads_as_it_was_meant(path, installed, tmp_path):
    imported = import_file(path, installed)
    written = tmp_path / "search.yaml"
    written.write_text(imported.to_yaml())

    assert load_config(written, installed) == load_config(imported.document, installed)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_loads_with_the_first_packs_alone_too(path, bare):
    imported = import_file(path, bare)

    load_config(imported.document, bare)
    assert "transfer" not in imported.document or imported.document["transfer"] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_block_that_is_named_is_there(path, installed):
    space = import_file(path, installed).document["space"]
    named = path.read_text().count('"') // 2
    others = {"rnn_all": 1, "cifar_nasnet": 1}  # strings that name no block of the space

    assert len(space["blocks"]) == named - others.get(path.stem, 0)


def test_vectors_are_searched_from_one_to_five_blocks(shipped):
    for name in ("dnn", "small_dnn"):
        assert shipped[name].document["space"]["depth"] == [1, 5]


def test_pictures_are_searched_as_greedily_as_there(shipped):
    document = shipped["cnn"].document

    assert document["space"]["depth"] == [2, 20]
    assert document["searcher"]["beam"] == 5
    assert document["searcher"]["growth_probability"] == 0.9


def test_sequences_are_searched_from_one_to_four_blocks(shipped):
    assert shipped["rnn_all"].document["space"]["depth"] == [1, 4]
    assert shipped["rnn_last"].document["space"]["depth"] == [1, 4]
    assert "problem_type" in subjects(shipped["rnn_all"])
    assert "lengths_feature_name" in subjects(shipped["rnn_all"])
    assert "problem_type" not in subjects(shipped["rnn_last"])


def test_the_cells_that_were_never_released_are_built_and_told(shipped):
    imported = shipped["cifar_nasnet"]

    blocks = [each["name"] for each in imported.document["space"]["blocks"]]
    assert blocks == ["convolution", "nasnet_normal"]
    assert imported.document["space"]["cells"]["reduction"]["name"] == "nasnet_reduction"
    told = {each.subject: each.what for each in imported.remarks}
    assert "never released" in told["block CIFAR_NASA"]
    assert "never released" in told["block CIFAR_NASA_REDUCTION"]
    assert {"use_auxiliary_head", "auxiliary_head_loss_weight"} <= told.keys()


def test_the_search_that_was_never_released_is_told_field_by_field(shipped):
    imported = shipped["cnn_genetic"]
    told = {each.subject: each for each in imported.remarks}

    genetic = told["search_type ADAPTIVE_COORDINATE_DESCENT_GENETIC"]
    assert genetic.line == 2
    dead = {
        "mutate_probability",
        "crossover_probability",
        "random_architecture_probability",
        "enable_fast_termination",
    }
    assert dead <= told.keys()
    assert all("nothing in the released Model Search reads it" in told[name].what for name in dead)
    assert imported.document["searcher"]["name"] in ("evolution", "greedy")


# Where the fields of each message stand.
PLACES = {
    ROOT: "{}",
    "LearningSpec": "learning_spec {{ {} }}",
    "EnsemblingSpec": "ensemble_spec {{ {} }}",
    "NonadaptiveSearchSpec": "ensemble_spec {{ nonadaptive_search {{ {} }} }}",
    "IntermixedSearchSpec": "ensemble_spec {{ intermixed_search {{ {} }} }}",
    "AdaptiveSearchSpec": "ensemble_spec {{ adaptive_search {{ {} }} }}",
    "DistillationSpec": "distillation_spec {{ {} }}",
    "AdaptivelyBalancingLossesSpec": "distillation_spec {{ balance_losses_spec {{ {} }} }}",
    "TransferLearningSpec": "transfer_learning_spec {{ {} }}",
    "LinearModelSpec": "linear_model {{ {} }}",
    "TowerSuggestion": "user_suggestions {{ {} }}",
    "ArchitectureReplay": "replay {{ {} }}",
    "TaskSpec": "multi_task_spec {{ {} }}",
    "HParamDef": "user_suggestions {{ hparams {{ {} }} }}",
    "HParam": "replay {{ towers {{ hparams {{ hparam {{ {} }} }} }} }}",
}
FIELDS = [
    (message, name)
    for message in PLACES
    for name, kind in MESSAGES[message].items()
    if kind.type not in PLACES  # an empty message says nothing
]
OWN = {  # where any value will not do
    "blocks_to_use": '"IDENTITY"',
    "reduction_block_type": '"MAX_POOLING_2X2"',
    "architecture": '"IDENTITY"',
    "min_learning_rate_decay_rate": "0.5",
    "max_decay_times": "7",
    "min_l2_regularization": "0.01",
    "search_type": "NONADAPTIVE_RANDOM_SEARCH",
}


def other_than_default(message, name):
    kind = MESSAGES[message][name]
    if name in OWN:
        return f"{name}: {OWN[name]}"
    if kind.type in MESSAGES:
        return f"{name} {{ }}"
    if isinstance(kind.type, Enumeration):
        return f"{name}: {[each for each in kind.type.values if each != kind.default][-1]}"
    if kind.type == BOOL:
        return f"{name}: {str(not kind.default).lower()}"
    if kind.type == STRING:
        return f'{name}: "another"'
    is_share = name.endswith(("probability", "dropout", "lambda", "l2_regularization", "weight"))
    return f"{name}: {0.5 if is_share else 3}"


@pytest.mark.parametrize(("message", "name"), FIELDS, ids=map("-".join, FIELDS))
def test_no_field_is_passed_over_in_silence(import_text, documents, message, name):
    text = 'search_type: LINEAR_MODEL\nproblem_type: CNN\nblocks_to_use: "CONVOLUTION_3X3"\n'
    if message == ROOT and name in ("search_type", "problem_type"):
        text = "\n".join(line for line in text.splitlines() if name not in line) + "\n"
    if text not in documents:
        documents[text] = import_text(text).document

    changed = import_text(text + PLACES[message].format(other_than_default(message, name)))

    line = text.count("\n") + 1
    told = [each for each in changed.remarks if each.line == line]
    assert told or changed.document != documents[text]


def test_the_account_stands_above_the_configuration(import_text):
    lines = import_text("ensemble_spec {\n  freeze_previous: false\n}").to_yaml().splitlines()

    assert lines[0] == "# From spec.pbtxt of Model Search, by `archivolt import-spec`."
    assert any(line.startswith("# - line 2, ensemble_spec.freeze_previous: ") for line in lines)


def test_remarks_come_in_the_order_of_the_file(import_text):
    imported = import_text(
        "temperature: 2\nis_input_shared: true\nlearning_spec { min_dropout: 0.2 }"
    )

    lines = [each.line for each in imported.remarks if each.line]
    assert lines == sorted(lines)
    assert {1, 2, 3} <= set(lines)
