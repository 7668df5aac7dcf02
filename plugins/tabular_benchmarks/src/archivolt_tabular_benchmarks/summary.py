"""What many searches come to: median, quartiles, 90th percentile, lost ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, isinf
from typing import Any

from attrs import asdict, frozen

from archivolt_tabular_benchmarks.measuring import Measured, Protocol
from archivolt_tabular_benchmarks.table import Table

LOST = "lost"


@frozen
class Summary:
    """Trials until the best `1 - quantile` of the rows; infinite where that is a lost search."""

    quantile: float
    median: float
    quartiles: tuple[float, float]
    percentile_90: float
    lost: int
    searches: int

    def __str__(self) -> str:
        low, high = map(show, self.quartiles)
        lost = f", {self.lost}/{self.searches} lost" if self.lost else ""
        return f"{show(self.median)} [{low}, {high}] {show(self.percentile_90)}{lost}"


def show(trials: float) -> str:
    return LOST if isinf(trials) else f"{trials:,.0f}"


def summarise(measured: Measured, quantiles: Sequence[float]) -> tuple[Summary, ...]:
    """Summarise the searches of one searcher, a quantile each; () where it failed."""
    if not measured.searches:
        return ()
    summaries = []
    for at, quantile in enumerate(quantiles):
        passed = [each.passed[at] for each in measured.searches]
        trials = sorted(inf if each is None else float(each) for each in passed)
        summaries.append(
            Summary(
                quantile,
                percentile(trials, 0.5),
                (percentile(trials, 0.25), percentile(trials, 0.75)),
                percentile(trials, 0.9),
                passed.count(None),
                len(passed),
            )
        )
    return tuple(summaries)


def percentile(ascending: Sequence[float], share: float) -> float:
    """Return a quantile, between two neighbours in proportion; infinite as soon as one of them is.

    Args:
        ascending: At least one number; lost searches are infinite.
        share: From 0 to 1.
    """
    place = share * (len(ascending) - 1)
    low, high = ascending[floor(place)], ascending[ceil(place)]
    return high if isinf(high) else low + (place - floor(place)) * (high - low)


def document(table: Table, protocol: Protocol, results: Sequence[Measured]) -> dict[str, Any]:
    """Return everything that was measured as plain data, for JSON."""
    return {
        "table": table.specification.name,
        "metric": table.specification.metric,
        "maximize": table.specification.maximize,
        "rows": table.rows,
        "best": table.quantile(1.0),
        "thresholds": {str(each): table.quantile(each) for each in protocol.quantiles},
        "max_trials": protocol.max_trials,
        "searchers": [
            {
                "label": each.label,
                "searcher": dict(each.document),
                "failure": each.failure or None,
                "summaries": [_plain(one) for one in summarise(each, protocol.quantiles)],
                "searches": [asdict(search) for search in each.searches],
            }
            for each in results
        ],
    }


def _plain(summary: Summary) -> dict[str, Any]:
    def finite(trials: float) -> float | None:
        return None if isinf(trials) else trials  # JSON has no infinity

    return {
        **asdict(summary),
        "median": finite(summary.median),
        "quartiles": list(map(finite, summary.quartiles)),
        "percentile_90": finite(summary.percentile_90),
    }
