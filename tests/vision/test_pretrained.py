from __future__ import annotations

import importlib

import numpy as np
import pytest

from archivolt.errors import DataError, SpaceError
from archivolt.testing.built_blocks import build, predict
from archivolt.values.features import image
from archivolt_vision.application import Application
from archivolt_vision.catalogue import KNOWN

PICTURE = image(32, 32, 3)
# Where Keras says how a network wants its pictures; the others do it inside.
MODULES = {
    "mobilenet": "mobilenet",
    "mobilenet_v2": "mobilenet_v2",
    "nasnet_mobile": "nasnet",
    "densenet_121": "densenet",
    "vgg_16": "vgg16",
    "vgg_19": "vgg19",
    "xception": "xception",
    "inception_v3": "inception_v3",
    "resnet_50": "resnet",
    "resnet_50_v2": "resnet_v2",
    "inception_resnet_v2": "inception_resnet_v2",
}


@pytest.fixture(scope="module")
def published():
    """A network with its head, whose weights are not those of a fresh one."""
    import keras

    model = keras.applications.MobileNetV2(
        weights=None, input_shape=(32, 32, 3), alpha=0.25, classes=7
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.0, each.shape) for each in model.weights])
    return model


@pytest.fixture(scope="module")
def headless(published):
    import keras

    return keras.Model(published.input, published.layers[-2].output)


@pytest.mark.parametrize("name", ["whole.keras", "headless.weights.h5", "headless.h5"])
def test_weights_come_from_a_file(published, headless, tmp_path, name):
    path = tmp_path / name
    if name.endswith(".weights.h5"):
        headless.save_weights(path)
    else:
        (published if name.startswith("whole") else headless).save(path)

    model = build(Application(width=0.25, weights=path), PICTURE)

    for weight, wanted in zip(model.weights, headless.weights, strict=True):
        np.testing.assert_array_equal(weight, wanted)


def test_a_network_that_stays_as_it_is_has_nothing_to_train(headless, tmp_path):
    headless.save(tmp_path / "network.keras")

    model = build(
        Application(width=0.25, weights=tmp_path / "network.keras", trained=False), PICTURE
    )

    assert model.trainable_variables == []
    assert len(model.weights) == len(headless.weights)


def test_weights_of_another_network_end_the_search_with_the_first_that_does_not_fit(
    headless, tmp_path
):
    headless.save(tmp_path / "network.keras")
    block = Application(width=1.0, weights=tmp_path / "network.keras")

    with pytest.raises(DataError, match=r"no weights of mobilenet_v2: its .*kernel has the shape"):
        block.footprint(PICTURE)


def test_a_file_that_holds_no_weights_is_told(tmp_path):
    (tmp_path / "broken.weights.h5").write_text("nothing")

    with pytest.raises(DataError, match=r"broken\.weights\.h5.*no weights of mobilenet_v2"):
        build(Application(width=0.25, weights=tmp_path / "broken.weights.h5"), PICTURE)


def test_a_file_that_is_not_there_is_told_before_anything_is_trained(tmp_path):
    with pytest.raises(DataError, match=r"gone\.keras.*there is no file"):
        Application(weights=tmp_path / "gone.keras").footprint(PICTURE)


def test_pictures_that_are_neither_grey_nor_in_colour_are_refused(headless, tmp_path):
    headless.save(tmp_path / "network.keras")

    with pytest.raises(SpaceError, match="three channels, not of 2"):
        build(Application(width=0.25, weights=tmp_path / "network.keras"), image(32, 32, 2))


def test_a_grey_picture_is_as_one_whose_colours_are_equal(headless, tmp_path):
    headless.save(tmp_path / "network.keras")
    block = Application(width=0.25, weights=tmp_path / "network.keras")
    grey = np.random.default_rng(0).standard_normal((2, 32, 32, 1)).astype("float32")

    one, three = (build(block, image(32, 32, channels)) for channels in (1, 3))

    np.testing.assert_allclose(
        predict(one, [grey]), predict(three, [np.repeat(grey, 3, axis=-1)]), rtol=1e-5
    )


@pytest.mark.parametrize("name", MODULES)
def test_standardised_pictures_are_brought_to_what_the_weights_were_made_for(name):
    import keras

    from archivolt_vision.pretrained import DEVIATIONS, MEANS, as_published

    x = keras.Input((4, 4, 3))
    model = keras.Model(x, as_published(x, KNOWN[name].preprocessing))
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype("float32")
    standardised = (pixels / 255 - np.array(MEANS)) / np.array(DEVIATIONS)
    module = importlib.import_module(f"keras.applications.{MODULES[name]}")

    wanted = module.preprocess_input(pixels.copy())

    np.testing.assert_allclose(predict(model, [standardised.astype("float32")]), wanted, atol=2e-3)
