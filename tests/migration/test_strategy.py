from __future__ import annotations

import pytest
from attrs import frozen

from archivolt.components.strategies import Searcher
from archivolt.hookspecs import hookimpl
from archivolt.plugins.registry import load_plugins


@frozen
class Harmonica(Searcher):
    """Stands for a searcher of another pack."""

    name = "harmonica"


class HarmonicaPack:
    @hookimpl
    def archivolt_searchers(self):
        return [Harmonica]


def spec(text):
    return f'problem_type: DNN blocks_to_use: "FULLY_CONNECTED"\n{text}'


def test_coordinate_descent_is_greedy_with_its_numbers(import_text):
    document = import_text(
        spec(
            "search_type: ADAPTIVE_COORDINATE_DESCENT beam_size: 7 maximum_depth: 4 "
            "increase_complexity_probability: 0.25"
        )
    ).document

    assert document["searcher"] == {
        "name": "greedy",
        "beam": 7,
        "growth_probability": 0.25,
        "starts": 1,
        "trials_a_level": 0,
        "depth_schedule": [0, 5, 10, 15],
    }
    assert document["mutators"] == ["insert", "replace", "change_recipe"]


def allowed(schedule, scored):
    """The depth after so many trials, as Model Search counts it."""
    return next((at for at, least in enumerate(schedule) if least > scored), None)


def test_the_depth_grows_as_the_thresholds_of_the_file_say(import_text):
    searcher = import_text(
        spec(
            "search_type: ADAPTIVE_COORDINATE_DESCENT maximum_depth: 5 "
            "increase_complexity_minimum_trials: [2, 8, 20]"
        )
    ).document["searcher"]

    schedule = searcher["depth_schedule"]
    assert [allowed(schedule, scored) for scored in (0, 2, 7, 8, 19)] == [0, 1, 1, 2, 2]
    assert allowed(schedule, 20) is None  # past the last: the largest depth at once
    assert len(schedule) == 5


def test_a_replicated_cell_is_only_mutated(import_text):
    document = import_text(
        "problem_type: CNN search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT "
        'replicate_cell: true blocks_to_use: "CONVOLUTION_3X3"'
    ).document

    assert document["searcher"]["growth_probability"] == 0.0
    assert document["mutators"] == ["replace", "change_recipe"]


def test_a_block_with_searched_values_has_its_mutator(import_text):
    document = import_text(
        "problem_type: RNN_LAST_ACTIVATIONS search_type: ADAPTIVE_COORDINATE_DESCENT "
        'blocks_to_use: "TUNABLE_SVDF"'
    ).document

    assert document["mutators"] == ["insert", "replace", "change_recipe", "change_parameter"]


def test_random_search_is_random(import_text):
    document = import_text(spec("search_type: NONADAPTIVE_RANDOM_SEARCH")).document

    assert document["searcher"] == {"name": "random"}


def test_a_search_without_a_name_is_told(import_text):
    imported = import_text(spec("beam_size: 2"))

    assert imported.document["searcher"]["name"] == "greedy"
    assert any("no search is named" in each.what for each in imported.remarks)


def test_a_searcher_of_another_pack_is_used_where_it_is_installed(import_text):
    text = spec("search_type: HARMONICA_SEARCH")
    names = ("archivolt-core", "archivolt-blocks", "archivolt-keras")
    others = load_plugins(allow=(*names, "archivolt-searchers"), warn=False)
    known = "harmonica" in others.names("searcher")

    with_it = others if known else load_plugins(
        allow=(*names, "archivolt-searchers"), extra=[("acme", HarmonicaPack())], warn=False
    )  # fmt: skip

    assert import_text(text, with_it).document["searcher"]["name"] == "harmonica"


@pytest.mark.parametrize("kind", ["HARMONICA_SEARCH", "LINEAR_MODEL"])
def test_a_searcher_that_is_not_installed_is_told_with_what_is_used(import_text, bare, kind):
    imported = import_text(spec(f"beam_size: 3\nsearch_type: {kind}"), bare)

    name = {"HARMONICA_SEARCH": "harmonica", "LINEAR_MODEL": "linear"}[kind]
    if name in bare.names("searcher"):
        assert imported.document["searcher"]["name"] == name
        return
    assert imported.document["searcher"]["name"] == "greedy"
    (remark,) = [each for each in imported.remarks if each.subject == f"search_type {kind}"]
    assert (remark.line, remark.instead) == (3, "greedy")
    assert f"{name!r} of archivolt-searchers, which is not installed" in remark.what


def test_probabilities_of_the_genetic_search_are_told_as_dead(import_text):
    imported = import_text(
        spec("search_type: ADAPTIVE_COORDINATE_DESCENT\nmutate_probability: 0.5")
    )

    (remark,) = [each for each in imported.remarks if each.subject == "mutate_probability"]
    assert (remark.line, remark.instead) == (3, "nothing")
    assert "nothing in the released Model Search reads it" in remark.what


def test_a_linear_search_has_the_numbers_of_its_specification(import_text, installed):
    if "linear" not in installed.names("searcher"):
        pytest.skip("no searcher is called linear")
    searcher = import_text(
        spec(
            "search_type: LINEAR_MODEL increase_complexity_probability: 0.5 linear_model { "
            "network_alignment: NET_ALIGN_BASE ridge_penalty: 0.5 remove_outliers: false "
            "trials_before_fit: 20 }"
        )
    ).document["searcher"]

    assert searcher == {
        "name": "linear",
        "alignment": "base",
        "ridge_penalty": 0.5,
        "remove_outliers": False,
        "trials_before_fit": 20,
        "growth_probability": 0.5,
    }


def test_the_genetic_search_crosses_as_often_as_it_says(import_text, installed):
    if "evolution" not in installed.names("searcher"):
        pytest.skip("no searcher is called evolution")
    searcher = import_text(
        spec("search_type: ADAPTIVE_COORDINATE_DESCENT_GENETIC crossover_probability: 0.25")
    ).document["searcher"]

    assert searcher == {"name": "evolution", "crossover": 0.25}


def test_training_in_proportion_to_the_depth_is_told_or_written(import_text, installed):
    imported = import_text(spec("maximum_depth: 12\nuse_parameter_scaled_training: true"))

    if "depth_scaled" in installed.names("scheduler"):
        assert imported.document["scheduler"] == {"name": "depth_scaled", "full_depth": 12}
        return
    (remark,) = [each for each in imported.remarks if each.subject.startswith("use_parameter")]
    assert (remark.line, remark.instead) == (3, "every trial has all epochs")
    assert imported.document["scheduler"]["name"] == "full"
