"""An auxiliary head: a second one on an inner block, for training alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from keras import layers

from archivolt.values.features import IMAGE, SEQUENCE

if TYPE_CHECKING:
    from archivolt.components.block import Block

AUXILIARY = "auxiliary"  # scope of its weights


def inner_position(architecture: Sequence[Block]) -> int | None:
    """Return the number of blocks below the auxiliary head; None where no block is an inner one.

    It stands two thirds of the way up, as in the networks of Zoph et al. (2018), appendix A.7.
    """
    position = max(1, 2 * len(architecture) // 3)
    return position if position < len(architecture) else None


def auxiliary_logits(x: Any, below: Block, outputs: int, per_step: bool) -> Any:
    """Build the head on the output of a block: pooled, if it is no vector, then a dense layer.

    The classifiers of Szegedy et al. (2015), section 5, have a convolution and a layer more; one on
    a small network is kept as cheap as its blocks are.
    """
    if below.writes == IMAGE:
        x = layers.GlobalAveragePooling2D(name="auxiliary_pooled")(x)
    elif below.writes == SEQUENCE and not per_step:
        x = layers.GlobalAveragePooling1D(name="auxiliary_pooled")(x)
    return layers.Dense(outputs, dtype="float32", name="auxiliary_logits")(x)
