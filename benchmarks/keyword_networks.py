"""Two keyword networks of published kinds, made by hand in plain Keras: the references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of the SVDF network: nodes, memory in steps, bottleneck (0: none), layer by layer.
SVDF_LAYERS = ((256, 4, 128), (256, 10, 128), (256, 10, 128), (256, 10, 128), (256, 10, 0))
# Of the DS-CNN: filters, and separable convolutions behind the first.
DS_FILTERS, DS_LAYERS = 64, 4


def svdf(steps: int, bins: int, classes: int) -> Any:
    """SVDF of rank 1 with linear bottlenecks (Alvarez and Park, 2019), averaged over time."""
    import keras
    from keras import layers

    x = inputs = keras.Input((steps, bins))
    for nodes, memory, bottleneck in SVDF_LAYERS:
        x = layers.Dense(nodes, use_bias=False)(x)
        x = layers.ZeroPadding1D((memory - 1, 0))(x)
        x = layers.DepthwiseConv1D(memory, use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        if bottleneck:
            x = layers.Dense(bottleneck)(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, layers.Dense(classes)(x), name="svdf")


def ds_cnn(steps: int, bins: int, classes: int) -> Any:
    """Depthwise separable convolutions over time and frequency (Zhang et al., 2017)."""
    import keras
    from keras import layers

    inputs = keras.Input((steps, bins))
    x = layers.Reshape((steps, bins, 1))(inputs)
    x = layers.Conv2D(DS_FILTERS, (10, 4), strides=(2, 2), padding="same", use_bias=False)(x)
    x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
    for _ in range(DS_LAYERS):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Conv2D(DS_FILTERS, 1, use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(classes)(x), name="ds_cnn")


NETWORKS: Mapping[str, tuple[str, Any]] = {
    "svdf": ("SVDF, by hand", svdf),
    "ds_cnn": ("DS-CNN, by hand", ds_cnn),
}
