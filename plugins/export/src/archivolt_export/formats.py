"""The formats of an export: how each is written, and how it is called again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt_export.asking import LITERT, ONNX, SAVED_MODEL, check_asked
from archivolt_export.errors import ConversionError
from archivolt_export.litert import LOOKUPS, converted, row_by_row, run_litert
from archivolt_export.litert import NEEDS as LITERT_NEEDS
from archivolt_export.onnx_files import NEEDS as ONNX_NEEDS
from archivolt_export.onnx_files import run_onnx, write_onnx
from archivolt_export.ports import Exportable, Features
from archivolt_export.saved_model import all_rows, run_saved_model, write_saved_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt_export.arithmetic import Arithmetic
    from archivolt_export.litert import Call

AT_ONCE = 256  # rows of a call, where a format takes any number


@frozen
class Format:
    """One format."""

    name: str
    # Of a model, the representative rows where it needs them, and how numbers are kept.
    # Tells in which numbers what is written computes, where these were chosen.
    write: Callable[[Exportable, Path, Features | None, str], tuple[Arithmetic, ...]]
    open: Callable[[Path], Call]
    all: Callable[[Exportable, Call, Features], NDArray[Any]]  # what it gives for all rows
    needs: tuple[tuple[str, str], ...] = ()  # modules, with the distributions that bring them


def _write_saved_model(given: Exportable, path: Path, _: Features | None, __: str) -> tuple[()]:
    write_saved_model(given, path)
    return ()


def _write_onnx(given: Exportable, path: Path, _: Features | None, __: str) -> tuple[()]:
    write_onnx(given, path)
    return ()


def _write_litert(
    given: Exportable, path: Path, rows: Features | None, quantization: str
) -> tuple[Arithmetic, ...]:
    file = converted(given.model, rows, quantization)
    path.write_bytes(file.content)
    return file.arithmetic


def _all_rows(given: Exportable, call: Call, features: Features) -> NDArray[Any]:
    return all_rows(given, call, features, AT_ONCE)


def _open_litert(path: Path) -> Call:
    return run_litert(path.read_bytes())


FORMATS = {
    each.name: each
    for each in (
        Format(SAVED_MODEL, _write_saved_model, run_saved_model, _all_rows),
        Format(ONNX, _write_onnx, run_onnx, _all_rows, ONNX_NEEDS),
        Format(LITERT, _write_litert, _open_litert, row_by_row, LITERT_NEEDS),
    )
}


def find_format(name: str, quantization: str) -> Format:
    """Return a format by its name; see `check_asked` for what it raises."""
    check_asked(name, quantization)
    return FORMATS[name]


def alternatives(tried: Format, error: ConversionError) -> str:
    """Say what may be done about a model that a format does not hold."""
    told = f"--format {SAVED_MODEL} takes every model." if tried.name != SAVED_MODEL else ""
    if any(kind in layer for layer in error.layers for kind in LOOKUPS):
        told = (
            f"Text is looked up in the preprocessing: --without-preprocessing leaves it out. {told}"
        )
    return told
