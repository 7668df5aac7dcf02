"""How the positions of a table are wired, and what runs through the cell that they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from attrs import frozen

Way = tuple[str, ...]  # the values on it, first to last
INPUT, OUTPUT = "input", "output"
THEN = " > "


class Cell(Protocol):
    """A graph that the values of all positions make."""

    def computes(self, values: Sequence[str]) -> tuple[str, ...]:
        """Tell what runs through the cell, in alphabetical order.

        That is each way through it, from input to output, and each pair of neighbours on a way:
        two ways that differ in their end have their beginning in common. What hands on is left out
        of a way, and one on which one value carries nothing is none.
        """


@frozen
class EdgeCell:
    """Each position is an edge, its value what runs along it; from the first node to the last."""

    edges: tuple[tuple[int, int], ...]  # a position each: from node to node, ascending
    absent: frozenset[str] = frozenset()  # values that carry nothing
    passing: frozenset[str] = frozenset()  # values that hand on what they read

    def computes(self, values: Sequence[str]) -> tuple[str, ...]:
        first, last = min(each for each, _ in self.edges), max(each for _, each in self.edges)
        reached: dict[int, list[Way]] = {first: [()]}
        for (start, end), value in sorted(zip(self.edges, values, strict=True)):
            if value not in self.absent:
                step = _step(value, self.passing)
                ways = [(*way, *step) for way in reached.get(start, [])]
                reached.setdefault(end, []).extend(ways)
        return _told(reached.get(last, []))


@frozen
class NodeCell:
    """Positions are nodes, and the value of one more tells which node each of them reads.

    The output is made of the nodes that no other reads.
    """

    operations: tuple[int, ...]  # positions of the nodes 1, 2, …; node 0 is the cell's input
    wiring: int  # position of the value that tells how they are wired
    inputs: tuple[tuple[str, tuple[int, ...]], ...]  # that value, and the node that each node reads
    absent: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()

    def computes(self, values: Sequence[str]) -> tuple[str, ...]:
        inputs = dict(self.inputs)[values[self.wiring]]
        reached: list[Way | None] = [()]
        for at, read in zip(self.operations, inputs, strict=True):
            way = reached[read]
            if way is None or values[at] in self.absent:
                reached.append(None)
            else:
                reached.append((*way, *_step(values[at], self.passing)))
        ends = [way for node, way in enumerate(reached) if node and node not in inputs]
        return _told(way for way in ends if way is not None)


def _step(value: str, passing: frozenset[str]) -> Way:
    return () if value in passing else (value,)


def _told(ways: Iterable[Way]) -> tuple[str, ...]:
    told = []
    for way in ways:
        whole = (INPUT, *way, OUTPUT)
        told += [THEN.join(pair) for pair in pairwise(whole)]
        told.append(THEN.join(whole))
    return tuple(sorted(told))
