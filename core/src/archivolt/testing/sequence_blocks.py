"""Conformance of blocks that read sequences: what masks promise, beside the promises of a block."""

from __future__ import annotations

import numpy as np
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.block import Block
from archivolt.components.measuring import measure
from archivolt.testing.blocks import TOLERANCE, BlockConformance
from archivolt.testing.built_blocks import ROWS, build_padded, draw_inputs, earlier_for, predict
from archivolt.values.features import SEQUENCE, Features


class SequenceBlockConformance(BlockConformance):
    """The further promises of a block that reads sequences: masks are respected."""

    def test_what_stands_in_padded_steps_reaches_no_other(
        self, block: Block, features: Features
    ) -> None:
        from keras import Model

        rng = default_rng(0)
        inputs = draw_inputs(block, features, rng)
        lengths = rng.integers(1, 1 + inputs[0].shape[1], ROWS)
        real = np.arange(inputs[0].shape[1]) < lengths[:, None]
        once = build_padded(block, features, filling=5.0)
        other = build_padded(block, features, filling=-3.0)
        other.set_weights(once.get_weights())

        given = [*inputs, real[..., None]]
        output, again = (predict(model, given) for model in (once, other))

        if block.writes == SEQUENCE:
            # The documented attribute of a tensor that carries a mask.
            mask = getattr(once.output, "_keras_mask", None)
            assert mask is not None, (
                "the mask is lost: end with a layer that hands it on, or put it back on the "
                "output; operations such as `x * 2` drop it."
            )
            marked = predict(Model(once.inputs, mask), given)
            if marked.shape == real.shape:  # a stride leaves fewer steps
                np.testing.assert_array_equal(
                    marked, real, err_msg="the mask of the output is not that of the input."
                )
            assert marked[:, 0].all(), "a sequence that begins with a real step lost it."
            output, again = output[marked], again[marked]
        np.testing.assert_allclose(
            output,
            again,
            TOLERANCE,
            TOLERANCE,
            err_msg="what stands in padded steps changes the result: zero padded steps before "
            "whatever mixes steps (convolutions, sums, normalisation over time), or use layers "
            "that take the mask.",
        )

    def test_a_mask_costs_nothing(self, block: Block, features: Features) -> None:
        masked = evolve(features, padded=True)

        cost = measure(block, masked, earlier_for(block, masked))

        assert cost == block.footprint(features, earlier_for(block, features)), (
            "on padded sequences the block has other weights or another arithmetic: build the same "
            "layers with a mask and without."
        )
