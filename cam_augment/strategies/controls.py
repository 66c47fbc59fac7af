"""Comparison arms: plain regularisation and other recipes, to set augmentations against.

A comparison changes no image. It returns what it changes of the run, by the plan's dotted
fields, and composes with augmentations: ``rotation+l2:0.001``.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from cam_augment.registry import STRATEGIES


def _comparison(unit: str | None) -> Callable[[Callable], Callable]:
    return STRATEGIES.add(version=1, family="comparison", unit=unit, identity=None, changes=True)


@_comparison("share of features")
def dropout(*, magnitude: Annotated[float, Field(ge=0, le=0.9)] = 0.3) -> dict[str, Any]:
    """Leave out a share of the pooled features in each step (Srivastava et al. 2014).

    Needs a network with the setting ``dropout``.
    """
    return {"architecture.dropout": magnitude}


@_comparison("penalty")
def l1(*, magnitude: Annotated[float, Field(ge=0, le=1)] = 1e-4) -> dict[str, Any]:
    """Add a penalty on the sum of all kernels' absolute weights to the loss."""
    return {"recipe.l1": magnitude}


@_comparison("penalty")
def l2(*, magnitude: Annotated[float, Field(ge=0, le=1)] = 1e-3) -> dict[str, Any]:
    """Add a penalty on the sum of all kernels' squared weights to the loss."""
    return {"recipe.l2": magnitude}


@_comparison("learning rate")
def optimizer(
    *,
    magnitude: Annotated[float, Field(gt=0, le=10)] = 0.05,
    kind: Literal["adam", "sgd", "momentum", "rmsprop"] = "momentum",
) -> dict[str, Any]:
    """Train by another optimiser; the magnitude is its first learning rate."""
    return {"recipe.optimizer": kind, "recipe.learning_rate": magnitude}


@_comparison("share of steps")
def schedule(
    *,
    magnitude: Annotated[float, Field(ge=0, le=0.9)] = 0.1,
    kind: Literal["cosine", "constant", "step", "exponential", "inverse"] = "cosine",
) -> dict[str, Any]:
    """Train on another schedule of the learning rate; the magnitude is the warm-up."""
    return {"recipe.warmup": magnitude, "recipe.schedule": kind}
