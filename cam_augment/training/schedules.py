"""How fast a network learns: its optimiser, and the learning rate of every step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cam_augment.base.lazy import keras
from cam_augment.plan import Recipe

MOMENTUM = 0.9


def optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Return a new optimiser of a recipe's name and rate, ``momentum`` as Keras calls it."""
    name: str = recipe.optimizer
    config = {"learning_rate": recipe.learning_rate}
    if name == "momentum":
        name, config = "sgd", config | {"momentum": MOMENTUM}
    return keras.optimizers.get({"class_name": name, "config": config})


# How the rate falls: share of the training after the warm-up, 0..1, to share of the first rate.
SCHEDULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "constant": np.ones_like,
    "cosine": lambda t: 0.5 * (1 + np.cos(np.pi * t)),
    "step": lambda t: np.where(t < 0.5, 1, np.where(t < 0.75, 0.1, 0.01)),
    "exponential": lambda t: 0.01**t,
    "inverse": lambda t: 1 / (1 + 99 * t),
}


def learning_rates(recipe: Recipe, images: int) -> np.ndarray:
    """Return the learning rate of every step, float32 [epoch, step].

    ``cosine`` falls from the recipe's rate to zero over the training: without the decay
    seed noise in accuracy is far larger. ``step`` falls to a tenth at half of the training
    and to a hundredth at three quarters; ``exponential`` and ``inverse`` (1/t) fall to a
    hundredth. A warm-up rises linearly from zero over its share of the steps before that.
    Behind the frozen epochs the rates are the same times ``fine_tune_rate``.
    """
    steps = -(-images // recipe.batch_size)
    share = np.arange(recipe.epochs * steps) / (recipe.epochs * steps)
    after = np.clip((share - recipe.warmup) / (1 - recipe.warmup), 0, None)
    shape = SCHEDULES[recipe.schedule](after)
    if recipe.warmup:
        rising = (np.arange(share.size) + 1) / (recipe.warmup * share.size)
        shape = np.where(share < recipe.warmup, np.minimum(rising, 1), shape)
    rates = (recipe.learning_rate * shape).reshape(recipe.epochs, steps)
    rates[recipe.frozen_epochs :] *= recipe.fine_tune_rate
    return rates.astype(np.float32)
