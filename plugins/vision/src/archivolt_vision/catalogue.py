"""The networks of `keras.applications` that can be a block, and what each asks of its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from archivolt.errors import SpaceError

if TYPE_CHECKING:
    Model = Any

# How the published weights want their pictures.
SYMMETRIC = "symmetric"  # from -1 to 1
STANDARDISED = "standardised"  # by mean and deviation of each channel
CENTRED = "centred"  # blue, green, red; 0 to 255 less the mean of each channel

_POOLING = {"average": "avg", "max": "max"}  # as Keras calls them


@frozen
class Known:
    """A network of `keras.applications`."""

    function: str  # that makes it
    preprocessing: str
    least: int = 32  # pixels of a side
    scalable: bool = False  # whether its layers can be made narrower
    options: Mapping[str, Any] = field(factory=dict, hash=False)

    def plate(self, shape: tuple[int | None, ...], side: int) -> tuple[int, int]:
        """Return the height and width that pictures are brought to, in pixels.

        Args:
            shape: Their height and width.
            side: Wanted for the shorter side; 0: as it is, where that is large enough.

        Raises:
            SpaceError: the pictures have no fixed size.
        """
        height, width = shape
        if height is None or width is None:
            raise SpaceError("a whole network needs pictures of one size.", "Set `data.size`.")
        shorter = min(height, width)
        wanted = max(self.least, side or shorter)
        return round(height * wanted / shorter), round(width * wanted / shorter)

    def make(self, shape: tuple[int, ...], pooling: str, width: float) -> Model:
        """Make the network without its head, from pictures to a vector.

        Args:
            shape: Of a picture, `(height, width, channels)`.
            pooling: Over all positions of the last layer, `average` or `max`.
            width: Share of the published width, where it is scalable.
        """
        import warnings

        from keras import applications

        scale = {"alpha": width} if self.scalable else {}
        with warnings.catch_warnings():
            # Keras warns of pictures that have neither one channel nor three.
            warnings.simplefilter("ignore")
            return getattr(applications, self.function)(
                include_top=False,
                weights=None,
                input_shape=shape,
                pooling=_POOLING[pooling],
                **scale,
                **self.options,
            )


_RAW: Mapping[str, Any] = {"include_preprocessing": False}  # the features are prepared already

# From few parameters to many. Left out are EfficientNet 1, whose preprocessing is a fixed part of
# it, and the largest of some families.
KNOWN: Mapping[str, Known] = {
    "mobilenet_v3_small": Known("MobileNetV3Small", SYMMETRIC, scalable=True, options=_RAW),
    "mobilenet_v2": Known("MobileNetV2", SYMMETRIC, scalable=True),
    "mobilenet_v3_large": Known("MobileNetV3Large", SYMMETRIC, scalable=True, options=_RAW),
    "mobilenet": Known("MobileNet", SYMMETRIC, scalable=True),
    "nasnet_mobile": Known("NASNetMobile", SYMMETRIC),
    "efficientnet_v2_b0": Known("EfficientNetV2B0", STANDARDISED, options=_RAW),
    "efficientnet_v2_b1": Known("EfficientNetV2B1", STANDARDISED, options=_RAW),
    "densenet_121": Known("DenseNet121", STANDARDISED),
    "efficientnet_v2_b2": Known("EfficientNetV2B2", STANDARDISED, options=_RAW),
    "densenet_169": Known("DenseNet169", STANDARDISED),
    "efficientnet_v2_b3": Known("EfficientNetV2B3", STANDARDISED, options=_RAW),
    "vgg_16": Known("VGG16", CENTRED),
    "densenet_201": Known("DenseNet201", STANDARDISED),
    "vgg_19": Known("VGG19", CENTRED),
    "efficientnet_v2_s": Known("EfficientNetV2S", SYMMETRIC, options=_RAW),
    "xception": Known("Xception", SYMMETRIC, least=71),
    "inception_v3": Known("InceptionV3", SYMMETRIC, least=75),
    "resnet_50_v2": Known("ResNet50V2", SYMMETRIC),
    "resnet_50": Known("ResNet50", CENTRED),
    "convnext_tiny": Known("ConvNeXtTiny", STANDARDISED, options=_RAW),
    "resnet_101_v2": Known("ResNet101V2", SYMMETRIC),
    "resnet_101": Known("ResNet101", CENTRED),
    "convnext_small": Known("ConvNeXtSmall", STANDARDISED, options=_RAW),
    "inception_resnet_v2": Known("InceptionResNetV2", SYMMETRIC, least=75),
    "resnet_152_v2": Known("ResNet152V2", SYMMETRIC),
    "resnet_152": Known("ResNet152", CENTRED),
}
