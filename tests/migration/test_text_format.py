from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archivolt_migration.errors import SpecSyntaxError
from archivolt_migration.text_format import Scalar, Tree, parse


def values(text):
    """The entries of a text as pairs of name and value, messages as lists of pairs."""

    def plain(tree):
        return [
            (each.name, plain(each.value) if isinstance(each.value, Tree) else each.value.text)
            for each in tree.entries
        ]

    return plain(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1 b { c: 2 }",
        "a: 1, b: { c: 2, }",
        "a: 1; b < c: 2; >",
        "a: 1\nb:\n{\n  c: 2\n}\n",
        "# first\na: 1 # one\nb { c: 2 } # last",
        "a:1 b{c:2}",
    ],
)
def test_the_ways_to_write_a_message_mean_the_same(text):
    assert values(text) == [("a", "1"), ("b", [("c", "2")])]


def test_a_list_is_an_entry_a_value():
    assert values("a: [1, 2] b [{c: 3}, {}] d: []") == [
        ("a", "1"),
        ("a", "2"),
        ("b", [("c", "3")]),
        ("b", []),
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('"plain"', "plain"),
        ("'it is \"so\"'", 'it is "so"'),
        (r'"tab\tquote\"slash\\"', 'tab\tquote"slash\\'),
        (r'"\303\251 \xc3\xa9 \u00e9"', "é é é"),
        ('"in " "two"\n\'halves\'', "in twohalves"),
        ('"# no comment"', "# no comment"),
        ('"é"', "é"),
        ('""', ""),
    ],
)
def test_a_string_means_what_its_escapes_say(text, meant):
    (entry,) = parse(f"a: {text}").entries

    assert entry.value == Scalar("string", meant, 1)


@given(st.text())
def test_any_text_comes_through_quotes_as_it_was(text):
    quoted = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "replace"))

    (entry,) = parse(f'a: "{quoted}"').entries

    assert entry.value.text == text.encode("utf-8", "replace").decode()


def test_every_field_and_value_knows_its_line():
    tree = parse('# note\na: 1\nb {\n  c: [\n    "x",\n    "y"\n  ]\n  d:\n    -2\n}')

    a, b = tree.entries
    assert (a.line, b.line, b.value.line) == (2, 3, 3)
    assert [(each.line, each.value.line) for each in b.value.entries] == [(5, 5), (6, 6), (8, 9)]


@pytest.mark.parametrize(
    ("text", "line", "column", "expected", "found"),
    [
        ("a: 1\nb {\n  c: 2\n", 4, 1, "a field name or '}'", "the end of the file"),
        ("a: 1 }", 1, 6, "a field name or the end of the file", "'}'"),
        ("a {\n  b: 1\n>", 3, 1, "a field name or '}'", "'>'"),
        ("a 1", 1, 3, "':' or '{'", "'1'"),
        ("a:\n", 2, 1, "a value", "the end of the file"),
        ("a: }", 1, 4, "a value", "'}'"),
        ("a: -", 1, 5, "a number", "the end of the file"),
        ('a: - "x"', 1, 6, "a number", "'\"x\"'"),
        ("a: [1 2]", 1, 7, "',' or ']'", "'2'"),
        ("a: [1,]", 1, 7, "a value", "']'"),
        ("3: 1", 1, 1, "a field name or the end of the file", "'3'"),
        ('a: "open\nb: 1', 1, 4, 'a closing " on the same line', "the end of the line"),
        ("a: 1\n  % b", 2, 3, "a field name or a value", "'%'"),
        ("[x.y]: 1", 1, 1, "a field name or the end of the file", "'['"),
    ],
)
def test_what_is_no_text_format_is_told_with_its_place(text, line, column, expected, found):
    with pytest.raises(SpecSyntaxError) as caught:
        parse(text, "spec.pbtxt")

    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert (error.expected, error.found) == (expected, found)
    assert str(error).startswith(f"spec.pbtxt:{line}, column {column}: expected ")


def test_messages_without_end_are_refused_before_they_exhaust_the_stack():
    with pytest.raises(SpecSyntaxError, match="at most 100 messages in each other"):
        parse("a {" * 5000)
