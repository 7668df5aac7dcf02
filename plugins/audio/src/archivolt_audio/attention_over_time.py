"""Blocks in which the steps of a recording are weighed by what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.values.features import SEQUENCE, VECTOR
from archivolt.values.tunable import tunable
from archivolt_audio.temporal_block import TemporalBlock
from archivolt_blocks.vectors import DROPOUTS

if TYPE_CHECKING:
    from archivolt_audio.temporal_maker import TemporalMaker

    Tensor = Any

HEADS = (1, 2, 4, 8)
WIDTHS = (8, 16, 32, 64)  # features of a head


@frozen
class KeywordTransformer(TemporalBlock):
    """Encoder layer of the keyword transformer, steps numbered (Berg et al., 2021).

    Maps `(batch, time, features)` to the same shape. The norm comes after each residual, and with
    `places` a learned vector is added to each step first, by its number, so that the block knows
    their order: the first of several needs it. It wants sequences of one length. The layer with the
    norm before, which may be causal, is the block `attention` of `archivolt-blocks`.
    """

    name = "keyword_transformer"
    writes = SEQUENCE
    heads: int = tunable(1, choices=HEADS)
    head_width: int = tunable(32, choices=WIDTHS)  # published: 64
    expansion: int = tunable(4, choices=(1, 2, 4))  # hidden units to features
    places: bool = tunable(True, choices=(False, True))
    dropout: float = tunable(0.0, choices=DROPOUTS)  # of the attention, and of the dense layers

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        if self.places:
            x = make.place(x)
        features = make.shape(x)[-1] or 1
        y = make.attend(x, self.heads, self.head_width, dropout=self.dropout)
        x = make.normalise(make.add(x, y), "layer")
        y = make.activation(make.dense(x, self.expansion * features), "gelu")
        y = make.dense(y, features)
        y = make.dropout(y, self.dropout) if self.dropout else y
        return make.normalise(make.add(x, y), "layer")


@frozen
class AttentionQuery(TemporalBlock):
    """Lets one step ask all others, multi-head attention of MHAtt-RNN (Rybakov et al., 2020).

    Maps `(batch, time, features)` to `(batch, features)`. The last step, which behind a recurrent
    layer knows of all, or the average of the steps attends to every step; padded ones count
    nowhere.
    """

    name = "attention_query"
    writes = VECTOR
    heads: int = tunable(4, choices=HEADS)
    head_width: int = tunable(16, choices=WIDTHS)
    query: str = tunable("last", choices=("last", "average"))

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        asking = make.last(x) if self.query == "last" else make.pool_all(x, "average")
        return make.ask(x, asking, self.heads, self.head_width)
