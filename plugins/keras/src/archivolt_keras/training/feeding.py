"""What a model is given of a batch: its parts, augmented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    import keras

    Tensor = Any


@frozen(eq=False)
class Feeding:
    """Calls a model in training, augmentation before it.

    Args:
        model: Takes one tensor, or a mapping of feature parts by name.
        augment: Layers that change the examples of a batch before the model sees them.
    """

    model: keras.Model
    augment: tuple[keras.Layer, ...] = ()

    @property
    def auxiliary(self) -> bool:
        """Whether the model has an auxiliary head beside its own."""
        return isinstance(getattr(self.model, "output", None), (list, tuple))

    def __call__(self, parts: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Return the logits of each head."""
        x: Any = parts
        if not isinstance(getattr(self.model, "input", None), Mapping) and len(parts) == 1:
            (x,) = parts.values()
        if self.augment:
            if len(parts) != 1:
                raise ValueError(f"augmentation is for one feature part, not for {list(parts)}")
            (name,) = parts
            (batch,) = parts.values()
            for layer in self.augment:
                batch = layer(batch, training=True)
            x = {name: batch} if x is parts else batch
        given = self.model(x, training=True)
        return given if self.auxiliary else (given,)
