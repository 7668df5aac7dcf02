"""Blocks of Model Search for vectors: names, and what stands for them."""

from __future__ import annotations

from archivolt_migration.counterpart import Counterpart

MOST = 65536  # the original keeps any width
WIDEST = 100  # units of a layer in proportion to its input, unless it says otherwise

_RESIDUALS = {
    "FORCE_MATCH_SHAPES": ("pad", ""),
    "CONCAT": ("concatenate", ""),
    "PROJECT": (
        "project",
        "the input is always projected, without a bias, where the original projects it only to "
        "another width",
    ),
}
_NORM_FIRST = "batch normalisation comes before the activation, in the original after it"


def _proportional(
    ratio: float, residual: str = "none", normalisation: str = "none", differs: str = ""
) -> Counterpart:
    fields = {
        "ratio": ratio,
        "activation": "relu",
        "normalisation": normalisation,
        "residual": residual,
        "most": WIDEST,
    }
    return Counterpart("pyramid_dense", fields, differs)


def _residual(kind: str, batch_norm: bool) -> Counterpart:
    residual, differs = _RESIDUALS[kind]
    if not batch_norm:
        return _proportional(1.0, residual, differs=differs)
    told = f"{differs}; {_NORM_FIRST}" if differs else _NORM_FIRST
    return _proportional(1.0, residual, "batch", told)


def _fixed(units: int) -> Counterpart:
    fields = {"activation": "relu", "normalisation": "none", "dropout": 0.0, "residual": "none"}
    return Counterpart("dense", {"units": units, **fields})


def _low_rank(rank: int, skip: bool) -> Counterpart:
    fields = {"rank": rank, "ratio": 1.0, "activation": "relu", "skip": skip, "most": MOST}
    return Counterpart("low_rank", fields)


def _bottleneck(width: int, skip: bool) -> Counterpart:
    differs = "the output has no activation, in the original a ReLU"
    return Counterpart("bottleneck", {"width": width, "activation": "relu", "skip": skip}, differs)


VECTOR_BLOCKS = {
    "FULLY_CONNECTED": _proportional(1.0),
    **{
        f"FULLY_CONNECTED_RESIDUAL_{kind}{'_BATCHNORM' if norm else ''}": _residual(kind, norm)
        for kind in _RESIDUALS
        for norm in (False, True)
    },
    "FULLY_CONNECTED_PYRAMID": _proportional(
        0.5, differs="half of an odd width is rounded to the nearest, in the original down"
    ),
    **{f"FIXED_OUTPUT_FULLY_CONNECTED_{n}": _fixed(n) for n in (64, 128, 256, 512, 1024)},
    **{
        f"LOWRANK_{rank}{'_SKIP' if skip else ''}": _low_rank(rank, skip)
        for rank in (1, 2, 3)
        for skip in (False, True)
    },
    **{
        f"BOTTLENECK_{width}{'_SKIP' if skip else ''}": _bottleneck(width, skip)
        for width in (32, 64)
        for skip in (False, True)
    },
    # It stands behind the flatten of a network for pictures, so among vectors there too.
    "IDENTITY": Counterpart("identity"),
}
