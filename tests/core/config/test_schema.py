from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from archivolt.config.loading import load_config
from archivolt.config.schema import json_schema
from archivolt.config.writing import to_document


@pytest.fixture
def validator(registry):
    schema = json_schema(registry)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": "train.csv"},
        {"data": {"path": "train.csv", "target": "income"}},
        {"searcher": {"beam": 3}, "executor": {"name": "acme:pool", "time_limit": "10m"}},
        {"space": {"blocks": ["wide", {"name": "wide", "units": [16, 32], "weight": 2}]}},
        {"space": {"recipe": {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}}},
        {"space": {"recipe": {"augmentation": [[], ["mirror"]]}, "limits": {"bytes": "2MB"}}},
        {"mutators": {"grow": 1, "shift": {"weight": 2, "at": "end"}}},
        {"mutators": ["grow", {"name": "shift", "weight": 3}]},
        {"problem": {"class_weights": {"a": 1.5}, "split": {"validation": 0.1}}},
        {"phases": "intermixed"},
        {"phases": {"schedule": "adaptive", "every": 4}},
        {"default": True, "for": ["sheet"], "preset": "small"},
    ],
)
def test_what_loads_is_valid(validator, registry, document):
    load_config(document, registry)
    validator.validate(document)


@pytest.mark.parametrize(
    "document",
    [
        {"saed": 1},
        {"seed": "zero"},
        {"searcher": "clim"},
        {"searcher": {"name": "climb", "beem": 1}},
        {"space": {"blocks": [{"name": "wide", "units": 128}]}},
        {"space": {"blocks": [{"name": "wide", "activation": "tanh"}]}},
        {"space": {"recipe": {"optimizer": ["sdg"]}}},
        {"mutators": {"gro": 1}},
        {"budget": 20},
        {"phases": "sometimes"},
    ],
)
def test_what_does_not_load_is_invalid(validator, document):
    assert not validator.is_valid(document)


def test_a_document_with_every_default_is_valid(validator, registry):
    document = to_document(load_config({"data": "a.csv"}, registry), registry)
    validator.validate(document)


def test_components_and_fields_bring_their_descriptions(registry):
    schema = json_schema(registry)
    options = schema["$defs"]["searcher"]["anyOf"]
    (climb,) = (each for each in options if "beam" in each.get("properties", ()))
    assert climb["description"] == "A searcher with fields."
    assert climb["properties"]["beam"] == {
        "type": "integer",
        "description": "Parents",
        "default": 5,
    }
    limits = schema["properties"]["space"]["properties"]["limits"]
    assert "Stored weights" in limits["properties"]["bytes"]["description"]
