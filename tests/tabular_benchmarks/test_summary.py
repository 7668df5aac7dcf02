from __future__ import annotations

import json
from math import inf

import pytest

from archivolt_tabular_benchmarks.measuring import Measured, Protocol, Search
from archivolt_tabular_benchmarks.summary import document, percentile, summarise


def measured(*passed):
    searches = tuple(
        Search(seed, trials or 2000, (trials,), ((1, 0.5),), 0.1)
        for seed, trials in enumerate(passed)
    )
    return Measured("random", {"name": "searchers:random"}, searches)


def test_a_summary_holds_median_quartiles_percentile_and_lost_searches():
    (found,) = summarise(measured(30, 10, 20, 50, None), (0.999,))

    assert (found.median, found.quartiles) == (30, (20, 50))
    assert (found.percentile_90, found.lost, found.searches) == (inf, 1, 5)
    assert str(found) == "30 [20, 50] lost, 1/5 lost"


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([4.0], 0.9, 4), ([1.0, 3.0], 0.5, 2), ([1.0, inf], 0.5, inf), ([1.0, 2.0, inf], 0.5, 2)],
)
def test_a_percentile_next_to_a_lost_search_is_lost(values, share, expected):
    assert percentile(values, share) == expected


def test_a_failed_searcher_has_no_summary():
    assert summarise(Measured("broken", {}, failure="no such luck"), (0.99,)) == ()


def test_everything_that_was_measured_is_json(table):
    protocol = Protocol("toy", quantiles=(0.9,))
    results = [measured(3, None), Measured("broken", {}, failure="no such luck")]

    read = json.loads(json.dumps(document(table, protocol, results), allow_nan=False))

    random, broken = read["searchers"]
    assert read["rows"] == 6
    assert read["thresholds"] == {"0.9": table.quantile(0.9)}
    assert random["summaries"][0]["lost"] == 1
    assert random["summaries"][0]["median"] is None
    assert random["searches"][0]["passed"] == [3]
    assert broken["failure"] == "no such luck"
