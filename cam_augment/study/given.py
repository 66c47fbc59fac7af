"""A model that somebody else trained, asked as one that was trained here."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cam_augment.architectures.layers.copies import agree, copied
from cam_augment.base.compat import private_seeds
from cam_augment.base.lazy import keras
from cam_augment.base.stack import Stack
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network


class Given:
    """What questions ask of a model (see ``questions.Trained``).

    Args:
        network: of any Keras model.
        layer: that maps are made of where a question names none; see ``Network.place``.
    """

    def __init__(self, network: Network, layer: str | None = None):
        self.network = network
        self.model = network.model
        self._layer = layer
        self._looks: dict[str | None, Look] = {}

    def view(self, layer: str | None = None) -> Look:
        """Return the model looked at from a layer (default: the one that was named for all)."""
        wish = layer or self._layer
        if wish not in self._looks:
            self._looks[wish] = Look.at(self.network, wish)
        return self._looks[wish]

    def predict(self, images: np.ndarray | Stack) -> np.ndarray:
        """Return the logits, float32 [image, class].

        Args:
            images: float32 [image, row, column, channel].
        """
        look = self.view()
        see = look.traced("logits", look.logits)
        starts = range(0, len(images), look.block)
        return np.concatenate([see(images[i : i + look.block]).numpy() for i in starts])

    def untrained(self, seed: int) -> keras.Model:
        """Return a network of the same layers, its weights drawn from the seed.

        What preprocessing layers know of the data it knows, too.
        """
        with private_seeds(seed):
            return copied(self.model, fresh=True)

    @cached_property
    def copy(self) -> Given | None:
        """The same model anew, so that a question may change its weights; None: Keras cannot."""
        try:
            twin = Given(self.network.like(copied(self.model)), self._layer)
            answers = twin.predict(self.network.samples)
        except Exception:  # layers of a user's own may raise anything when they are made again
            return None
        return twin if agree(self.predict(self.network.samples), answers) else None
