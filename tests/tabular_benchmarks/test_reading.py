from __future__ import annotations

import pytest

from archivolt.errors import DataError
from archivolt_tabular_benchmarks.reading import find_specification, read_specifications, shipped
from archivolt_tabular_benchmarks.specification import Cost


def test_a_specification_says_what_the_table_is(specify):
    read = specify()

    operation, width = read.form.positions
    assert (operation.values, operation.ordered) == (("convolution", "pooling"), False)
    assert (width.values, width.ordered) == ((16, 32, 64), True)
    assert read.scores == ("run_1", "run_2")
    assert read.fidelities == ((4, ("epochs_4",)),)
    assert read.costs == (Cost("parameters", "size", 1000.0), Cost("latency", "size"))
    assert read.form.block == "toy"


def test_each_task_of_a_file_is_a_table(tmp_path, specify):
    specify(tasks={"a": "alpha", "b": "beta"}, scores="{task}_score", fidelities=None)

    one, other = read_specifications(tmp_path / "toy.yaml")

    assert (one.name, one.scores) == ("toy_a", ("alpha_score",))
    assert (other.name, other.scores) == ("toy_b", ("beta_score",))
    assert one.form is not other.form
    assert one.form == other.form
    assert find_specification(f"{tmp_path}/toy.yaml:toy_b") == other
    with pytest.raises(DataError, match="several tables"):
        find_specification(f"{tmp_path}/toy.yaml")


def test_numbers_of_both_kinds_become_numbers_of_one(specify):
    read = specify(positions={"operation": ["a"], "width": [0.5, 1]})

    assert read.form.positions[1].values == (0.5, 1.0)


@pytest.mark.parametrize(
    ("keys", "place", "told"),
    [
        ({"metrics": "accuracy"}, "metrics", "Did you mean 'metric'"),
        ({"scores": None}, "scores", "is missing"),
        ({"maximize": "yes"}, "maximize", "expected bool"),
        ({"epochs": True}, "epochs", "expected int"),
        ({"layout": "stacked"}, "layout", "none of fields, stack"),
        ({"transformation": "log"}, "transformation", "none of none, log10"),
        ({"fidelities": {9: "epochs_4"}}, "fidelities.9", "below 9"),
        ({"costs": {"size": {"colum": "size"}}}, "costs.size.colum", "Did you mean 'column'"),
        ({"positions": {}}, "positions", "at least one"),
        ({"positions": {"a b": ["x"]}}, "positions.a b", "letters, digits"),
        ({"positions": {"a": []}}, "positions.a", "a list of values"),
        ({"positions": {"a": ["x", False]}}, "positions.a", "into quotes"),
        ({"positions": {"a": ["5e-4", "1e-3"]}}, "positions.a", "Write 5.0e-4"),
        ({"positions": {"a": ["x", "x"]}}, "positions.a", "stands twice"),
        ({"positions": {"a": [2, 1]}}, "positions.a", "ascending"),
        ({"layout": "stack"}, "positions.width", "same values"),
        ({"invalid": [{"with": 16}]}, "invalid[0].with", "Did you mean 'width'"),
        ({"invalid": [{"operation": "poolin"}]}, "invalid[0].operation", "'pooling'"),
    ],
)
def test_a_wrong_key_is_told_with_its_place_and_what_would_be_right(specify, keys, place, told):
    with pytest.raises(DataError) as caught:
        specify(**keys)

    assert caught.value.where.endswith(f"toy.yaml, {place}")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "place", "told"),
    [
        ({"edges": {"one": [0, 1]}}, "cell.edges.two", "expected [from, to]"),
        ({"edges": {"one": [0, 1], "two": [1, 1]}}, "cell.edges.two", "ascending"),
        ({"edges": {"one": [0, 1], "tow": [1, 2]}}, "cell.edges.tow", "Did you mean 'two'"),
        ({"edges": {"one": [0, 1], "two": [1, 2]}, "absent": ["non"]}, "cell.absent", "'none'"),
        ({"edge": {}}, "cell.edge", "Did you mean 'edges'"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(specify, cell, place, told):
    positions = {name: ["none", "wide"] for name in ("one", "two")}

    with pytest.raises(DataError) as caught:
        specify(positions=positions, cell=cell)

    assert caught.value.where.endswith(f"toy.yaml, {place}")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "place", "told"),
    [
        ({"nodes": ["one"]}, "cell.wiring", "is missing"),
        ({"nodes": ["one"], "wiring": {}}, "cell.wiring", "expected one position"),
        ({"nodes": ["one"], "wiring": {"tow": {}}}, "cell.wiring.tow", "Did you mean 'two'"),
        ({"nodes": ["on"], "wiring": {"two": {}}}, "cell.nodes", "Did you mean 'one'"),
        ({"nodes": [], "wiring": {"two": {}}}, "cell.nodes", "every position but 'two' once"),
        ({"nodes": ["one"], "wiring": {"two": {"none": [0]}}}, "cell.wiring.two.wide", "missing"),
        (
            {"nodes": ["one"], "wiring": {"two": {"none": [0], "wide": [1]}}},
            "cell.wiring.two.wide",
            "0 (the input) or one before it, got [1]",
        ),
        (
            {"nodes": ["one"], "wiring": {"two": {"none": [0], "wide": [0], "wied": [0]}}},
            "cell.wiring.two.wied",
            "Did you mean 'wide'",
        ),
        ({"nodes": ["one"], "edges": {}}, "cell.edges", "no such key"),
    ],
)
def test_a_wrong_cell_of_nodes_is_told_with_its_place(specify, cell, place, told):
    test_a_wrong_cell_is_told_with_its_place(specify, cell, place, told)


def test_numbers_are_no_edges_of_a_cell(specify):
    with pytest.raises(DataError, match="their values text"):
        specify(cell={"edges": {"operation": [0, 1], "width": [1, 2]}})


def test_an_unknown_table_is_told_with_the_nearest():
    with pytest.raises(DataError, match="Did you mean 'nb201_cifar10'"):
        find_specification("nb201_cifar")


def test_a_file_that_is_not_there_or_no_yaml_is_told(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        find_specification(str(tmp_path / "nothing.yaml"))
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(DataError, match="is no YAML"):
        find_specification(str(tmp_path / "bad.yaml"))


def test_every_shipped_table_names_its_source_and_licence():
    assert {"nas_bench_macro", "nb201_cifar10", "graph_cora", "fcnet_naval", "mlp_kc1"} <= set(
        shipped()
    )
    assert all(each.source and each.licence and each.about for each in shipped().values())
