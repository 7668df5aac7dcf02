from __future__ import annotations

import numpy as np
import pytest

from archivolt.config.loading import load_config
from archivolt.config.setting import Setting
from archivolt.errors import ConfigError
from archivolt.values.domain import Choices


def set_(registry, *overrides, **document):
    return load_config(document, registry, overrides=overrides)


def test_a_value_reaches_a_field_of_a_component(registry, pack):
    assert set_(registry, "searcher.beam=3").searcher == pack.Climb(beam=3)


def test_a_word_becomes_a_mapping_when_a_field_of_it_is_set(registry):
    config = set_(registry, "executor.workers=2", "space.blocks[0].units=[16, 32]",
                  space={"blocks": ["wide", "stacked"]})  # fmt: skip
    assert config.executor.workers == 2
    assert config.space.blocks[0].narrowed == {"units": Choices((16, 32))}


def test_a_word_replaces_a_component(registry, pack):
    assert set_(registry, "searcher=wander").searcher == pack.Wander()


def test_later_values_win(registry):
    assert set_(registry, "seed=1", "seed=2", seed=3).seed == 2


def test_a_value_is_yaml(registry):
    config = set_(registry, "problem.split={validation: 1e-1, report: 0}", "budget.minutes=")
    assert (config.problem.split.validation, config.problem.split.report) == (0.1, 0.0)
    assert config.budget.minutes is None


def test_a_list_replaces_a_list(registry):
    config = set_(registry, "space.blocks=[stacked]", space={"blocks": ["wide", "wide"]})
    assert [choice.block.name for choice in config.space.blocks] == ["stacked"]


def test_a_mutator_may_be_set_by_its_weight_or_by_a_field(registry, pack):
    mutators = set_(registry, "mutators.grow=0", "mutators.shift.at=start").mutators
    assert mutators == ((pack.Grow(), 0.0), (pack.Shift(at="start"), 2.0))


def test_data_and_preset_may_be_set(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = set_(registry, "data=train.csv", "data.target=income", "preset=small")
    assert (config.data.path, config.data.target) == (tmp_path / "train.csv", "income")
    assert config.space.depth == (1, 2)


def test_class_weights_are_no_component(registry):
    config = set_(registry, "problem.class_weights={no: 1, yes: 5}",
                  problem={"class_weights": "balanced"})  # fmt: skip
    assert config.problem.class_weights == {"no": 1.0, "yes": 5.0}


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("searcher.beam=0", "--set searcher.beam=0: must be at least 1, not 0."),
        ("searcher.beem=3", "--set searcher.beem=3: searcher 'climb' has no field 'beem'"),
        ("searcher={name: climb, beam: x}", "climb, beam: x}, searcher.beam: expected a whole"),
        ("searcher.beam", "--set searcher.beam: expected key=value."),
        ("space.blocks[3]=wide", "--set space.blocks[3]=wide: space.blocks has 1 entries"),
        ("space.depth.x=1", "--set space.depth.x=1: space.depth is a list, and has no key 'x'."),
        ("seed.x=1", "--set seed.x=1: seed is the number 0, and has no key 'x'."),
        ("seed=[1", "--set seed=[1: this is no YAML"),
        ("[0]=1", "a key path begins with a section."),
        (Setting("budget.trials", 0, "--trials 0"), "--trials 0: must be at least 1, not 0."),
        (Setting("budget.trials", 0), "budget.trials: must be at least 1, not 0."),
        ("a..b=1", "'a..b' is no key path."),
    ],
)
def test_a_wrong_value_is_told_with_what_was_typed(registry, override, told):
    document = {"seed": 0, "space": {"blocks": ["wide"], "depth": [1, 2]}}
    with pytest.raises(ConfigError) as error:
        set_(registry, override, **document)
    assert told in str(error.value)


def test_a_word_alone_is_the_schedule_of_the_phases_and_leaves_the_rest(registry):
    config = set_(registry, "phases=intermixed", phases={"pool": 7})
    assert (config.phases.schedule, config.phases.pool) == ("intermixed", 7)
    assert set_(registry, "phases.every=3", phases="residual").phases.schedule == "residual"


def test_a_schedule_that_there_is_not_is_told_with_the_nearest(registry):
    with pytest.raises(ConfigError, match=r"phases.*'intermixed'"):
        set_(registry, "phases=intermixt")


@pytest.mark.parametrize("name", ["tests/core", "\U0001f600 mood", "one\ntwo: 3", "'\"#"])
def test_a_value_of_python_is_taken_as_it_is(registry, name):
    config = set_(registry, Setting("problem.split.group", name), Setting("seed", np.int64(3)))

    assert config.problem.split.group == name
    assert config.seed == 3
