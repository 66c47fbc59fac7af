"""A model that somebody else trained, asked as one that was trained here."""

from functools import cached_property

import numpy as np

from cam_augment.base.compat import private_seeds
from cam_augment.base.lazy import keras
from cam_augment.cams.driver import Look, choose_layer


class Given:
    """What questions ask of a model (see ``questions.Trained``).

    Args:
        model: a functional ``keras.Model``, ending in logits.
        layer: that maps are made of where a question names none; None: the last with a grid.
    """

    def __init__(self, model, layer: str | None = None):
        self.model = model
        self._layer = layer
        self._looks: dict[str, Look] = {}

    def view(self, layer: str | None = None) -> Look:
        layer = choose_layer(self.model, layer or self._layer)
        return self._looks.setdefault(layer, Look(self.model, layer))

    def predict(self, images: np.ndarray) -> np.ndarray:
        look = self.view()
        see = look.traced("logits", lambda images: self.model(images, training=False))
        blocks = [images[i : i + look.block] for i in range(0, len(images), look.block)]
        return np.concatenate([see(block).numpy() for block in blocks])

    def untrained(self, seed: int):
        with private_seeds(seed):
            return keras.models.clone_model(self.model)

    @cached_property
    def copy(self) -> "Given | None":
        """The same model anew, so that a question may change its weights; None: Keras cannot."""
        try:
            model = keras.models.clone_model(self.model)
        except Exception:  # layers of a user's own may raise anything when they are made again
            return None
        model.set_weights(self.model.get_weights())
        return Given(model, self._layer)
