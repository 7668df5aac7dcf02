"""Blocks of Model Search for sequences: names, and what stands for them."""

from __future__ import annotations

from archivolt_migration.counterpart import Counterpart

UNITS = (64, 128, 256, 512, 1024)
LSTM_UNITS = (128, 256, 512, 1024)
MEMORIES = (4, 8, 16)  # steps

_SKIP = "the skip is projected without a bias, in the original with one"
_BACKWARDS = "the backward half is put back in the order of time, in the original it is not"


def _per_step(units: int) -> Counterpart:
    fields = {"units": units, "activation": "relu", "normalisation": "none", "dropout": 0.0}
    differs = "a ReLU follows, in the original nothing"
    return Counterpart("step_dense", {**fields, "skip": False}, differs)


def _convolution(kernel: int, skip: bool) -> Counterpart:
    fields = {
        "filters": 128,
        "kernel": kernel,
        "dilation": 1,
        "causal": False,
        "skip": skip,
        "normalisation": "none",
        "activation": "relu",
    }
    return Counterpart("conv1d", fields, _SKIP if skip else "")


def _recurrent(block: str, units: int, skip: bool, bidirectional: bool = False) -> Counterpart:
    told = [text for text, so in ((_SKIP, skip), (_BACKWARDS, bidirectional)) if so]
    fields = {"units": units, "skip": skip, "bidirectional": bidirectional}
    return Counterpart(block, fields, "; ".join(told))


def _svdf(units: int, memory: int, projection: int = 0) -> Counterpart:
    # The streaming cell and the convolution there are one function, realised twice.
    fields = {"units": units, "memory": memory, "rank": 1, "projection": projection}
    return Counterpart("svdf", {**fields, "activation": "relu"})


_PREFIXES = (("", False), ("SKIP_", True))

SEQUENCE_BLOCKS = {
    **{f"RECURRENT_DENSE_{units}": _per_step(units) for units in UNITS},
    **{
        f"{prefix}CONV1D_128_{kernel}": _convolution(kernel, skip)
        for prefix, skip in _PREFIXES
        for kernel in (3, 5)
    },
    **{
        f"{prefix}RNN_CELL_{units}": _recurrent("rnn", units, skip)
        for prefix, skip in _PREFIXES
        for units in UNITS
    },
    **{
        f"{prefix}LSTM_{units}": _recurrent("lstm", units, skip)
        for prefix, skip in _PREFIXES
        for units in LSTM_UNITS
    },
    **{
        f"{prefix}BI_LSTM_{units}": _recurrent("lstm", units, skip, bidirectional=True)
        for prefix, skip in _PREFIXES
        for units in LSTM_UNITS
    },
    **{f"SVDF_CELL_{units}_{m}_1": _svdf(units, m) for units in UNITS for m in MEMORIES},
    **{f"SVDF_CONV_{units}_{m}_1_64": _svdf(units, m, 64) for units in UNITS for m in MEMORIES},
    **{
        f"SVDF_{kind}_576_8_1_{projection}": _svdf(576, 8, projection)
        for kind in ("CELL", "CONV")
        for projection in (64, 16, 7)
    },
    **{f"SVDF_{kind}_32_32_1": _svdf(32, 32) for kind in ("CELL", "CONV")},
    **{f"SVDF_{kind}_32_32_1_2": _svdf(32, 32, 2) for kind in ("CELL", "CONV")},
    "TUNABLE_SVDF": Counterpart(
        "svdf",
        {
            "units": {"low": 50, "high": 100},
            "memory": {"low": 4, "high": 32},
            "rank": {"low": 1, "high": 3},
            "projection": {"low": 0, "high": 128},
            "activation": "relu",
        },
        "each place in a network has values of its own, where the original has one set a trial",
    ),
}
