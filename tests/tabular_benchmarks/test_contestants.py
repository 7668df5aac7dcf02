from __future__ import annotations

import pytest

from archivolt import ArchivoltError
from archivolt.errors import DataError, UnknownComponentError
from archivolt.plugins.registry import load_plugins
from archivolt_tabular_benchmarks.contestants import read_contestants

pytest.importorskip("archivolt_searchers")


@pytest.fixture(scope="module")
def registry():
    return load_plugins(warn=False)


def test_searchers_are_named_with_commas_and_take_values_in_brackets(registry):
    one, two = read_contestants("random, greedy(beam=2, growth_probability=0.5)", registry)

    assert one.label == "random"
    assert two.label == "greedy(beam=2, growth_probability=0.5)"
    assert (two.searcher.beam, two.searcher.growth_probability) == (2, 0.5)


def test_all_are_all_that_are_installed(registry):
    labels = [each.label for each in read_contestants("all", registry)]

    assert labels == sorted(registry.names("searcher"))


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", DataError, "names no searcher"),
        ("random;greedy", DataError, "cannot be read from"),
        ("random random", DataError, "cannot be read from"),
        ("random,random", DataError, "stands twice"),
        ("greedi", UnknownComponentError, "Did you mean 'greedy'"),
        ("greedy(beem=2)", DataError, "Did you mean 'beam'"),
        ("greedy(2)", DataError, "is not key=value"),
        ("greedy(beam=many)", ArchivoltError, "expected int"),
        ("greedy(beam=0)", ArchivoltError, "beam"),
    ],
)
def test_what_cannot_be_read_is_told(registry, text, error, told):
    with pytest.raises(error) as caught:
        read_contestants(text, registry)

    assert told in str(caught.value)
