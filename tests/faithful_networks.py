"""Networks of which it is known where they look, and what they answer about their maps."""

import keras
import numpy as np

from cam_augment.networks.network import Network
from cam_augment.plan import Choice, Plan
from cam_augment.questions.faithfulness import FaithfulnessQuestion
from cam_augment.records import DataSet, Split
from cam_augment.study.given import Given

RUN = Plan.make({}).runs()[0]


def data_of(images, labels):
    split = Split(images.astype(np.float32), labels)
    return DataSet("made", ("a", "b"), split, split, split, split)


def one_cell(cell=(0, 3), strength=4.0):
    """A network of a 4x4 grid that looks at one cell: its logit of class 1 is that cell's mean."""
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(1, 2, strides=2, use_bias=False, name="seen")(image)
    logits = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    model = keras.Model(image, logits)
    kernel = np.zeros((16, 2), np.float32)
    kernel[cell[0] * 4 + cell[1], 1] = strength
    model.set_weights([np.full((2, 2, 1, 1), 0.25, np.float32), kernel, np.zeros(2, np.float32)])
    return model


def bright(count=10):
    """Images of ones and their opposite: all cells are bright or dark, their mean is even."""
    images = np.ones((count, 8, 8, 1))
    images[1::2] = -1
    return data_of(images, np.ones(count, np.int64) - np.arange(count) % 2)


def answer(model, data, cam="hirescam", run=RUN, fresh=None, **fields):
    """What a model answers; ``fresh``: a model whose weights stand for freshly drawn ones."""
    question = FaithfulnessQuestion("key", Choice(name=cam), layer="seen", **fields)
    trainer = Given(Network(model), "seen")
    if fresh is not None:
        trainer.untrained = lambda seed: fresh  # noqa: ARG005
    return question.answer(trainer, run, data)
