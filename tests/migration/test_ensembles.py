from __future__ import annotations

import pytest

HEAD = 'problem_type: DNN blocks_to_use: "FULLY_CONNECTED"\n'
INTERMIXED = """ensemble_spec {
  ensemble_search_type: INTERMIXED_NONADAPTIVE_ENSEMBLE_SEARCH
  intermixed_search { width: 4 try_ensembling_every: 6 num_trials_to_consider: 15 }
}"""
AFTER_POOL = """ensemble_spec {
  combining_type: WEIGHTED_ENSEMBLE
  ensemble_search_type: NONADAPTIVE_ENSEMBLE_SEARCH
  nonadaptive_search { minimal_pool_size: 60 }
}"""


@pytest.fixture
def ensembling(installed):
    kinds = {(each.kind, each.component.name) for each in installed.registrations}
    if ("ensembler", "average") not in kinds:
        pytest.skip("archivolt-ensembling is not installed")


def test_ensembles_without_their_pack_are_told(import_text, bare):
    imported = import_text(HEAD + INTERMIXED, bare)

    (remark,) = [each for each in imported.remarks if each.subject.startswith("ensemble_spec")]
    assert remark.line == 3
    assert "'average' of archivolt-ensembling, which is not installed" in remark.what
    assert remark.instead == "the best trial alone"
    assert "ensembler" not in imported.document


@pytest.mark.usefixtures("ensembling")
def test_intermixed_ensembles_have_their_numbers(import_text):
    document = import_text(HEAD + INTERMIXED).document

    phases = {"schedule": "intermixed", "pool": 6, "every": 6, "candidates": 15}
    assert document["phases"] == phases
    assert document["ensembler"] == {"name": "average", "members": 4}


@pytest.mark.usefixtures("ensembling")
def test_ensembles_after_a_pool_have_their_numbers(import_text):
    document = import_text(HEAD + AFTER_POOL).document

    assert document["phases"] == {"schedule": "after_pool", "pool": 60, "candidates": 10}
    assert document["ensembler"] == {"name": "weighted", "members": 3}


@pytest.mark.parametrize("kind", ["ADAPTIVE", "RESIDUAL"])
def test_towers_beside_a_frozen_one_have_their_schedule_and_no_ensembler(import_text, kind):
    imported = import_text(
        HEAD + f"ensemble_spec {{ ensemble_search_type: {kind}_ENSEMBLE_SEARCH\n"
        "  adaptive_search { increase_width_every: 7 }\n  combining_type: WEIGHTED_ENSEMBLE }"
    )

    phases = {"schedule": kind.lower(), "pool": 7, "every": 7}
    assert imported.document["phases"] == phases
    assert "ensembler" not in imported.document
    told = {each.subject: each.what for each in imported.remarks}
    assert "have weights there" in told["ensemble_spec.combining_type"]


def test_a_specification_of_no_type_is_told(import_text):
    imported = import_text(HEAD + "ensemble_spec { combining_type: AVERAGE_ENSEMBLE }")

    told = {each.subject: each.what for each in imported.remarks}
    assert "names no type of search" in told["ensemble_spec"]
    assert "ensemble_spec.combining_type" in told


def test_dead_fields_are_told_even_where_they_say_what_is_so(import_text):
    imported = import_text(HEAD + "ensemble_spec { freeze_previous: true no_train_speedup: 100 }")

    subjects = {each.subject for each in imported.remarks}
    assert "ensemble_spec.freeze_previous" in subjects
    assert "ensemble_spec.no_train_speedup" not in subjects
