"""Epochs in proportion to the depth of a network."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.strategies import Decision, New
from archivolt_searchers.capped import Capped

if TYPE_CHECKING:
    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History


@frozen
class DepthScaled(Capped):
    """Train for epochs in proportion to the depth: shallow networks for fewer.

    As Model Search does with `use_parameter_scaled_training` (Mazzawi and Gonzalvo, 2021). A
    network of `full_depth` blocks or more, connectors not counted, gets its recipe's epochs. A
    shallower one gets its share of them, and its learning-rate schedule is laid over that share,
    so that it ends as it would in a recipe of so many epochs.
    """

    name = "depth_scaled"
    full_depth: int = field(default=4, validator=ge(1))  # blocks
    min_epochs: int = field(default=1, validator=ge(1))  # at least, unless the recipe has fewer

    def next(self, history: History) -> Decision:
        return New()

    def schedule(self, candidate: Candidate) -> int:
        depth = sum(not block.connector for block in candidate.architecture)
        longest = super().schedule(candidate)
        share = ceil(longest * depth / self.full_depth)
        return min(longest, max(share, self.min_epochs))
