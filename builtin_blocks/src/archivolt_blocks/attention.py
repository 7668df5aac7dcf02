"""Blocks for sequences whose steps attend to each other."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import ACTIVATIONS, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock
from archivolt_blocks.vectors import DROPOUTS


@frozen
class Attention(PlannedBlock):
    """Multi-head self-attention with residual and norm (Vaswani et al., 2017).

    Maps `(batch, time, features)` to the same shape. The norm comes before the attention and
    before the dense layers that follow it, as is stable without warm-up (Xiong et al., 2020).
    `expansion` of 0 leaves the dense layers out. The block knows no order of the steps but by
    `causal`, where no step attends to a later one: put it behind a convolution or a recurrent
    layer.
    """

    name = "attention"
    reads = writes = SEQUENCE
    heads: int = tunable(4, choices=(1, 2, 4, 8))
    head_width: int = tunable(16, choices=(8, 16, 32, 64))  # features of a head
    expansion: int = tunable(2, choices=(0, 1, 2, 4))  # hidden units to features
    causal: bool = tunable(False, choices=(False, True))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    dropout: float = tunable(0.0, choices=DROPOUTS)  # of the attention, and of the dense layers

    def unused(self) -> frozenset[str]:
        return frozenset() if self.expansion else frozenset({"activation"})

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = make.normalise(x, "layer")
        x = make.add(x, make.attend(y, self.heads, self.head_width, self.causal, self.dropout))
        if not self.expansion:
            return x
        features = make.shape(x)[-1] or 1
        y = make.dense(make.normalise(x, "layer"), self.expansion * features)
        y = make.dense(make.activation(y, self.activation), features)
        return make.add(x, make.dropout(y, self.dropout) if self.dropout else y)
