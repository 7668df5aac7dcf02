"""Blocks: micro-architectures with a name and typed hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from archivolt.components.base import Component
from archivolt.components.growth import Lanes, Preserved
from archivolt.values.features import Features
from archivolt.values.footprint import Footprint

if TYPE_CHECKING:
    Tensor = Any  # a symbolic Keras tensor, `(batch, …)`; Columns for the kind `columns`


class Block(Component):
    """A function from tensors to a tensor, built from plain Keras layers.

    `reads` and `writes` are feature kinds (`archivolt.values.features`). A `connector` is put
    by the space where the kind changes; it does not count towards the depth.
    """

    __slots__ = ()

    reads: ClassVar[str]
    writes: ClassVar[str]
    connector: ClassVar[bool] = False
    looks_back: ClassVar[bool] = False  # whether `earlier` matters to the block
    wires: ClassVar[tuple[str, ...]] = ()  # tunable fields that say which of `earlier` it reads
    int8: ClassVar[bool] = True  # whether networks of it can be exported with 8-bit integers

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        """Build the block on `x`: pure graph building, no state kept.

        Args:
            x: What the block before gives, `(batch, …)` of the kind `reads`.
            earlier: The outputs before `x`, the network's input first, newest last.

        Returns:
            A tensor of the kind `writes`.
        """
        raise NotImplementedError

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        """Tell what the block would give and cost on `x`, without building it.

        A search space asks thousands of times a second; a block that computes this from shapes
        answers in microseconds. By default the block is built once for each input shape and
        measured.

        Raises:
            SpaceError: the block cannot stand on such features (a window larger than the plate).
        """
        from archivolt.components.measuring import measure

        return measure(self, x, tuple(earlier))

    def computes(self) -> tuple[str, ...]:
        """Tell what the block computes, as names of what runs through it, as often as it does.

        Optional: a block whose fields say the same thing in many ways, such as a cell of wired
        operations, names what is left of it, an operation sequence each. Names mean something
        only beside each other: searchers with a model take candidates that share many of them
        for alike, whatever their fields. By default nothing is told, and the fields are compared.
        """
        return ()

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        """Tell how this block computes what stood here in the parent; None where it cannot.

        Optional: function-preserving changes (`widen`, `insert_identity`) choose only blocks that
        can. By default a block can where it is as it was, on an input that is as it was.

        Args:
            before: The parent's block at this place; None: the parent has none, so the block
                shall hand its input on.
            x: What the block reads, beside what `before` read.
            earlier: The outputs before `x`, newest last.
        """
        if before != self or not x.same or not all(each.same for each in earlier):
            return None
        features = self.footprint(x.now, tuple(each.now for each in earlier)).features
        return Preserved(Lanes.equal(features))
