"""What stands for a sequence while its network is made to stream."""

from __future__ import annotations

from typing import Any

from attrs import frozen

Tensor = Any
TIME = 1  # the axis


@frozen(eq=False)
class Steps:
    """The newest steps of a sequence: those that one call of the streaming model adds."""

    tensor: Tensor  # `(batch, steps, …)`
    every: int  # frames from one step to the next
    lead: int = 0  # steps of zeros that stand before the first, for a window to begin in

    @property
    def count(self) -> int:
        steps: int = self.tensor.shape[1]
        return steps


@frozen(eq=False)
class Samples:
    """The newest samples of a recording, before a front end makes steps of them."""

    tensor: Tensor  # `(batch, samples)`


@frozen(eq=False)
class Unending:
    """What is true of a recording until its sound ends: in a stream, always."""


@frozen(eq=False)
class FromEnd:
    """Steps counted from the end of a clip, which a stream knows only of its newest one.

    A mask that is turned round, added up and turned round again; see `last_step`.
    """

    mask: Steps  # which steps are real


@frozen(eq=False)
class AtLast:
    """True at the last real step of a clip, so far."""

    mask: Steps


@frozen(eq=False)
class Held:
    """A sequence that is zero but in its last real step."""

    x: Steps
    mask: Steps
