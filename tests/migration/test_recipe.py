from __future__ import annotations

import pytest
from attrs import fields_dict

from archivolt.values.recipe import Recipe


@pytest.fixture
def recipe_of(import_text):
    def recipe(text):
        return import_text(f'blocks_to_use: "IDENTITY" {text}').document["space"]["recipe"]

    return recipe


def test_every_field_is_written_so_that_no_preset_adds_to_it(recipe_of):
    decaying = recipe_of("learning_spec { apply_exponential_decay: true }")

    assert decaying.keys() == fields_dict(Recipe).keys()
    assert fields_dict(Recipe).keys() - recipe_of("") == {"decay_rate", "decay_times"}


def test_what_its_oracle_draws_in_every_trial_is_searched(recipe_of):
    recipe = recipe_of("")

    assert recipe["optimizer"] == ["momentum", "sgd", "adagrad", "adam", "rmsprop"]
    assert recipe["learning_rate"] == {"low": 1e-6, "high": 1e-2, "log": True}
    assert recipe["schedule"] == "constant"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "learning_spec { apply_exponential_decay: true }",
            {
                "schedule": "exponential",
                "decay_rate": {"low": 0.75, "high": 0.95},
                "decay_times": {"low": 1, "high": 5},
            },
        ),
        (
            "learning_spec { apply_exponential_decay: true min_decay_times: 2 max_decay_times: 2 "
            "min_learning_rate_decay_rate: 0.5 }",
            {"decay_rate": {"low": 0.5, "high": 0.95}, "decay_times": 2},
        ),
        ("learning_spec { apply_gradient_clipping: true }", {"clip_norm": [2.0, 3.0, 4.0, 5.0]}),
        (
            "learning_spec { apply_gradient_clipping: true max_gradient_norm_when_clipping: 2 }",
            {"clip_norm": 2.0},
        ),
        ("learning_spec { apply_l2_regularization: true }", {"l2": {"low": 0.0, "high": 0.05}}),
        (
            "apply_dropouts_between_blocks: true",
            {"dropout": [0.0, 0.1, 0.1556, 0.2111, 0.2667, 0.3222, 0.3778, 0.4333, 0.4889, 0.5444,
                         0.6]},
        ),
        (
            "apply_dropouts_between_blocks: true "
            "learning_spec { min_dropout: 0.2 max_dropout: 0.2 }",
            {"dropout": [0.0, 0.2]},
        ),
        ("", {"clip_norm": 0.0, "l2": 0.0, "dropout": 0.0, "warmup_epochs": 0.0}),
    ],
)  # fmt: skip
def test_what_is_switched_on_is_searched_between_its_ends(recipe_of, text, expected):
    recipe = recipe_of(text)

    assert {key: recipe[key] for key in expected} == expected


def test_warm_up_steps_are_told(import_text):
    imported = import_text("learning_spec {\n  lr_warmup_steps: 500\n}")

    (remark,) = [each for each in imported.remarks if "lr_warmup_steps" in each.subject]
    assert remark.line == 2
    assert "warmup_epochs` to 500 * 100 / (training rows)" in remark.instead


def test_a_value_beyond_what_a_recipe_takes_is_told_and_left_to_its_default(import_text):
    imported = import_text(
        'blocks_to_use: "IDENTITY"\n'
        "learning_spec { apply_exponential_decay: true max_decay_times: 90 }"
    )

    assert "decay_times" not in imported.document["space"]["recipe"]
    assert any("90 is not" in each.what for each in imported.remarks)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("auxiliary_head_loss_weight: 0.4", 0.0),
        ("use_auxiliary_head: true auxiliary_head_loss_weight: 0.4", 0.6667),
        ("use_auxiliary_head: true auxiliary_head_loss_weight: 0.9", 1.0),
    ],
)
def test_the_share_of_an_auxiliary_head_becomes_its_weight(recipe_of, text, weight):
    assert recipe_of(text)["auxiliary"] == weight
