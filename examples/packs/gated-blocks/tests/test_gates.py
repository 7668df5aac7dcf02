from __future__ import annotations

import keras
import numpy as np
import pytest
from gated_blocks.dense import GATES, GatedDense

from archivolt.testing import BlockConformance


class TestGates(BlockConformance):
    """The promises hold for every gate, not for the default alone."""

    @pytest.fixture(params=GATES)
    def block(self, request):
        return GatedDense(units=8, gate=request.param)


def test_a_closed_gate_lets_nothing_through():
    x = keras.Input((3,))
    model = keras.Model(x, GatedDense(units=2).build(x, ()))
    (gate,) = (each for each in model.layers if each.get_config().get("activation") == "sigmoid")
    gate.set_weights([np.zeros((3, 2)), np.full(2, -100.0)])

    assert np.abs(model(np.ones((4, 3)))).max() < 1e-6
