"""Blocks for vectors: dense layers wide and narrow, factored, and with residuals."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import VECTOR
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock, finish, proportional

RESIDUALS = ("none", "pad", "concatenate", "project")
DROPOUTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
LEAST = 2  # features that a proportional layer keeps


@frozen
class Identity(PlannedBlock):
    """Hands a vector on: lets a search of fixed depth have shallower networks."""

    name = "identity"
    reads = writes = VECTOR

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        return make.same(x)


@frozen
class Dense(PlannedBlock):
    """Dense layer with normalisation, activation, dropout and residual.

    Maps `(batch, features)` to `(batch, units)`. The residual (He et al., 2016) adds the input
    cut or filled to the width (`pad`), adds a linear map of it (`project`), or puts it beside the
    output, `(batch, units + features)` (`concatenate`; Huang et al., 2017).
    """

    name = "dense"
    reads = writes = VECTOR
    units: int = tunable(128, choices=(16, 32, 64, 128, 256, 512, 1024))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    normalisation: str = tunable("none", choices=NORMALISATIONS)
    dropout: float = tunable(0.0, choices=DROPOUTS)
    residual: str = tunable("none", choices=RESIDUALS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = make.dense(x, self.units, bias=self.normalisation == "none")
        y = finish(make, y, self.normalisation, self.activation, self.dropout)
        return join(make, x, y, self.residual)


@frozen
class PyramidDense(PlannedBlock):
    """Dense layer in proportion to its input: half as wide unless said otherwise.

    Maps `(batch, features)` to `(batch, ratio * features)`. Networks of these narrow towards the
    output (Han et al., 2017, the other way round).
    """

    name = "pyramid_dense"
    reads = writes = VECTOR
    ratio: float = tunable(0.5, choices=(0.25, 0.5, 1.0, 2.0))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    normalisation: str = tunable("none", choices=NORMALISATIONS)
    residual: str = tunable("none", choices=RESIDUALS)
    most: int = 1024  # units
    kernel_limit: int | None = None  # parameters of the kernel; narrower where it has more

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        features = make.shape(x)[-1] or 1
        most = self.most
        if self.kernel_limit is not None:
            most = max(LEAST, min(most, self.kernel_limit // features))
        units = proportional(features, self.ratio, most, LEAST)
        y = make.dense(x, units, bias=self.normalisation == "none")
        y = finish(make, y, self.normalisation, self.activation)
        return join(make, x, y, self.residual)


@frozen
class LowRank(PlannedBlock):
    """Dense layer whose kernel is a product of two thin ones (Sainath et al., 2013).

    Maps `(batch, features)` to `(batch, ratio * features)` by way of `rank` numbers; with `skip`
    the input, cut or filled to that width, is added.
    """

    name = "low_rank"
    reads = writes = VECTOR
    rank: int = tunable(4, choices=(1, 2, 3, 4, 8, 16, 32))
    ratio: float = tunable(1.0, choices=(0.25, 0.5, 1.0, 2.0))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    skip: bool = tunable(True, choices=(True, False))
    most: int = 1024  # units

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        units = proportional(make.shape(x)[-1], self.ratio, self.most, LEAST)
        y = make.dense(make.dense(x, self.rank, bias=False), units)
        y = make.activation(y, self.activation)
        return join(make, x, y, "pad" if self.skip else "none")


@frozen
class Bottleneck(PlannedBlock):
    """Projects a vector down, applies an activation and projects it back.

    Maps `(batch, features)` to the same shape by way of `width` numbers; `skip` adds the input
    (He et al., 2016, section 4.1, for vectors; Houlsby et al., 2019).
    """

    name = "bottleneck"
    reads = writes = VECTOR
    width: int = tunable(32, choices=(8, 16, 32, 64, 128))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    skip: bool = tunable(True, choices=(True, False))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = make.activation(make.dense(x, self.width), self.activation)
        y = make.dense(y, make.shape(x)[-1] or 1)
        return make.add(x, y) if self.skip else y


@frozen
class ResidualMlp(PlannedBlock):
    """Residual block of two dense layers for tables (Gorishniy et al., 2021, section 3.2).

    Maps `(batch, features)` to `(batch, units)`: normalisation, a dense layer `expansion` times
    as wide, activation, dropout, a dense layer back, dropout, and the input added. An input of
    another width is projected first, so that a stack of these begins with a linear layer.
    """

    name = "residual_mlp"
    reads = writes = VECTOR
    units: int = tunable(128, choices=(32, 64, 128, 192, 256, 384, 512))
    expansion: float = tunable(2.0, choices=(1.0, 1.5, 2.0, 3.0, 4.0))  # hidden units to units
    activation: str = tunable("relu", choices=ACTIVATIONS)
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    hidden_dropout: float = tunable(0.1, choices=DROPOUTS)
    residual_dropout: float = tunable(0.0, choices=DROPOUTS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        if make.shape(x)[-1] != self.units:
            x = make.dense(x, self.units)
        y = make.dense(make.normalise(x, self.normalisation), round(self.units * self.expansion))
        y = finish(make, y, "none", self.activation, self.hidden_dropout)
        y = make.dense(y, self.units)
        if self.residual_dropout:
            y = make.dropout(y, self.residual_dropout)
        return make.add(x, y)


def join(make: Maker, x: Tensor, y: Tensor, residual: str) -> Tensor:
    """Bring a vector past the layers that made `y` of it."""
    units = make.shape(y)[-1] or 1
    if residual == "pad":
        return make.add(y, make.match(x, units))
    if residual == "project":
        return make.add(y, make.dense(x, units, bias=False))
    if residual == "concatenate":
        return make.concatenate([y, x])
    return y
