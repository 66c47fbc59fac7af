"""One model to train: its recipe, and the key and seed that follow from all that decides it."""

import hashlib
import json
from functools import cached_property
from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from cam_augment.base import kernels
from cam_augment.base.errors import InputError
from cam_augment.plan.choices import GIVEN, Choice, Strategy
from cam_augment.plan.values import Frozen
from cam_augment.registry import ARCHITECTURES, DATASETS, STRATEGIES, Registry


class Recipe(Frozen):
    """How every network of a study is trained: the same budget for every strategy."""

    epochs: int = Field(30, ge=1, le=10_000, description="Passes over the training images.")
    batch_size: int = Field(50, ge=1, le=100_000, description="Images per step.")
    optimizer: Literal["adam", "sgd", "momentum", "rmsprop"] = Field(
        "adam",
        description="Keras' optimiser of that name, with its other settings at their defaults; "
        "`momentum` is `sgd` with a momentum of 0.9.",
    )
    learning_rate: float = Field(5e-3, gt=0, le=10, description="Learning rate of the first step.")
    schedule: Literal["cosine", "constant", "step", "exponential", "inverse"] = Field(
        "cosine",
        description="How the rate goes on from the first one: `cosine` falls to zero, `step` to a "
        "tenth at half of the training and to a hundredth at three quarters, `exponential` and "
        "`inverse` (1/t) to a hundredth.",
    )
    warmup: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of the steps over which the rate rises from zero to the first rate, "
        "before the schedule begins.",
    )
    l1: float = Field(
        0.0, ge=0, le=1, description="Penalty on the sum of all kernels' absolute weights."
    )
    l2: float = Field(
        0.0, ge=0, le=1, description="Penalty on the sum of all kernels' squared weights."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="What the training computes in. `auto` takes `bfloat16` for the networks that "
        "are [known to be as good in it](../performance.md#a-training-in-half-precision), where "
        "this machine's processor multiplies it (AMX, AVX512-BF16) and oneDNN's kernels are on, "
        "and `float32` elsewhere; the result's plan names which. Weights, predictions and maps are "
        "`float32` in any case.",
    )
    frozen_epochs: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Epochs at the start over which only the head learns, for networks that name a "
        "base; at most `recipe.epochs`. See "
        "[Training in two phases](../howto/networks.md#training-in-two-phases).",
    )
    fine_tune_rate: float = Field(
        1.0, gt=0, le=10, description="Factor of the learning rate behind the frozen epochs."
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none",
        description="`balanced` weighs the loss of each training image by n / (classes x images of "
        "its class), so that rare classes weigh as much as frequent ones; a mixed label by the "
        "mean over it. Curves show the plain loss.",
    )

    @property
    def weighs_classes(self) -> bool:
        """Whether classes have different weights in the loss."""
        return self.class_weights != "none"

    @model_validator(mode="after")
    def _check_stages(self) -> "Recipe":
        if self.frozen_epochs > self.epochs:
            raise InputError(
                f"frozen_epochs: received {self.frozen_epochs}; the training has {self.epochs} "
                "epochs"
            )
        if self.fine_tune_rate != 1 and not self.frozen_epochs:
            raise InputError(
                f"fine_tune_rate: received {self.fine_tune_rate:g}; it follows frozen_epochs, "
                "which is 0: change learning_rate instead"
            )
        return self

    def on(self, architecture: str) -> "Recipe":
        """Return the recipe with what ``auto`` means for a network, by its entry's name.

        A plan and its keys name what is really used.
        """
        if self.precision != "auto":
            return self
        known = architecture != GIVEN and ARCHITECTURES[architecture].half_precision
        half = known and kernels.multiply_bfloat16()
        return self.model_copy(update={"precision": "bfloat16" if half else "float32"})


# Left out of a run's key at their defaults, so that runs from before these fields keep their keys.
NEWER_FIELDS = ("frozen_epochs", "fine_tune_rate", "class_weights")


class Run(Frozen):
    """One model to train: all that decides its weights, and nothing else.

    ``fold``: the fold that serves as validation images, from 0, and the number of folds; None:
    the splits of the data set. ``test``: ``rotating`` where the fold serves as test images instead.
    """

    dataset: Choice
    architecture: Choice
    strategy: Strategy
    seed: int
    recipe: Recipe
    fold: tuple[int, int] | None = None
    test: Literal["fixed", "rotating"] = "fixed"

    @model_serializer(mode="wrap")
    def _serialize(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what runs from before had not, so that they keep their keys."""
        absent = {"fold"} if self.fold is None else set()
        absent |= {"test"} if self.test == "fixed" else set()
        return {name: value for name, value in plain(self).items() if name not in absent}

    @field_validator("dataset", mode="after")
    @classmethod
    def _without_paths(cls, value: Choice) -> Choice:
        """Drop where the data lie: the plan has it, and the weights do not depend on it."""
        if value.name not in DATASETS:
            return value
        return Choice(name=value.name, settings=DATASETS[value.name].deciding(value.settings))

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits: the hash of this run and of the versions of its entries."""
        return digest({"run": self._identity(), "versions": self._versions()})

    @cached_property
    def training(self) -> str:
        """32 hexadecimal digits: the hash of all that decides the weights but the data.

        Data are named by their contents (``DataSet.contents``): settings that change no image
        that is learnt from change no weights.
        """
        run = {name: value for name, value in self._identity().items() if name != "dataset"}
        return digest({"run": run, "versions": self._versions(dataset=False)})

    def _identity(self) -> dict[str, Any]:
        """The fields in which two runs can differ."""
        run, fields = self.model_dump(mode="json"), Recipe.model_fields
        if self.architecture.name != GIVEN:
            chosen = run["architecture"]
            chosen["settings"] = ARCHITECTURES[chosen["name"]].deciding(chosen["settings"])
        run["recipe"] = {
            name: value
            for name, value in run["recipe"].items()
            if name not in NEWER_FIELDS or value != fields[name].default
        }
        return run

    def _versions(self, *, dataset: bool = True) -> list[list[str | int]]:
        choices: list[tuple[Registry, Choice]] = [
            *([(DATASETS, self.dataset)] if dataset else []),
            (ARCHITECTURES, self.architecture),
            *((STRATEGIES, step) for step in self.strategy.steps),
        ]
        return [
            [choice.name, registry[choice.name].version]
            for registry, choice in choices
            if choice.name != GIVEN
        ]

    @cached_property
    def entropy(self) -> int:
        """A 31-bit integer, the seed of all random draws of this run.

        It follows from the strategy and the seed. So no two arms share initial weights, which
        alone would make their models alike.
        """
        return int(digest({"strategy": self.strategy.label, "seed": self.seed})[:8], 16) >> 1

    @property
    def label(self) -> str:
        """``rotation #2``: the run's name in messages."""
        return f"{self.strategy.label} #{self.seed}"


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits of the SHA-256 of ``value`` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
