"""The picture of a comparison: the best row so far against the trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import SearchError
from archivolt_tabular_benchmarks.measuring import Measured, Protocol, Search
from archivolt_tabular_benchmarks.table import Table

COLOURS = 10  # of matplotlib's cycle; further curves have another line style
STYLES = ("-", "--", "-.")
BOTTOM = 0.5  # the picture begins at this quantile of the table: below it all curves rise alike


def draw(table: Table, protocol: Protocol, results: Sequence[Measured], path: Path) -> None:
    """Draw the median of the best true score so far, with the quartiles as a band.

    A search ends when it reaches the last threshold; its curve goes on level.

    Raises:
        SearchError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SearchError(
            "a picture needs matplotlib.",
            "Install it with `pip install 'archivolt-tabular-benchmarks[picture]'`.",
        ) from error
    shown = [each for each in results if each.searches]
    longest = max((search.trials for each in shown for search in each.searches), default=1)
    trials = np.unique(np.geomspace(1, max(2, longest), 200).astype(int))
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for place, each in enumerate(shown):
        style = STYLES[place // COLOURS % len(STYLES)]
        curves = np.array([best_so_far(search, trials) for search in each.searches])
        low, middle, high = np.quantile(curves, (0.25, 0.5, 0.75), axis=0)
        (line,) = axes.plot(trials, middle, label=each.label, linewidth=1.5, linestyle=style)
        axes.fill_between(trials, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    for quantile in protocol.quantiles:
        level = table.quantile(quantile)
        axes.axhline(level, color="grey", linewidth=0.8, linestyle=":")
        axes.annotate(f"{100 * quantile:g} %", (1, level), color="grey", fontsize=8, va="bottom")
    ends = sorted((table.quantile(BOTTOM), table.quantile(1.0)))
    margin = 0.05 * (ends[1] - ends[0])
    axes.set(
        xscale="log",
        xlabel="trials",
        ylabel=f"best {table.specification.metric} so far, mean over seeds",
        ylim=(ends[0] - margin, ends[1] + margin),
        title=f"{table.specification.name}, {table.rows:,} rows",
    )
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.legend(fontsize=8, loc="lower right" if table.specification.maximize else "upper right")
    figure.savefig(path, dpi=150)


def best_so_far(search: Search, trials: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the best true score after each of these numbers of trials, `(trials,)`."""
    numbers, scores = np.array(search.steps).T
    return np.asarray(scores[np.searchsorted(numbers, trials, side="right") - 1])
