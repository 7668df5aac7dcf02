from __future__ import annotations

import pytest

from archivolt.components.measuring import measure
from archivolt.errors import SpaceError
from archivolt.values.features import image
from archivolt_vision.small_networks import Lenet, SmallResnet


def test_lenet_has_the_parameters_of_the_published_layers():
    found = Lenet().footprint(image(32, 32, 1))

    assert found.features.shape == (84,)
    assert found.parameters == 6 * 26 + 16 * 151 + 120 * 401 + 84 * 121
    positions = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150
    assert found.flops == 2 * (positions + 400 * 120 + 120 * 84)


def test_lenet_tells_of_pictures_that_are_too_small():
    with pytest.raises(SpaceError, match="16 pixels a side, not 12 x 28"):
        Lenet().footprint(image(12, 28, 1))
    with pytest.raises(SpaceError, match="16 pixels a side, not any x 28"):
        Lenet().footprint(image(None, 28, 1))
    with pytest.raises(SpaceError, match="16 pixels a side"):
        measure(Lenet(), image(12, 28, 1))


@pytest.mark.parametrize(("depth", "published"), [(20, 0.27e6), (56, 0.85e6)])
def test_the_residual_network_has_the_published_number_of_parameters(depth, published):
    found = SmallResnet(depth=depth).footprint(image(32, 32, 3))

    running = 2 * ((depth - 2) // 6) * 2 * (16 + 32 + 64) + 2 * 16  # means and variances
    head = 65 * 10
    assert found.features.shape == (64,)
    assert found.parameters - running + head == pytest.approx(published, rel=0.02)


def test_the_arithmetic_of_the_residual_network_is_that_of_its_convolutions():
    found = SmallResnet(depth=8, filters=16).footprint(image(32, 32, 3))

    stages = (
        32**2 * 9 * (16 * 16 * 2),
        16**2 * 9 * (16 * 32 + 32 * 32),
        8**2 * 9 * (32 * 64 + 64 * 64),
    )
    assert found.flops == 2 * (32**2 * 27 * 16 + sum(stages))
