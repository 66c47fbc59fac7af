"""One model: how it is trained, and the key and seed that follow from all that decides it."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from cam_augment.base import processor
from cam_augment.base.errors import InputError
from cam_augment.plan.choices import GIVEN, Choice, Frozen, Strategy
from cam_augment.registry import ARCHITECTURES, DATASETS, STRATEGIES


class Recipe(Frozen):
    """How every network of a study is trained: the same budget for every strategy."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 30
    batch_size: Annotated[int, Field(ge=1, le=100_000)] = 50
    optimizer: Literal["adam", "sgd", "momentum", "rmsprop"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 5e-3
    schedule: Literal["cosine", "constant", "step", "exponential", "inverse"] = "cosine"
    warmup: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    l1: Annotated[float, Field(ge=0, le=1)] = 0.0
    l2: Annotated[float, Field(ge=0, le=1)] = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", validate_default=True)
    frozen_epochs: Annotated[int, Field(ge=0, le=10_000)] = 0
    fine_tune_rate: Annotated[float, Field(gt=0, le=10)] = 1.0
    class_weights: Literal["none", "balanced"] = "none"

    @property
    def weighs_classes(self) -> bool:
        """Whether the losses of classes are weighed differently."""
        return self.class_weights != "none"

    @model_validator(mode="after")
    def _staged(self) -> "Recipe":
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

    @field_validator("precision", mode="after")
    @classmethod
    def _precision(cls, value: str) -> str:
        """Decide ``auto`` once and here: a plan and its keys name what is really used."""
        if value != "auto":
            return value
        return "bfloat16" if processor.multiplies_bfloat16() else "float32"


# Left out of a run's key while they are neutral: keys of runs made before they came stay.
LATER = ("frozen_epochs", "fine_tune_rate", "class_weights")


class Run(Frozen):
    """One model to train: all that decides its weights, and nothing else.

    ``fold``: number of the fold held out for validation, from 0, and of how many folds;
    None: the data set's own splits.
    """

    dataset: Choice
    architecture: Choice
    strategy: Strategy
    seed: int
    recipe: Recipe
    fold: tuple[int, int] | None = None

    @model_serializer(mode="wrap")
    def _serialize(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a fold that there is not: keys of runs without folds stay what they were."""
        fields = plain(self)
        return fields if self.fold else {k: v for k, v in fields.items() if k != "fold"}

    @field_validator("dataset", mode="after")
    @classmethod
    def _without_places(cls, value: Choice) -> Choice:
        """Forget where the data lie: the plan knows it, and the weights do not depend on it."""
        if value.name not in DATASETS:
            return value
        return Choice(name=value.name, settings=DATASETS[value.name].deciding(value.settings))

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits: the hash of this run and of its entries' versions."""
        return digest({"run": self._identity(), "versions": self._versions()})

    def _identity(self) -> dict[str, Any]:
        """All fields by which two runs may differ."""
        run, fields = self.model_dump(mode="json"), Recipe.model_fields
        if self.architecture.name != GIVEN:
            for name in ARCHITECTURES[self.architecture.name].outside:
                del run["architecture"]["settings"][name]
        run["recipe"] = {
            name: value
            for name, value in run["recipe"].items()
            if name not in LATER or value != fields[name].default
        }
        return run

    def _versions(self) -> list[list]:
        chosen = [
            (DATASETS, self.dataset),
            (ARCHITECTURES, self.architecture),
            *((STRATEGIES, step) for step in self.strategy.steps),
        ]
        named = [(registry, choice.name) for registry, choice in chosen if choice.name != GIVEN]
        return [[name, registry[name].version] for registry, name in named]

    @cached_property
    def entropy(self) -> int:
        """A 31-bit integer from which all of this run's randomness is drawn.

        It follows from the strategy and the seed, so no two strategies and no strategy
        and baseline share initial weights: pairs that do look alike for that alone.
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
