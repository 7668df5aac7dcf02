from __future__ import annotations

import json

import pytest

from archivolt.config.loading import load_config
from archivolt.config.writing import differences, to_document, to_yaml

FULL = {
    "seed": 3,
    "data": {"source": "sheet", "path": "train.csv", "target": "on"},
    "problem": {"task": "binary", "class_weights": {"yes": 2, "no": 1}},
    "space": {
        "blocks": [
            "wide",
            {"name": "wide", "units": [16, 64], "taps": [[], [1]], "bias": False, "weight": 3},
            {"name": "stacked", "parts": [{"name": "wide", "rate": 0.25}]},
        ],
        "connectors": ["flat"],
        "cells": {"size": 2, "reduction": "stacked"},
        "recipe": {"learning_rate": {"low": 1e-5, "high": 1}, "augmentation": [[], ["mirror"]]},
        "limits": {"bytes": "2MB"},
    },
    "searcher": {"name": "climb", "start": "wide", "mode": "first"},
    "suggestions": [
        {"architecture": [{"name": "wide", "units": 16}, "stacked"]},
        {"architecture": ["wide"], "recipe": {"epochs": 3, "augmentation": ["mirror"]}},
    ],
    "mutators": ["grow"],
    "executor": {"name": "pool", "time_limit": "10m"},
    "budget": {"trials": 50},
}


@pytest.mark.parametrize("document", [FULL, {}, {"searcher": "wander", "preset": "small"}])
def test_what_is_shown_is_read_back_as_the_same(registry, write, document):
    config = load_config(document, registry)
    shown = write(to_yaml(to_document(config, registry)))
    again = load_config(shown, registry)
    assert again == config
    assert to_document(again, registry) == to_document(config, registry)


def test_a_document_is_plain_data_and_can_be_loaded(registry):
    config = load_config(FULL, registry)
    document = json.loads(json.dumps(to_document(config, registry)))
    assert load_config(document, registry) == config


def test_a_kept_document_does_not_depend_on_the_presets_of_today(registry, registry_with):
    document = to_document(load_config({"data": "a.csv"}, registry), registry)
    later = registry_with(base="default: true\nmutators: {shift: {weight: 9, at: x}}\nseed: 5")
    again = load_config({**document, "mutators": {"grow": 1.0}}, later, presets=False)
    changes = differences(document, to_document(again, later))
    assert changes == ["mutators.shift: {weight: 2.0, at: end} -> (not set)"]
    assert again.preset == "sheets"


def test_every_default_is_filled_in(registry):
    document = to_document(load_config({}, registry), registry)
    assert document["searcher"] == {"name": "climb", "beam": 7, "start": None, "mode": "best"}
    assert document["space"]["recipe"]["optimizer"] == "adam"
    assert document["problem"]["split"]["validation"] == 0.2


def test_differences_are_told_by_key(registry):
    old = to_document(load_config(FULL, registry), registry)
    changed = load_config(
        FULL,
        registry,
        overrides=["budget.trials=100", "space.blocks[1].units=[16]", "space.cells=", "preset="],
    )
    assert differences(old, to_document(changed, registry)) == [
        "space.blocks[1].units: [16, 64] -> [16]",
        "space.cells: {size: 2, reduction: {name: stacked, parts: [], weight: 1.0}, "
        "replicate: false, repeats: 3} -> null",
        "budget.trials: 50 -> 100",
    ]
    assert differences(old, old) == []
