"""Mixed examples: what one that is made of several is compared with (Zhang et al., 2018).

The loss of such an example is the sum of its losses on all of their labels, by its shares in them
and by their weights. Cross-entropies are linear in what they compare with, so that sum is the
cross-entropy on mixed labels; the squared error on mixed labels is less than it by a number that no
network can change, and has the same slope.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from attrs import frozen

if TYPE_CHECKING:
    Tensor = Any


@frozen(eq=False)
class Compared:
    """What the examples of a batch are compared with."""

    labels: Tensor
    weights: Tensor | None = None  # `(batch,)`, or `(batch, time)` for labels per step
    known: Tensor | None = None  # 1 for each label that is there, 0 for others: one a task
    prior: Tensor | None = None  # logits of a frozen network
    wanted: Tensor | None = None  # by a teacher

    @classmethod
    def of(cls, targets: Sequence[Tensor], weighted: bool, gaps: bool, prior: bool) -> Compared:
        """Name what comes in the order of `Piece.targets`; what a teacher says is left out."""
        following = iter(targets[1:])
        return cls(
            targets[0], *(next(following) if is_ else None for is_ in (weighted, gaps, prior))
        )

    def each(self, change: Callable[[Tensor], Tensor]) -> Compared:
        """Change all that is there."""
        values = (self.labels, self.weights, self.known, self.prior, self.wanted)
        return Compared(*(None if value is None else change(value) for value in values))

    def mixed(self, shares: Tensor, owners: Sequence[int]) -> Compared:
        """Mix all of it.

        What a frozen network would say of a mixed example is taken to be the mixture of what it
        says of the others. Labels need the shape of the logits. Labels that are not there take no
        part: a mixed example has the mean of the others, and counts by their shares.

        Args:
            shares: Of each mixed example in those of the batch, `(batch, batch)`.
            owners: The task of each output.
        """
        total = _sum(shares, self.weights)
        known, wanted = (
            _mean(shares, each, self.weights, total) for each in (self.known, self.wanted)
        )
        if self.known is None:
            labels = _mean(shares, self.labels, self.weights, total)
        else:
            there = tf.gather(self.known, owners, axis=-1)
            if self.weights is not None:
                there *= tf.expand_dims(self.weights, -1)
            mixed = _sum(shares, self.labels * there)
            labels = tf.math.divide_no_nan(mixed, _sum(shares, there))
        return Compared(labels, total, known, _sum(shares, self.prior), wanted)


def _sum(shares: Tensor, values: Tensor | None) -> Tensor | None:
    return None if values is None else tf.einsum("ij,j...->i...", shares, values)


def _mean(
    shares: Tensor, values: Tensor | None, weights: Tensor | None, total: Tensor | None
) -> Tensor | None:
    if values is None or weights is None:
        return _sum(shares, values)
    weighed = _sum(shares, values * tf.expand_dims(weights, -1))
    return tf.math.divide_no_nan(weighed, tf.expand_dims(total, -1))
