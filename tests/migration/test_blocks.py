from __future__ import annotations

import re
from pathlib import Path

import pytest

from archivolt.values.features import Features, image, sequence, vector
from archivolt.values.tunable import tunables
from archivolt_migration.blocks import KNOWN, NAMED, SUITED, counterpart, nearest_block
from archivolt_migration.draft import SECTIONS, Draft
from archivolt_migration.image_blocks import CELLS

DOCUMENT = Path(__file__).parents[2] / "docs" / "migration.md"
SEARCHED = {"TUNABLE_SVDF", *CELLS}  # the others have one value a field


@pytest.fixture(scope="module")
def draft(installed):
    return Draft(installed)


def test_all_names_that_were_registered_are_accounted_for():
    assert len(NAMED) == 136
    assert KNOWN.keys() - NAMED.keys() == {"CIFAR_NASA", "CIFAR_NASA_REDUCTION"}


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        (r"FIXED_CHANNEL_.*", 6),
        (r"CONVOLUTION_\dX\d", 9),
        (r"INCREASE_CHANNELS_.*", 3),
        (r"DOWNSAMPLE_CONVOLUTION_.*", 3),
        (r"DILATED_CONVOLUTION_.*", 2),
        (r"RESNET_.*", 3),
        (r"DUAL_RESNET|GENERAL_BLOCK", 2),
        (r"(AVERAGE_POOL|MAX_POOLING)_.*", 5),
        (r".*FLATTEN", 3),
        (r"FULLY_CONNECTED(_RESIDUAL.*)?", 7),
        (r"FULLY_CONNECTED_PYRAMID", 1),
        (r"FIXED_OUTPUT_.*", 5),
        (r"LOWRANK_.*", 6),
        (r"BOTTLENECK_.*", 4),
        (r"IDENTITY", 1),
        (r"RECURRENT_DENSE_.*|(SKIP_)?CONV1D_.*", 9),
        (r"(SKIP_)?RNN_CELL_.*", 10),
        (r"(SKIP_)?LSTM_.*", 8),
        (r"(SKIP_)?BI_LSTM_.*", 8),
        (r"SVDF_(CELL|CONV)_.*", 40),
        (r"TUNABLE_SVDF", 1),
    ],
)
def test_each_class_has_as_many_names_as_it_registered(pattern, count):
    assert sum(re.fullmatch(pattern, name) is not None for name in NAMED) == count


@pytest.mark.parametrize("name", KNOWN)
def test_every_name_has_a_block_that_takes_its_parameters(draft, name):
    block = KNOWN[name]
    kind = "connector" if block.connector else "block"

    assert draft.refused(SECTIONS[kind]({"name": block.block, **block.fields})) is None


@pytest.mark.parametrize("name", sorted(KNOWN.keys() - SEARCHED))
def test_nothing_is_searched_that_was_fixed(draft, name):
    block = KNOWN[name]
    cls = draft.registry.find("block", block.block)

    assert tunables(cls).keys() <= block.fields.keys()
    assert not any(isinstance(value, (list, dict)) for value in block.fields.values())


def test_an_identity_is_of_the_kind_that_the_problem_reads(draft):
    assert counterpart("IDENTITY", "DNN").block == "identity"
    assert counterpart("IDENTITY", "RNN_LAST_ACTIVATIONS").block == "sequence_identity"
    assert draft.refused({"space": {"blocks": ["sequence_identity"]}}) is None


def test_blocks_suit_the_problem_that_they_are_listed_for(draft):
    kinds = {"CNN": {"image", "vector"}, "DNN": {"vector"}}
    for problem, blocks in SUITED.items():
        for name in blocks:
            cls = draft.registry.find("block", counterpart(name, problem).block)
            assert cls.reads in kinds.get(problem, {"sequence"})


# What each computes, worked out by hand: input, parameters (weights and biases).
COUNTS = [
    ("FIXED_CHANNEL_CONVOLUTION_120", image(8, 8, 5), 3 * 3 * 5 * 120 + 120),
    ("FIXED_CHANNEL_STRIDE_96_2", image(8, 8, 3), 3 * 3 * 3 * 96 + 96),
    ("CONVOLUTION_4X4", image(8, 8, 6), 4 * 4 * 6 * 6 + 6),
    ("CONVOLUTION_1X7", image(8, 8, 6), 7 * 6 * 6 + 6),
    ("CONVOLUTION_7X1", image(8, 8, 600), 7 * 600 * 600 + 600),
    ("INCREASE_CHANNELS_5X5", image(8, 8, 6), 5 * 5 * 6 * 12 + 12),
    ("DOWNSAMPLE_CONVOLUTION_3X3", image(8, 8, 400), 3 * 3 * 400 * 800 + 800),
    ("DILATED_CONVOLUTION_2", image(16, 16, 6), 3 * 3 * 6 * 6 + 6),
    ("RESNET_3X3", image(8, 8, 6), 2 * (3 * 3 * 6 * 6 + 6)),
    ("AVERAGE_POOL_4X4", image(8, 8, 6), 0),
    ("FULLY_CONNECTED", vector(40), 40 * 40 + 40),
    ("FULLY_CONNECTED", vector(250), 250 * 100 + 100),
    ("FULLY_CONNECTED", vector(1), 1 * 2 + 2),
    ("FULLY_CONNECTED_RESIDUAL_FORCE_MATCH_SHAPES", vector(250), 250 * 100 + 100),
    ("FULLY_CONNECTED_RESIDUAL_CONCAT", vector(40), 40 * 40 + 40),
    ("FULLY_CONNECTED_PYRAMID", vector(40), 40 * 20 + 20),
    ("FIXED_OUTPUT_FULLY_CONNECTED_512", vector(40), 40 * 512 + 512),
    ("LOWRANK_2", vector(40), 40 * 2 + 2 * 40 + 40),
    ("LOWRANK_3_SKIP", vector(2000), 2000 * 3 + 3 * 2000 + 2000),
    ("BOTTLENECK_64_SKIP", vector(40), 40 * 64 + 64 + 64 * 40 + 40),
    ("IDENTITY", vector(40), 0),
    ("RECURRENT_DENSE_1024", sequence(50, 8), 8 * 1024 + 1024),
    ("CONV1D_128_5", sequence(50, 8), 5 * 8 * 128 + 128),
    ("SKIP_CONV1D_128_3", sequence(50, 128), 3 * 128 * 128 + 128),
    ("RNN_CELL_512", sequence(50, 8), 512 * (8 + 512 + 1)),
    ("SKIP_RNN_CELL_64", sequence(50, 64), 64 * (64 + 64 + 1)),
    ("LSTM_256", sequence(50, 8), 4 * 256 * (8 + 256 + 1)),
    ("BI_LSTM_128", sequence(50, 8), 2 * 4 * 128 * (8 + 128 + 1)),
    ("SVDF_CELL_1024_16_1", sequence(50, 8), 8 * 1024 + 16 * 1024 + 1024),
    ("SVDF_CONV_64_4_1_64", sequence(50, 8), 8 * 64 + 4 * 64 + 64 + 64 * 64 + 64),
    ("SVDF_CELL_576_8_1_7", sequence(50, 8), 8 * 576 + 8 * 576 + 576 + 576 * 7 + 7),
    ("SVDF_CONV_32_32_1_2", sequence(50, 8), 8 * 32 + 32 * 32 + 32 + 32 * 2 + 2),
]


@pytest.mark.parametrize(("name", "features", "parameters"), COUNTS)
def test_a_block_has_as_many_parameters_as_the_original(draft, name, features, parameters):
    block = KNOWN[name]
    built = draft.registry.find("block", block.block)(**block.fields)

    assert built.footprint(features).parameters == parameters


@pytest.mark.parametrize(
    ("name", "features", "shape"),
    [
        ("DOWNSAMPLE_CONVOLUTION_4X4", image(9, 9, 6), (5, 5, 12)),
        ("MAX_POOLING_3X3", image(9, 9, 6), (3, 3, 6)),
        ("DUAL_RESNET", image(8, 8, 6), (8, 8, 6)),
        ("GENERAL_BLOCK", image(8, 8, 10), (8, 8, 10)),
        ("FLATTEN", image(4, 4, 6), (96,)),
        ("PLATE_REDUCTION_FLATTEN", image(4, 4, 6), (6,)),
        ("FULLY_CONNECTED_RESIDUAL_CONCAT", vector(250), (350,)),
        ("BI_LSTM_128", sequence(50, 8), (50, 256)),
        ("SVDF_CELL_576_8_1_16", sequence(50, 8), (50, 16)),
    ],
)
def test_a_block_gives_the_shape_of_the_original(draft, name, features: Features, shape):
    block = KNOWN[name]
    built = draft.registry.find("block", block.block)(**block.fields)

    assert built.footprint(features).features.shape == shape


def expanded(pattern):
    """Write out `A_{1,2}[_B]`: every name that it stands for."""
    braces = re.search(r"\{([^{}]*)\}|\[([^\[\]]*)\]", pattern)
    if braces is None:
        return {pattern}
    options = braces[1].split(",") if braces[1] is not None else ["", braces[2]]
    head, tail = pattern[: braces.start()], pattern[braces.end() :]
    return {name for each in options for name in expanded(f"{head}{each}{tail}")}


def test_the_documentation_lists_every_name_with_its_block():
    documented = {}
    for row in re.findall(r"^\| (`[A-Z[].*?) \| `(\w+)`", DOCUMENT.read_text(), re.M):
        for pattern in re.findall(r"`([^`]+)`", row[0]):
            documented |= dict.fromkeys(expanded(pattern), row[1])

    assert documented == {name: block.block for name, block in KNOWN.items()}


def test_a_misspelt_name_finds_its_neighbours():
    assert nearest_block("RESNET_3x3") == "Did you mean 'RESNET_3X3'?"
    assert "'SKIP_LSTM_128'" in nearest_block("SKIP_LTSM_128")
