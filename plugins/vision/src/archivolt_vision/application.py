"""The block `application`: a whole network of `keras.applications`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.converters import optional
from attrs.validators import and_, gt, lt

from archivolt.components.block import Block
from archivolt.errors import DataError, SpaceError
from archivolt.values.features import IMAGE, VECTOR, Features
from archivolt.values.footprint import Footprint
from archivolt.values.tunable import tunable
from archivolt_vision.catalogue import KNOWN

if TYPE_CHECKING:
    from attrs import Attribute

    Tensor = Any

SIDES = (0, 32, 48, 64, 80, 96, 128, 160, 192, 224)  # pixels
WEIGHT_FILES = (".keras", ".weights.h5", ".h5")


@frozen
class Application(Block):
    """A whole network of keras.applications, at random or with weights from a file.

    Maps `(batch, height, width, channels)` to `(batch, features)`: the network without its head,
    pooled over all positions. Pictures that are smaller than it accepts are enlarged, both sides
    alike. At random it takes any number of channels; with weights it reads three, so grey pictures
    are given thrice, and the standardised pixels are brought to what the weights were made for.
    """

    name = "application"
    reads = IMAGE
    writes = VECTOR
    int8 = False  # LiteRT has no kernel that resizes as Keras does, with antialiasing
    network: str = tunable("mobilenet_v2", choices=tuple(KNOWN))
    width: float = tunable(1.0, choices=(0.25, 0.35, 0.5, 0.75, 1.0))  # of a MobileNet's layers
    side: int = tunable(0, choices=SIDES)  # the shorter one, pixels; 0: as it comes
    pooling: str = tunable("average", choices=("average", "max"))
    weights: Path | None = field(default=None, converter=optional(Path))  # a file of this network
    trained: bool = field(default=True)  # False: the weights stay, and the head alone learns
    # Of the running statistics in batch normalisation. The published 0.99 to 0.999 are for
    # trainings of many thousand steps: after some hundred, statistics would still be the initial.
    momentum: float = field(default=0.9, validator=and_(gt(0.0), lt(1.0)))

    @weights.validator
    def _check_weights(self, _: Attribute[Path | None], weights: Path | None) -> None:
        if weights is not None and not weights.name.endswith(WEIGHT_FILES):
            raise ValueError(f"weights is a file {', '.join(WEIGHT_FILES)}, not {weights.name!r}")

    @trained.validator
    def _check_trained(self, _: Attribute[bool], trained: bool) -> None:
        if not trained and self.weights is None:
            raise ValueError("a network that is not trained needs `weights`")

    def unused(self) -> frozenset[str]:
        return frozenset() if KNOWN[self.network].scalable else frozenset({"width"})

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        try:
            return super().footprint(x, earlier)
        except SpaceError as cause:
            # A file that is not what was meant shall end the search; what does not fit on such
            # features is only never proposed.
            if isinstance(cause.__cause__, DataError):
                raise cause.__cause__ from None
            raise

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from keras import layers

        from archivolt_vision.pretrained import as_published, load_weights

        known = KNOWN[self.network]
        plate = known.plate(tuple(x.shape[1:3]), self.side)
        if plate != tuple(x.shape[1:3]):
            x = layers.Resizing(*plate, antialias=True)(x)
        if self.weights is not None:
            x = as_published(x, known.preprocessing)
        model = known.make((*plate, x.shape[-1]), self.pooling, self.width)
        for layer in model.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = self.momentum
        if self.weights is not None:
            load_weights(model, self.network, self.weights)
            model.trainable = self.trained
        return model(x)
