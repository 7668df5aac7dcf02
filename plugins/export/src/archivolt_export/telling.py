"""An export, told to people and to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from attrs import asdict

from archivolt.values.problem import REPORT
from archivolt.values.selection import STANDARD_ERROR
from archivolt_export.asking import FLOAT
from archivolt_export.exporting import Exported, Side
from archivolt_export.ports import Port

if TYPE_CHECKING:
    from archivolt_export.arithmetic import Arithmetic


def lines(exported: Exported) -> Iterator[str]:
    """Tell of an export beside the model that it was made of."""
    before, after, metric = exported.before, exported.after, exported.metric
    kept = "" if exported.quantization == FLOAT else f", {exported.quantization}"
    if exported.representative:
        kept += f" by {exported.representative} training rows"
    inside = "" if exported.preprocessing else ", without its preprocessing"
    yield f"{exported.path}: {exported.what} as {exported.format}{kept}{inside}"
    yield f"size:       {before.bytes:,} bytes in Keras, {after.bytes:,} exported"
    yield (
        f"latency:    {before.latency_ms:.3f} ms a row in TensorFlow, {after.latency_ms:.3f} "
        "exported (median, one thread where it may be set, this machine)"
    )
    if before.metrics:
        error = before.metrics.get(STANDARD_ERROR)
        spread = "" if error is None else f" ± {error:.4f}"
        yield (
            f"{metric + ':':<11} {before.metrics[metric]:.4f}{spread} before, "
            f"{after.metrics[metric]:.4f} exported, on {exported.rows:,} rows that took part in no "
            "choice"
        )
    yield (
        f"difference: {exported.difference:.2g} at most between two outputs, on {exported.rows:,} "
        f"{exported.split} rows"
    )
    if exported.arithmetic:
        yield f"arithmetic: {_parts(exported.arithmetic)}"
    yield f"inputs:     {', '.join(map(_told, exported.inputs))}"
    yield f"outputs:    {', '.join(map(_told, exported.outputs))}"
    yield from (f"note: {note}" for note in exported.notes)


def as_data(exported: Exported) -> dict[str, Any]:
    """Return an export as plain data; see docs/export.md for the fields."""
    return {
        "path": str(exported.path),
        "format": exported.format,
        "quantization": exported.quantization,
        "model": exported.what,
        "preprocessing": exported.preprocessing,
        "representative_rows": exported.representative,
        "arithmetic": [asdict(each) for each in exported.arithmetic],
        "inputs": [_port(each) for each in exported.inputs],
        "outputs": [_port(each) for each in exported.outputs],
        "metric": exported.metric,
        "split": exported.split,
        "rows": exported.rows,
        "report_rows": exported.rows if exported.split == REPORT else 0,
        "before": _side(exported.before, exported.metric),
        "after": _side(exported.after, exported.metric),
        "difference": exported.difference,
        "notes": list(exported.notes),
    }


def _parts(found: Iterable[Arithmetic]) -> str:
    return "; ".join(
        f"{part} " + ", ".join(map(_amount, numbers))
        for part, numbers in groupby(found, key=attrgetter("part"))
    )


def _amount(found: Arithmetic) -> str:
    plural = "" if found.operations == 1 else "s"
    return (
        f"{found.dtype} ({found.operations} operation{plural}, {found.bytes:,} bytes of constants)"
    )


def _told(port: Port) -> str:
    shape = ", ".join("any" if length is None else str(length) for length in port.shape)
    name = port.port if port.port == port.name else f"{port.port} ({port.name})"
    return f"{name} {port.dtype} [{shape}]"


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "port": port.port,
        "shape": list(port.shape),
        "dtype": port.dtype,
    }


def _side(side: Side, metric: str) -> dict[str, Any]:
    return {
        "bytes": side.bytes,
        "latency_ms": side.latency_ms,
        "score": _finite(side.metrics).get(metric),
        "metrics": _finite(side.metrics),
    }


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in metrics.items()}
