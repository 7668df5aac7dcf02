from __future__ import annotations

import pytest

from archivolt.errors import SpaceError
from archivolt.values.domain import Choices
from archivolt.values.features import vector
from archivolt.values.tunable import tunables
from archivolt_tabular_benchmarks.blocks import block_classes, indices_of, spelled_class
from archivolt_tabular_benchmarks.reading import find_specification

STACK = {"layout": "stack", "positions": {"first": ["a", "b"], "second": ["a", "b"]}}


def test_a_table_is_one_block_whose_fields_are_its_positions(specify):
    (block,) = block_classes(specify().form)

    assert block.name == "toy"
    assert tunables(block) == {
        "operation": Choices(("convolution", "pooling")),
        "width": Choices((16, 32, 64)),
    }
    assert str(block("pooling", 32)) == "toy(operation=pooling, width=32)"
    assert block("pooling", 32) == block(operation="pooling", width=32)


def test_the_values_of_a_stack_are_blocks(specify):
    form = specify(**STACK).form

    a, b = block_classes(form)

    assert (a.name, b.name) == ("toy_a", "toy_b")
    assert indices_of((b(), a()), form) == (1, 0)
    assert indices_of((b(),), form) is None


def test_equal_forms_have_the_same_classes(specify):
    assert block_classes(specify().form) == block_classes(specify(scores="run_1").form)


def test_other_blocks_have_no_place_in_a_table(specify):
    form = specify().form
    (block,) = block_classes(form)

    assert indices_of((block("pooling", 64),), form) == (1, 2)
    assert indices_of((block(), block()), form) is None
    assert indices_of(tuple(each() for each in block_classes(specify(**STACK).form)), form) is None


def test_an_invalid_combination_cannot_stand(specify):
    (block,) = block_classes(specify(invalid=[{"operation": "pooling", "width": 16}]).form)

    assert block("pooling", 32).footprint(vector(1))
    with pytest.raises(SpaceError, match="no such row"):
        block("pooling", 16).footprint(vector(1))


def test_spellings_of_one_architecture_are_one_block(specify):
    form = specify().form
    block = spelled_class(form, lambda given: (0, given[1]))

    assert block("pooling", 32) == block("convolution", 32)
    assert block("pooling", 32).operation == "convolution"
    assert hash(block("pooling", 32)) == hash(block("convolution", 32))


def test_a_block_of_a_table_builds_nothing(specify):
    (block,) = block_classes(specify().form)

    with pytest.raises(SpaceError, match="evaluator `tabular`"):
        block().build(None, ())


CELL = {
    "positions": {name: ["none", "skip", "wide"] for name in ("one", "two", "both")},
    "cell": {
        "edges": {"one": [0, 1], "two": [1, 2], "both": [0, 2]},
        "absent": ["none"],
        "passing": ["skip"],
    },
}


def ways(told):
    """Pick the ways from input to output out of what a cell tells, without their ends."""
    whole = {each for each in told if each.startswith("input > ") and each.endswith(" > output")}
    return {" > ".join(each.split(" > ")[1:-1]) or "input" for each in whole}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("wide", "wide", "none"), ("wide > wide",)),
        (("wide", "skip", "skip"), ("input", "wide")),
        (("none", "wide", "none"), ()),
    ],
)
def test_a_cell_tells_what_runs_through_it(specify, values, told):
    (block,) = block_classes(specify(**CELL).form)

    assert ways(block(*values).computes()) == set(told)


def test_two_spellings_of_a_graph_compute_the_same(specify):
    (block,) = block_classes(specify(**CELL).form)

    assert block("skip", "wide", "none").computes() == block("none", "none", "wide").computes()


WIRED = {
    "positions": {
        "wires": ["side_by_side", "in_a_row", "forked"],
        **{name: ["none", "skip", "wide", "deep"] for name in ("one", "two")},
    },
    "cell": {
        "nodes": ["one", "two"],
        "wiring": {"wires": {"side_by_side": [0, 0], "in_a_row": [0, 1], "forked": [0, 0]}},
        "absent": ["none"],
        "passing": ["skip"],
    },
}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("side_by_side", "wide", "deep"), ("deep", "wide")),
        (("in_a_row", "wide", "deep"), ("wide > deep",)),
        (("in_a_row", "skip", "deep"), ("deep",)),
        (("side_by_side", "skip", "deep"), ("deep", "input")),
        (("in_a_row", "none", "deep"), ()),
        (("side_by_side", "none", "deep"), ("deep",)),
    ],
)
def test_a_cell_of_nodes_tells_what_runs_through_it_as_it_is_wired(specify, values, told):
    (block,) = block_classes(specify(**WIRED).form)

    assert ways(block(*values).computes()) == set(told)


def test_ways_that_differ_in_their_end_have_their_beginning_in_common(specify):
    (block,) = block_classes(specify(**WIRED).form)

    assert block("in_a_row", "wide", "deep").computes() == (
        "deep > output",
        "input > wide",
        "input > wide > deep > output",
        "wide > deep",
    )


def test_the_spellings_of_a_graph_network_that_have_one_row_compute_the_same():
    form = find_specification("graph_cora").form
    (block,) = block_classes(form)

    assert block("inputs_0_0_0_0", "gat", "gcn", "fc", "fc").computes() == (
        block("inputs_0_0_0_0", "fc", "gcn", "fc", "gat").computes()
    )


def test_a_table_without_a_graph_tells_nothing(specify):
    (block,) = block_classes(specify().form)

    assert block("pooling", 32).computes() == ()
