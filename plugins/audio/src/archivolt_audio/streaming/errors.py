"""What keeps a network from being streamed."""

from __future__ import annotations

from attrs import define

from archivolt.errors import ArchivoltError

CAUSAL = (
    "Blocks that stream are `svdf`, `residual_svdf`, `step_dense`, `rnn`, `gru` and `lstm` one "
    "way, and, with `causal: true`, `conv1d`, `separable_conv1d`, `tc_resnet` and `conv_recurrent`."
)


@define
class NotStreamableError(ArchivoltError):
    """A layer that cannot run frame by frame and give what it gives on the whole clip."""

    layer: str  # "MultiHeadAttention 'multi_head_attention'"
    why: str
    instead: str = CAUSAL
    block: str | None = None  # "block 2, attention(heads=4, …)", where it is known

    def __str__(self) -> str:
        place = f" of {self.block}" if self.block else ""
        return f"the layer {self.layer}{place} cannot be streamed: {self.why}. {self.instead}"


@define
class StreamDiffersError(ArchivoltError):
    """A streaming model that does not give what the whole clip gives."""

    difference: float  # the largest
    tolerance: float
    clips: int

    def __str__(self) -> str:
        return (
            f"frame by frame, {self.clips} clips give outputs that differ from those "
            f"of the whole clip by up to {self.difference:.2g}; more than {self.tolerance:.0e} is "
            "no rounding. Nothing was written. Please report this with the run's `model.json`."
        )
