from __future__ import annotations

from math import inf

import pytest

from archivolt.config.nodes import Origin, plain, read_file, read_text
from archivolt.errors import ConfigError


def read(text):
    errors = []
    node = read_text(text, Origin("search.yaml"), errors)
    return node, errors


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-4", 1e-4),
        ("1.0e-4", 1e-4),
        ("-3", -3),
        ("200_000", 200_000),
        ("010", 10),
        ("0x1F", 31),
        (".5", 0.5),
        (".inf", inf),
        ("-.inf", -inf),
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2024-01-02", "2024-01-02"),
        ("'1'", "1"),
        ("true", True),
        ("~", None),
        ("", None),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
    ],
)
def test_a_scalar_means_what_it_looks_like(written, value):
    node, errors = read(f"a: {written}")
    assert errors == []
    found = plain(node)["a"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_knows_its_line():
    node, _ = read("a:\n  b:\n  - 1\n  - c: 2\n")
    deep = node.value["a"].value["b"].value[1].value["c"]
    assert deep.origin.where("a.b[1].c") == "search.yaml:4, a.b[1].c"


def test_a_key_that_is_there_twice_is_told_with_both_lines():
    _, errors = read("seed: 1\nspace:\n  depth: [1, 2]\nseed: 2\n")
    assert [str(each) for each in errors] == [
        "search.yaml:4, seed: this key is there already, line 1."
    ]


def test_anchors_and_merged_mappings_are_filled_in():
    node, errors = read("x: &x {beam: 3, starts: 4}\ny: {<<: *x, beam: 5}\n")
    assert errors == []
    assert plain(node)["y"] == {"beam": 5, "starts": 4}


def test_an_anchor_that_holds_itself_is_an_error():
    with pytest.raises(ConfigError, match="holds itself"):
        read("a: &a [*a]")


def test_text_that_is_no_yaml_is_told_with_its_line():
    with pytest.raises(ConfigError, match=r"^search.yaml:2: this is no YAML"):
        read("a: 1\nb: [1, 2\n")


def test_a_tab_is_told_as_such():
    with pytest.raises(ConfigError, match="Indent with spaces"):
        read("a:\n\tb: 1\n")


def test_a_tag_of_python_means_nothing():
    _, errors = read("a: !!python/object/apply:os.system [ls]\n")
    assert "means nothing here" in str(errors[0])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such file"):
        read_file(tmp_path / "none.yaml", [])
