"""Networks by name, small and built once a process."""

import os
from functools import cache
from pathlib import Path

import keras
import pytest

from cam_augment.base.compat import private_seeds
from cam_augment.plan import Choice
from cam_augment.registry import ARCHITECTURES
from cam_augment.training.trainer import prepare_process

SHAPE, CLASSES = (28, 28, 1), 3
SLOW = {"efficientnet_b0"}  # it takes many seconds to build, and shares its parts with another

SMALL = {  # settings that make a large network small, and a network of one's own one
    "mobilenet_v2": {"alpha": 0.35},
    "own": {"source": "tests.given:network", "layer": "features"},
}

OWN = [
    name for name in ARCHITECTURES
    if ARCHITECTURES[name].function.__module__.startswith("cam_augment.")
]  # fmt: skip

CASES = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in OWN]

DATA = Path(os.environ.get("CAM_AUGMENT_DATA", Path(__file__).parents[2] / "shared" / "data"))

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"


def chosen(name: str, **settings) -> Choice:
    return Choice.parse({"name": name, **SMALL.get(name, {}), **settings}, ARCHITECTURES)


def built(name: str, seed: int = 1, shape=SHAPE, **settings) -> keras.Model:
    prepare_process()
    choice = chosen(name, **settings)
    with private_seeds(seed):
        return ARCHITECTURES[name](shape, CLASSES, **choice.settings)


@cache
def fresh(name: str, seed: int, _time: int = 1) -> keras.Model:
    """A network as it is built, for all tests: large ones take seconds."""
    return built(name, seed)


@cache
def network(name: str) -> keras.Model:
    """A network of each name whose statistics have moved, as by a training."""
    model = keras.models.clone_model(fresh(name, 1))
    model.set_weights(fresh(name, 1).get_weights())
    for variable in model.non_trainable_variables:
        if variable.path.endswith("moving_variance"):
            variable.assign(variable + 0.1)
    return model
