"""Two LiteRT files as one: what the first gives, the second reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from tensorflow.lite.tools import flatbuffer_utils

from archivolt_export.asking import LITERT
from archivolt_export.errors import ConversionError

ALIGNMENT = 16  # bytes: the schema promises it of what buffers hold
RUNTIME = b"min_runtime_version"  # of the metadata


def joined(first: bytes, second: bytes) -> bytes:
    """Put one file behind another, and leave the arithmetic of both what it is.

    Args:
        first: With one signature, which gives everything that `second` reads, by name.
        second: With one signature.

    Returns:
        A file with the inputs of the first and the outputs of the second.

    Raises:
        ConversionError: the second branches or loops.
    """
    whole, added = read(first), read(second)
    if len(added.subgraphs) > 1:
        raise ConversionError(LITERT, "a network that branches or loops has no int8 form")
    (graph, *_), (more,) = whole.subgraphs, added.subgraphs
    (signature,), (following,) = whole.signatureDefs, added.signatureDefs
    given = {each.name: each.tensorIndex for each in signature.outputs}
    place = {each.tensorIndex: given[each.name] for each in following.inputs}
    _append_tensors(whole, added, place)
    codes = len(whole.operatorCodes)
    for operator in more.operators:
        operator.opcodeIndex += codes
        for field in ("inputs", "outputs", "intermediates"):
            setattr(operator, field, _moved(getattr(operator, field), place))
    graph.operators = [*graph.operators, *more.operators]
    graph.outputs = _moved(more.outputs, place)
    whole.operatorCodes = [*whole.operatorCodes, *added.operatorCodes]
    signature.outputs = following.outputs
    for each in signature.outputs:
        each.tensorIndex = place[each.tensorIndex]
    _write_runtime(whole, added)
    return _written(whole)


def branches(content: bytes) -> bool:
    """Tell whether a file branches or loops: such a one cannot be joined to another."""
    return len(read(content).subgraphs) > 1


def read(content: bytes) -> Any:
    """Read a file into the objects of the schema."""
    return flatbuffer_utils.convert_bytearray_to_object(bytearray(content))


def _append_tensors(whole: Any, added: Any, place: dict[int, int]) -> None:
    """Put the tensors of one file, and what they hold, behind those of another.

    Args:
        whole: Is changed.
        added: Is used up.
        place: Of the tensors that are there already, by their old place; the others are put in.
    """
    tensors, buffers = list(whole.subgraphs[0].tensors), len(whole.buffers)
    for old, tensor in enumerate(added.subgraphs[0].tensors):
        if old not in place:
            place[old] = len(tensors)
            tensor.buffer += buffers if tensor.buffer else 0  # 0 is what holds nothing
            tensors.append(tensor)
    whole.subgraphs[0].tensors = tensors
    whole.buffers = [*whole.buffers, *added.buffers]


def _moved(tensors: Sequence[int] | None, place: Mapping[int, int]) -> Any:
    if tensors is None:
        return None
    return np.array([place.get(each, each) for each in map(int, tensors)], np.int32)  # -1: none


def _write_runtime(whole: Any, added: Any) -> None:
    """Let the file ask for the newer of the two runtimes that its parts ask for."""
    ours, theirs = (dict(_metadata(each)) for each in (whole, added))
    if RUNTIME in ours and RUNTIME in theirs:
        asked = max(ours[RUNTIME], theirs[RUNTIME], key=_version)
        for each in whole.metadata:
            if each.name == RUNTIME:
                whole.buffers[each.buffer].data = np.frombuffer(asked, np.uint8)


def _metadata(model: Any) -> Iterator[tuple[bytes, bytes]]:
    for each in model.metadata or ():
        yield each.name, bytes(model.buffers[each.buffer].data)


def _version(told: bytes) -> tuple[int, ...]:
    text = told.partition(b"\0")[0].decode()
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def _written(model: Any) -> bytes:
    model.buffers = [_Aligned(each) for each in model.buffers]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


@frozen
class _Aligned:
    """A buffer that is written where a runtime may read numbers of any size from it.

    What is generated of the schema for Python forgets that.
    """

    buffer: Any

    def Pack(self, builder: Any) -> Any:  # noqa: N802  # the schema calls it so
        if self.buffer.data is not None:
            builder.Prep(ALIGNMENT, len(self.buffer.data))
        return self.buffer.Pack(builder)
