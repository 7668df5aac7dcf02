from __future__ import annotations

import pytest

from archivolt_migration.errors import ImportSpecError


def said(imported, subject):
    return [str(each) for each in imported.remarks if each.subject == subject]


def test_blocks_stand_in_their_order_with_their_parameters(import_text):
    imported = import_text('blocks_to_use: "LOWRANK_2_SKIP" blocks_to_use: "BOTTLENECK_64"')

    first, second = imported.document["space"]["blocks"]
    assert (first["name"], first["rank"], first["skip"]) == ("low_rank", 2, True)
    assert (second["name"], second["width"], second["skip"]) == ("bottleneck", 64, False)


def test_a_block_that_is_named_twice_is_drawn_twice_as_often(import_text):
    imported = import_text('blocks_to_use: ["IDENTITY", "FULLY_CONNECTED", "IDENTITY"]')

    blocks = imported.document["space"]["blocks"]
    assert [(each["name"], each.get("weight")) for each in blocks] == [
        ("identity", 2),
        ("pyramid_dense", None),
    ]


def test_a_block_that_differs_is_told_at_the_line_that_names_it(import_text):
    imported = import_text('beam_size: 1\nblocks_to_use: "DUAL_RESNET"')

    (line,) = said(imported, "block DUAL_RESNET")
    assert line.startswith("line 2, block DUAL_RESNET: two branches of half the channels")


def test_a_block_that_does_not_differ_is_not_told(import_text):
    imported = import_text('blocks_to_use: "RESNET_3X3"')

    assert said(imported, "block RESNET_3X3") == []


def test_without_names_all_blocks_that_suit_are_meant(import_text):
    imported = import_text("problem_type: DNN")

    assert len(imported.document["space"]["blocks"]) == 24
    assert "the 24 that suit the problem" in said(imported, "blocks_to_use")[0]


@pytest.mark.parametrize(
    ("text", "connectors"),
    [
        ("problem_type: DNN", None),
        ("problem_type: CNN", [{"name": "image_to_vector", "mode": "average"}]),
        (
            'problem_type: CNN blocks_to_use: ["FLATTEN", "CONVOLUTION_3X3"]',
            [{"name": "image_to_vector", "mode": "flatten"}],
        ),
        (
            'problem_type: CNN blocks_to_use: ["FLATTEN", "IDENTITY", "PLATE_REDUCTION_FLATTEN"]',
            [{"name": "image_to_vector", "mode": ["flatten", "average"]}],
        ),
        ("problem_type: RNN_LAST_ACTIVATIONS", [{"name": "sequence_to_vector", "mode": "last"}]),
    ],
)
def test_connectors_are_those_that_are_put_in_there(import_text, text, connectors):
    assert import_text(text).document["space"].get("connectors") == connectors


def test_a_label_for_every_step_is_told_by_the_data(import_text):
    imported = import_text("problem_type: RNN_ALL_ACTIVATIONS")

    assert "`y` of the shape (rows, time)" in said(imported, "problem_type")[0]


def test_a_problem_of_no_type_is_told(import_text):
    imported = import_text('blocks_to_use: "IDENTITY"')

    assert "not said what the input looks like" in said(imported, "problem_type")[0]
    names = [each["name"] for each in imported.document["space"]["connectors"]]
    assert names == ["image_to_vector", "sequence_to_vector"]


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("search_type: ADAPTIVE_COORDINATE_DESCENT minimum_depth: 3 maximum_depth: 7", [3, 7]),
        ("search_type: ADAPTIVE_COORDINATE_DESCENT", [2, 30]),
        ("search_type: ADAPTIVE_COORDINATE_DESCENT minimum_depth: 9 maximum_depth: 7", [7, 7]),
        ("search_type: NONADAPTIVE_RANDOM_SEARCH minimum_depth: 4", [4, 4]),
        ("search_type: HARMONICA_SEARCH minimum_depth: 0", [1, 1]),
        (
            "search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT "
            "maximum_depth: 20 num_blocks_in_cell: 4",
            [2, 15],
        ),
        (
            "search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT replicate_cell: true "
            "num_blocks_in_cell: 5",
            [5, 5],
        ),
    ],
)
def test_the_depth_is_that_of_the_search(import_text, text, depth):
    imported = import_text(f'problem_type: CNN blocks_to_use: "CONVOLUTION_3X3" {text}')

    assert imported.document["space"]["depth"] == depth


def test_cells_have_the_reduction_that_is_named(import_text):
    imported = import_text(
        """
        search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT
        problem_type: CNN
        maximum_depth: 20
        num_blocks_in_cell: 3
        reduction_block_type: "MAX_POOLING_3X3"
        replicate_cell: true
        blocks_to_use: "CONVOLUTION_3X3"
        """
    )

    cells = imported.document["space"]["cells"]
    assert cells["reduction"] == {"name": "pooling", "mode": "max", "size": 3, "stride": 3}
    # Of 20 blocks 6 are reductions; 14 make four cells of three.
    assert (cells["size"], cells["replicate"], cells["repeats"]) == (3, True, 4)


def test_a_search_of_cells_has_no_reduction_among_its_blocks(import_text):
    imported = import_text(
        "search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT\nproblem_type: CNN\n"
        'blocks_to_use: "CONVOLUTION_3X3"\nblocks_to_use: "AVERAGE_POOL_2X2"'
    )

    assert len(imported.document["space"]["blocks"]) == 1
    (line,) = said(imported, "block AVERAGE_POOL_2X2")
    assert line.startswith("line 4, ")
    assert imported.document["space"]["cells"]["reduction"]["name"] == "downsample_convolution"


def test_a_reduction_that_makes_a_vector_is_told(import_text):
    imported = import_text(
        "search_type: CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT problem_type: CNN "
        'blocks_to_use: "CONVOLUTION_3X3" reduction_block_type: "FLATTEN"'
    )

    assert "reduction" not in imported.document["space"]["cells"]
    assert said(imported, "reduction_block_type")


def test_no_preset_adds_to_a_space(import_text):
    space = import_text('blocks_to_use: "IDENTITY"').document["space"]

    assert space["cells"] is None
    assert space["limits"] == {"parameters": 100_000_000, "flops": None, "bytes": None}


def test_connectors_alone_are_no_space(import_text):
    with pytest.raises(ImportSpecError, match="none of the blocks that the file names"):
        import_text('blocks_to_use: "FLATTEN"')
