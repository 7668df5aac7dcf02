"""Runs below a run, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from archivolt.cli.wording import plus_minus, quantity, score
from archivolt.search.branching import Branch
from archivolt.values.problem import REPORT

if TYPE_CHECKING:
    from archivolt.values.problem import Problem


def branch_lines(branches: Iterable[Branch], problem: Problem) -> Iterator[str]:
    """Tell in a line of each run below a run what it is for, and how good what it found is."""
    name, rows = problem.metric.name, problem.rows.get(REPORT, 0)
    for each in branches:
        line = f"{each.name}/: {each.about.get('what', 'another search on the same rows')}"
        if each.single is None:
            yield f"{line}; its search has not ended"
            continue
        line += f", {quantity(each.single.parameters)} parameters: {name} "
        if each.single.report:
            value, spread = each.single.report.get(name), plus_minus(each.single.report)
            yield f"{line}{score(value)}{spread} on {rows:,} rows that took part in no choice"
        else:
            chosen = score(each.single.validation.get(name))
            yield f"{line}{chosen} on the validation rows that chose it"
