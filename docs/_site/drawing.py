"""Pictures of blocks: the operations of a Keras graph as boxes, the tensors between as lines."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from attrs import frozen

WIDTH, HEIGHT = 176, 40  # of a box, pixels
ACROSS, DOWN = 24, 26  # between boxes
MARGIN = 8
MOST = 40  # operations that a picture shows


@frozen
class Box:
    """An operation of the graph, and where it stands."""

    title: str
    shape: str
    row: int
    parents: tuple[int, ...]


def draw(model: Any) -> str | None:
    """Return a model's graph as SVG, from its inputs down; None where it has too many operations.

    A box tells the class of the operation and the shape of its output, the batch axis left out.
    """
    boxes = _boxes(model)
    return _svg(boxes) if 0 < len(boxes) <= MOST else None


def _boxes(model: Any) -> list[Box]:
    nodes = [
        node
        for depth in sorted(model._nodes_by_depth, reverse=True)
        for node in model._nodes_by_depth[depth]
    ]
    places = {id(node): at for at, node in enumerate(nodes)}
    boxes: list[Box] = []
    for node in nodes:
        parents = tuple(
            dict.fromkeys(places[id(each)] for each in node.parent_nodes if id(each) in places)
        )
        row = 1 + max((boxes[at].row for at in parents), default=-1)
        boxes.append(Box(_title(node.operation), _shape(node.outputs), row, parents))
    return boxes


def _title(operation: Any) -> str:
    name = type(operation).__name__.replace("InputLayer", "input")
    told = [
        str(getattr(operation, key))
        for key in ("units", "filters", "kernel_size", "pool_size", "rate")
        if getattr(operation, key, None) is not None
    ]
    activation = getattr(getattr(operation, "activation", None), "__name__", None)
    if activation not in (None, "linear"):
        told.append(str(activation))
    return f"{name} {', '.join(told)}" if told else name


def _shape(outputs: Sequence[Any]) -> str:
    shapes = [" x ".join("?" if n is None else str(n) for n in each.shape[1:]) for each in outputs]
    return ", ".join(shape or "·" for shape in shapes)


def _svg(boxes: Sequence[Box]) -> str:
    rows: dict[int, list[int]] = {}
    for at, box in enumerate(boxes):
        rows.setdefault(box.row, []).append(at)
    widest = max(map(len, rows.values()))
    spans = any(box.row - boxes[at].row > 1 for box in boxes for at in box.parents)
    width = widest * (WIDTH + ACROSS) - ACROSS + 2 * MARGIN + (2 * ACROSS if spans else 0)
    height = len(rows) * (HEIGHT + DOWN) - DOWN + 2 * MARGIN
    middle: dict[int, tuple[float, float]] = {}
    for row, members in rows.items():
        whole = len(members) * (WIDTH + ACROSS) - ACROSS
        for order, at in enumerate(members):
            x = (width - whole) / 2 + order * (WIDTH + ACROSS) + WIDTH / 2
            middle[at] = (x, MARGIN + row * (HEIGHT + DOWN) + HEIGHT / 2)
    parts = [
        f'<svg class="block" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">'
    ]
    for at, box in enumerate(boxes):
        for parent in box.parents:
            parts.append(_line(middle[parent], middle[at], box.row - boxes[parent].row))
    for at, box in enumerate(boxes):
        x, y = middle[at]
        parts.append(
            f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" '
            f'height="{HEIGHT}" rx="6"/>'
            f'<text x="{x:g}" y="{y - 3:g}">{escape(_short(box.title))}</text>'
            f'<text class="shape" x="{x:g}" y="{y + 13:g}">{escape(box.shape)}</text>'
        )
    return "".join([*parts, "</svg>"])


def _line(start: tuple[float, float], end: tuple[float, float], rows: int) -> str:
    (x, y), (u, v) = (start[0], start[1] + HEIGHT / 2), (end[0], end[1] - HEIGHT / 2)
    if rows == 1 or abs(x - u) > WIDTH / 2:
        return f'<path d="M{x:g} {y:g} C{x:g} {y + DOWN:g} {u:g} {v - DOWN:g} {u:g} {v:g}"/>'
    side = x + WIDTH / 2 + ACROSS  # past the boxes between
    return (
        f'<path d="M{x:g} {y:g} '
        f"C{side:g} {y + 6:g} {side:g} {y + DOWN:g} {side:g} {y + 2 * DOWN:g} "
        f'L{side:g} {v - 2 * DOWN:g} C{side:g} {v - DOWN:g} {side:g} {v - 6:g} {u:g} {v:g}"/>'
    )


def _short(title: str, most: int = 26) -> str:
    return title if len(title) <= most else f"{title[: most - 1]}…"
