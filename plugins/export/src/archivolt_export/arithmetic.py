"""In which numbers a LiteRT file computes, as the file itself says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen
from tensorflow.lite.python.schema_py_generated import BuiltinOperator, TensorType

from archivolt_export.asking import INT8
from archivolt_export.joining import read

FLOAT32 = "float32"
PREPROCESSING, NETWORK = "preprocessing", "network"
DTYPES = {
    TensorType.INT8: INT8,
    TensorType.FLOAT32: FLOAT32,
    TensorType.COMPLEX64: FLOAT32,  # two of them
}
CONVERSIONS = (BuiltinOperator.QUANTIZE, BuiltinOperator.DEQUANTIZE)  # from one to the other


@frozen
class Arithmetic:
    """What part of a file computes in numbers of one type."""

    part: str  # preprocessing, network
    dtype: str  # float32, int8
    operations: int  # that give such numbers, conversions between types apart
    bytes: int  # of the constants that they read, weights above all


def arithmetic(content: bytes, part: str) -> tuple[Arithmetic, ...]:
    """Tell in which numbers a file computes, the type of most operations first.

    What gives places, shapes or comparisons is not counted.
    """
    counts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    seen = {0}  # the buffer that holds nothing
    for dtype, held in _operations(read(content)):
        counts[dtype] = counts.get(dtype, 0) + 1
        fresh = {place: size for place, size in held.items() if place not in seen}
        sizes[dtype] = sizes.get(dtype, 0) + sum(fresh.values())
        seen.update(fresh)
    found = (Arithmetic(part, dtype, count, sizes[dtype]) for dtype, count in counts.items())
    return tuple(sorted(found, key=lambda each: -each.operations))


def _operations(model: Any) -> Iterator[tuple[str, dict[int, int]]]:
    """Yield the type that an operation gives, and the bytes of the buffers that it reads."""
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            # Codes beyond 127 stand in the newer field alone.
            if max(code.builtinCode, code.deprecatedBuiltinCode) in CONVERSIONS:
                continue
            given = (DTYPES.get(graph.tensors[each].type) for each in operator.outputs)
            dtype = next((each for each in given if each is not None), None)
            if dtype is not None:
                places = {graph.tensors[each].buffer for each in operator.inputs if each >= 0}
                yield dtype, {each: _size(model.buffers[each]) for each in places}


def _size(buffer: Any) -> int:
    return 0 if buffer.data is None else len(buffer.data)
