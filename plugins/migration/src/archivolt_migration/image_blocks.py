"""Blocks of Model Search for pictures: names, and what stands for them."""

from __future__ import annotations

from archivolt_migration.counterpart import Counterpart

# Model Search sets no bound on channels where it doubles them; ours needs one.
MOST = 65536
PLAIN = {"normalisation": "none", "activation": "relu"}  # no convolution there has batch norm

SQUARES = (3, 4, 5)
WINDOWS = ("3x3", "4x4", "5x5", "1x3", "1x5", "1x7", "3x1", "5x1", "7x1")  # height x width

_SMALL = "a window larger than the plate is never proposed, where the original then does nothing"


def _fixed(filters: int, stride: int = 1) -> Counterpart:
    fields = {"filters": filters, "kernel": "3x3", "stride": stride, "dilation": 1}
    return Counterpart("convolution", {**fields, **PLAIN})


def _proportional(growth: float, kernel: str, dilation: int = 1) -> Counterpart:
    fields = {"growth": growth, "kernel": kernel, "stride": 1, "dilation": dilation}
    return Counterpart("pyramid_convolution", {**fields, **PLAIN, "most": MOST})


def _downsample(kernel: str) -> Counterpart:
    fields = {"kernel": kernel, "growth": 2.0}
    return Counterpart("downsample_convolution", {**fields, **PLAIN, "most": MOST})


def _residual(kernel: str) -> Counterpart:
    fields = {"kernel": kernel, "growth": 1.0, "stride": 1, "shortcut": "identity"}
    return Counterpart("residual", {**fields, **PLAIN, "most": MOST})


def _pool(mode: str, size: int) -> Counterpart:
    return Counterpart("pooling", {"mode": mode, "size": size, "stride": size}, _SMALL)


def _to_vector(mode: str, differs: str = "") -> Counterpart:
    return Counterpart("image_to_vector", {"mode": mode}, differs, connector=True)


IMAGE_BLOCKS = {
    **{f"FIXED_CHANNEL_CONVOLUTION_{n}": _fixed(n) for n in (16, 32, 64, 96, 120)},
    "FIXED_CHANNEL_STRIDE_96_2": _fixed(96, stride=2),
    **{f"CONVOLUTION_{window.upper()}": _proportional(1.0, window) for window in WINDOWS},
    **{f"INCREASE_CHANNELS_{n}X{n}": _proportional(2.0, f"{n}x{n}") for n in SQUARES},
    **{f"DOWNSAMPLE_CONVOLUTION_{n}X{n}": _downsample(f"{n}x{n}") for n in SQUARES},
    **{f"DILATED_CONVOLUTION_{n}": _proportional(1.0, "3x3", n) for n in (2, 4)},
    **{f"RESNET_{n}X{n}": _residual(f"{n}x{n}") for n in SQUARES},
    "DUAL_RESNET": Counterpart(
        "dual_residual",
        {"kernel": "3x3", "other_kernel": "3x3", **PLAIN},
        "two branches of half the channels stand side by side, where the original adds the mean "
        "of two branches of all channels: about half the parameters",
    ),
    "GENERAL_BLOCK": Counterpart(
        "inception",
        {"share": 0.2, "kernel": "3x3", "other_kernel": "5x5", **PLAIN},
        "the second window is 5x5 in one convolution, where the original has two of 3x3 in each "
        "branch and one after each pooling; below 5 channels it is never proposed, where the "
        "original does nothing below 6",
    ),
    **{f"AVERAGE_POOL_{n}X{n}": _pool("average", n) for n in (2, 4)},
    **{f"MAX_POOLING_{n}X{n}": _pool("max", n) for n in (2, 3, 5)},
    "FLATTEN": _to_vector("flatten"),
    "DOWNSAMPLE_FLATTEN": _to_vector("downsample", "its windows are 3x3, there 2x2"),
    "PLATE_REDUCTION_FLATTEN": _to_vector("average"),
}

# Named in two shipped files and in the published result, and in no release. They were described
# as the cells of Zoph et al. (2018); how wide they were is not known.
CELLS = {
    "CIFAR_NASA": Counterpart("nasnet_normal", {"filters": [16, 32, 64]}),
    "CIFAR_NASA_REDUCTION": Counterpart("nasnet_reduction", {"filters": [16, 32, 64]}),
}
