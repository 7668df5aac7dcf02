from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.config.loading import load_config, plugin_files
from archivolt.errors import ArchivoltError, ConfigError, UnknownComponentError
from archivolt.values.domain import Choices, Range

MINIMAL = "data: {source: sheet, path: train.csv, target: income}\n"


def test_presets_lie_below_the_users_own_file(registry, pack, write):
    path = write(MINIMAL + "space: {depth: [2, 5]}\nsearcher: {beam: 3}\n")
    config = load_config(path, registry)
    assert config.searcher == pack.Climb(beam=3)  # the base preset names it
    assert config.space.depth == (2, 5)
    assert [choice.block for choice in config.space.blocks] == [pack.Wide]  # for the source
    assert config.mutators == ((pack.Grow(), 1.0), (pack.Shift(at="end"), 2.0))
    assert config.preset == "sheets"


def test_another_name_replaces_a_component_whole(registry, pack, write):
    assert load_config(write("searcher: wander"), registry).searcher == pack.Wander()


def test_the_same_name_keeps_the_fields_of_the_preset(registry, pack, write):
    for text in ("searcher: climb", "searcher: {name: 'acme:climb'}"):
        assert load_config(write(text), registry).searcher == pack.Climb(beam=7)


def test_a_named_preset_replaces_the_one_of_the_source_and_may_build_on_another(registry, write):
    config = load_config(write(MINIMAL + "preset: small"), registry)
    assert config.space.depth == (1, 2)
    assert config.space.recipe_domains == {"batch_size": Choices((32, 64))}
    assert config.preset == "small"


def test_the_argument_comes_before_the_key_preset(registry, write):
    assert load_config(write("preset: small"), registry, preset="sheets").space.depth == (1, 3)


def test_defaults_lie_below_every_preset(registry):
    defaults = {"searcher": "wander", "budget": {"trials": 9}}
    config = load_config(None, registry, defaults=defaults)
    assert config.searcher.name == "climb"
    assert config.budget.trials == 9


def test_two_default_presets_are_told(registry_with):
    registry = registry_with(one="default: true", two="default: true")
    with pytest.raises(ConfigError, match="'one' and 'two' both say"):
        load_config(None, registry)


def test_presets_that_build_on_each_other_in_a_ring_are_told(registry_with):
    registry = registry_with(one="preset: two", two="preset: one")
    with pytest.raises(ConfigError, match="builds on itself"):
        load_config({"preset": "one"}, registry)


def test_an_error_in_a_preset_names_the_preset(registry_with):
    registry = registry_with(base="default: true\nseed: many")
    with pytest.raises(ConfigError, match=r"preset 'base', base\.yaml:2, seed"):
        load_config(None, registry)


def test_without_a_preset_the_missing_components_are_named_with_what_there_is(registry_with):
    with pytest.raises(ConfigError) as told:
        load_config({"searcher": "wander"}, registry_with())
    assert "scheduler: is missing; expected the name of a scheduler. Known: whole." in str(
        told.value
    )


# Data


def test_a_path_alone_is_guessed_and_told(registry, write, tmp_path):
    config = load_config(write("data: sub/train.csv"), registry)
    assert config.data.path == tmp_path / "sub" / "train.csv"
    assert config.notes[0] == "train.csv is read as a sheet."
    assert "preset 'sheets'" in config.notes[1]


def test_paths_start_at_the_file_that_names_them(registry, tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    file = tmp_path / "runs" / "search.yaml"
    file.write_text("data: {path: a.csv, test: b.csv}")
    monkeypatch.chdir(tmp_path)
    config = load_config(file, registry)
    assert (config.data.path, config.data.test) == (
        tmp_path / "runs/a.csv",
        tmp_path / "runs/b.csv",
    )
    changed = load_config(file, registry, overrides=["data.test=c.csv"])
    assert changed.data.test == tmp_path / "c.csv"


def test_data_of_the_command_line_replace_those_of_the_file(registry, write, tmp_path):
    config = load_config(write(MINIMAL), registry, data_path=Path("other.csv"))
    assert (config.data.path, config.data.target) == (tmp_path / "other.csv", "income")


def test_a_path_for_a_source_that_has_none_is_told(registry, tmp_path):
    with pytest.raises(ConfigError, match="source 'held' has no field 'path'"):
        load_config({"data": {"source": "held", "path": str(tmp_path)}}, registry)
    with pytest.raises(ConfigError, match="source 'held' has no field 'path'"):
        load_config({"data": {"source": "held"}}, registry, data_path=tmp_path)


def test_a_folder_goes_to_the_field_that_its_source_has_for_it(registry, tmp_path, pack):
    assert load_config(None, registry, data_path=tmp_path).data == pack.Album(str(tmp_path))


def test_data_that_no_source_recognises_are_told(registry, write):
    write("x", "train.tsv")
    with pytest.raises(ConfigError, match=r"data.path: no source recognises train.tsv.*sheet"):
        load_config({"data": "train.tsv"}, registry)
    with pytest.raises(ConfigError, match=r"there is no trian.tsv in .* Did you mean 'train.tsv'"):
        load_config({"data": "trian.tsv"}, registry)


# The space


def test_a_block_field_is_a_value_choices_or_a_range(registry, write, pack):
    path = write("""
space:
  blocks:
    - wide
    - name: acme:wide
      units: [16, 64]
      rate: {low: 0.1, high: 0.4}
      activation: gelu
      taps: [[1], [1, 2]]
      weight: 2
    - {name: stacked, parts: [wide, {name: wide, units: 64}]}
  connectors: [flat]
""")
    plain, varied, stacked = load_config(path, registry).space.blocks
    assert (plain.fixed, plain.narrowed, plain.weight) == ({}, {}, 1.0)
    assert varied.fixed == {"activation": "gelu"}
    assert varied.narrowed == {
        "units": Choices((16, 64)),
        "rate": Range(0.1, 0.4),
        "taps": Choices(((1,), (1, 2))),
    }
    assert varied.weight == 2.0
    assert stacked.default() == pack.Stacked((pack.Wide(), pack.Wide(units=64)))


def test_a_list_for_a_tuple_field_fixes_it(registry):
    config = load_config({"space": {"blocks": [{"name": "wide", "taps": [1, 2]}]}}, registry)
    assert config.space.blocks[0].fixed == {"taps": (1, 2)}


def test_recipe_fields_are_fixed_or_searched(registry):
    recipe = {
        "learning_rate": {"low": 1e-4, "high": 1e-2},
        "optimizer": ["sgd", "momentum"],
        "batch_size": 128,
        "augmentation": [[], ["mirror"]],
    }
    space = load_config({"space": {"recipe": recipe}}, registry).space
    assert space.recipe_domains == {
        "learning_rate": Range(1e-4, 1e-2, log=True),
        "optimizer": Choices(("sgd", "momentum")),
        "augmentation": Choices(((), ("mirror",))),
    }
    assert (space.recipe.batch_size, space.recipe.optimizer) == (128, "sgd")


def test_a_number_between_the_choices_of_a_field_is_allowed_and_one_beyond_is_not(registry):
    config = load_config({"space": {"blocks": [{"name": "wide", "units": 48}]}}, registry)
    assert config.space.blocks[0].fixed == {"units": 48}
    with pytest.raises(ConfigError, match=r"space.blocks\[0\].units: 128 is not from 16 to 64"):
        load_config({"space": {"blocks": [{"name": "wide", "units": 128}]}}, registry)


def test_units_are_read_where_a_field_declares_them(registry):
    executor = {"name": "pool", "time_limit": "10m", "memory_limit": "4GiB"}
    config = load_config({"executor": executor, "space": {"limits": {"bytes": "2MB"}}}, registry)
    assert (config.executor.time_limit, config.executor.memory_limit) == (600.0, 4 * 2**30)
    assert config.space.limits.bytes == 2_000_000


def test_a_list_of_mutators_says_which_there_are(registry, pack):
    mutators = load_config({"mutators": ["grow"]}, registry).mutators
    assert {type(each): weight for each, weight in mutators} == {pack.Grow: 1.0, pack.Shift: 0.0}


# Errors


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("saed: 1", "search.yaml:1, saed: a configuration has no key 'saed'. Did you mean 'seed'"),
        ("seed: -1", "search.yaml:1, seed: must be at least 0, not -1."),
        ("\nseed: zero", "search.yaml:2, seed: expected a whole number, got the text 'zero'."),
        ("seed: 1.5", "seed: expected a whole number, got the number 1.5."),
        ("seed: true", "seed: expected a whole number, got true."),
        ("searcher: {name: climb, beem: 3}", "searcher 'climb' has no field 'beem'. Did you mean"),
        ("searcher: {beam: 0}", "search.yaml:1, searcher.beam: must be at least 1, not 0."),
        ("searcher: {mode: worst}", "expected 'best' or 'first', got the text 'worst'"),
        ("searcher: [climb]", "expected the name of a searcher, or a mapping with its name"),
        ("budget: {trials: 0}", "budget.trials: must be at least 1, not 0."),
        ("budget: 20", "budget: expected a mapping, got the number 20."),
        ("problem: {task: binry}", "problem.task: 'binry' is not one of binary, multiclass"),
        (
            "problem: {task: regression, tasks: {a: {}}}",
            "problem.tasks: must go with the task 'several', not regression.",
        ),
        ("problem: {tasks: {a: {task: multilabel}}}", "is not one of binary, multiclass"),
        ("problem: {metric: acuracy}", "'acuracy' is no metric. Did you mean 'accuracy'"),
        ("problem: {task: regression, metric: auc}", "'auc' is no metric of regression problems."),
        ("problem: {split: {group: 3}}", 'Write "3" in quotes if it is meant as text.'),
        ("problem: {split: {validation: 1.0}}", "split.validation: must be below 1.0, not 1.0."),
        ("space: {depth: [3, 1]}", "space.depth: must be [fewest, most]"),
        ("space: {depth: [1]}", "expected a list of 2: a whole number, a whole number, got 1"),
        ("space: {blocks: [flat]}", "space.blocks[0]: 'flat' belongs to space.connectors."),
        ("space: {blocks: [{name: wide, activation: tanh}]}", "'tanh' is not one of relu, gelu."),
        ("space: {blocks: [{name: wide, rate: {low: 0, hihg: 1}}]}", "a range has no key 'hihg'"),
        ("space: {blocks: [{name: wide, weight: 0}]}", "blocks[0].weight: must be above 0"),
        ("space: {recipe: {augmentation: [flop]}}", "no augmentation is named 'flop'"),
        ("space: {recipe: {learning_rate: {low: 0.1, high: 0.01}}}", "low 0.1 is above high 0.01"),
        ("executor: {name: pool, time_limit: soon}", "executor.time_limit: 'soon' is not a dura"),
        ("mutators: {grow: -1}", "mutators.grow: a weight is 0 or more, not -1."),
        ("mutators: {gro: 1}", "mutators.gro: no mutator is named 'gro'. Did you mean 'grow'"),
        ("data: {source: sheet}", "data.path: is missing; expected a path."),
        ("data: {target: x}", "data: it says neither 'source' nor 'path'."),
        ("plugins: 3", "plugins: expected a list, each a path, got the number 3."),
        ("notes: [x]", "a configuration has no key 'notes'"),
        ("- seed", "a configuration is a mapping of sections, not a list."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(registry, write, text, told):
    with pytest.raises(ArchivoltError) as error:
        load_config(write(text), registry)
    assert told in str(error.value)


def test_a_single_unknown_component_keeps_its_class_and_place(registry, write):
    with pytest.raises(UnknownComponentError) as error:
        load_config(write("seed: 1\nsearcher: clim"), registry)
    assert (error.value.where, error.value.name) == ("search.yaml:2, searcher", "clim")


def test_all_errors_are_told_together_by_line(registry, write):
    with pytest.raises(ConfigError) as error:
        load_config(write("seed: x\nbudget: 1\nspace: {depth: 1}\n"), registry)
    lines = str(error.value).splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "search.yaml:1",
        "search.yaml:2",
        "search.yaml:3",
    ]


def test_more_than_ten_errors_are_counted(registry):
    with pytest.raises(ConfigError, match=r"\.\.\. and 2 more\."):
        load_config({f"unknown_{index}": 1 for index in range(12)}, registry)


# Plugins


def test_the_files_of_plugins_are_read_alone(write, tmp_path):
    write("", "blocks.py")
    path = write("plugins: [./blocks.py]\nsearcher: [nonsense")
    with pytest.raises(ConfigError, match="this is no YAML"):
        plugin_files(path)
    path = write("plugins: [./blocks.py]\nsearcher: 3")
    assert plugin_files(path) == [tmp_path / "blocks.py"]


def test_a_plugin_file_that_is_not_there_is_told_with_the_nearest(write):
    write("", "blocks.py")
    with pytest.raises(ConfigError, match=r"search.yaml:1, plugins\[0\].*'blocks.py'"):
        plugin_files(write("plugins: [./block.py]"))
