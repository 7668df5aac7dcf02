from __future__ import annotations

import inspect

import pytest
from numpy.random import default_rng

from archivolt.components.measuring import measure
from archivolt.errors import SpaceError
from archivolt.testing.built_blocks import build
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import image
from archivolt.values.footprint import Limits
from archivolt.values.space import SearchSpace
from archivolt_vision.application import Application
from archivolt_vision.catalogue import KNOWN


@pytest.mark.parametrize("name", KNOWN)
def test_keras_has_each_network_and_takes_what_it_is_told(name):
    from keras import applications

    known = KNOWN[name]
    scale = {"alpha": 0.5} if known.scalable else {}
    make = inspect.signature(getattr(applications, known.function))
    make.bind(
        include_top=False,
        weights=None,
        input_shape=(96, 96, 3),
        pooling="avg",
        **scale,
        **known.options,
    )


@pytest.mark.parametrize("name", KNOWN)
def test_keras_refuses_pictures_that_are_smaller_than_is_said(name):
    known = KNOWN[name]

    with pytest.raises(ValueError, match=r"(?i)at least"):
        known.make((known.least - 1, known.least, 3), "average", 1.0)


def test_parameters_are_those_that_keras_documents():
    assert Application("mobilenet_v2").footprint(image(32, 32, 3)).parameters == 2_257_984


def test_the_arithmetic_is_that_of_all_convolutions_on_their_plates():
    found = Application("vgg_16").footprint(image(32, 32, 3))

    layers = (  # plate, channels in, channels out
        (32, 3, 64), (32, 64, 64), (16, 64, 128), (16, 128, 128),
        (8, 128, 256), (8, 256, 256), (8, 256, 256),
        (4, 256, 512), (4, 512, 512), (4, 512, 512),
        (2, 512, 512), (2, 512, 512), (2, 512, 512),
    )  # fmt: skip
    assert found.parameters == sum(9 * read * given + given for _, read, given in layers)
    assert found.flops == 2 * sum(plate**2 * 9 * read * given for plate, read, given in layers)


@pytest.mark.parametrize(
    ("shape", "side", "plate"),
    [
        ((28, 28), 0, (32, 32)),  # smaller than is accepted
        ((28, 14), 0, (64, 32)),
        ((100, 80), 0, (100, 80)),
        ((100, 80), 64, (80, 64)),  # shrunk
        ((28, 28), 96, (96, 96)),
    ],
)
def test_pictures_are_brought_to_a_size_that_the_network_accepts(shape, side, plate):
    assert KNOWN["mobilenet_v2"].plate(shape, side) == plate


def test_the_least_size_is_the_networks_own():
    assert KNOWN["inception_v3"].plate((28, 28), 32) == (75, 75)


def test_pictures_of_any_size_are_refused():
    with pytest.raises(SpaceError, match="one size"):
        Application().footprint(image(None, None, 3))


def test_a_smaller_picture_is_enlarged_within_the_network():
    small, large = (
        Application("mobilenet_v2", width=0.25).footprint(image(side, side, 3)) for side in (20, 32)
    )

    assert small == large


def test_running_statistics_follow_a_short_training():
    from keras import layers

    def momenta(model):
        for layer in model._flatten_layers():  # those of the network inside, too
            if isinstance(layer, layers.BatchNormalization):
                yield layer.momentum

    model = build(Application("mobilenet_v2", width=0.25, momentum=0.8), image(32, 32, 3))

    assert set(momenta(model)) == {0.8}


def test_width_means_nothing_where_a_network_has_one_width():
    assert Application("vgg_16").unused() == {"width"}
    assert Application("mobilenet_v3_large").unused() == set()


def test_what_is_beyond_the_limits_is_never_proposed():
    widths = {"width": Choices((0.25, 0.75)), "side": Choices((0,)), "pooling": Choices(("max",))}
    choice = BlockChoice(Application, fixed={"network": "mobilenet_v2"}, narrowed=widths)
    narrow = measure(Application(width=0.25, pooling="max"), image(28, 28, 1))
    space = SearchSpace(
        image(28, 28, 1),
        outputs=10,
        blocks=(choice,),
        depth=(1, 1),
        limits=Limits(parameters=narrow.parameters + 1281 * 10),
    )
    rng = default_rng(0)

    drawn = [space.sample(rng).architecture for _ in range(20)]

    assert {block.width for (block,) in drawn} == {0.25}


def test_a_network_that_is_not_trained_needs_weights():
    with pytest.raises(ValueError, match="needs `weights`"):
        Application(trained=False)


def test_weights_are_a_file_that_keras_reads():
    with pytest.raises(ValueError, match=r"\.keras.*not 'weights\.pt'"):
        Application(weights="weights.pt")
