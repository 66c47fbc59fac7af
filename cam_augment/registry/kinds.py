"""The kinds of entries: one class each, whose fields are the traits that an entry may declare."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic.dataclasses import dataclass

from cam_augment.base.errors import InputError
from cam_augment.registry.entry import STRICT, Entry

FOLDER = re.compile(r"\w[\w-]*", re.ASCII)
TAKEN = (
    "trainings",
    "fits",
    "scores",
    "chance",
    "pictures",
    "searches",
    "damaged",
)  # folders of the store
_NEEDS = {
    "weigh": "one pass forward and backward",
    "kernel": "a network that ends in average pooling and one dense layer",
    "model": "passes of its own",
}
_TAKEN = {
    "maps": "two maps",
    "map": "a map",
    "mask": "a map and a mask",
    "product": "a map and the product's region",
    "predictions": "two predictions",
}
# What the better of two values of a metric means, by what it compares.
_READ = {
    "maps": "more alike",
    "map": "more gathered",
    "mask": "more on what is marked",
    "product": "more on the product",
    "predictions": "more alike",
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StrategyEntry(Entry):
    """An augmentation, or a comparison that changes the run instead of the images.

    Attributes:
        family: which strategies it stands beside in listings: geometry, intensity, ...
        unit: of its setting ``magnitude``; None: it has none.
        identity: the magnitude at which images come back unchanged; None: there is none.
        labels: whether it keeps labels, mixes those of several images, or softens them.
        moves: which pixels move, so that a map can go along with its image. True: to move
            pixels is all that it does; False: it moves none; a function
            ``(images, seed, *, settings) -> images``: that is the part of it that moves them;
            None: not known, and the strategy has no CAM equivariance.
        matrices: ``(images, seed, *, settings) -> matrices``, one for each image, of a strategy
            that moves pixels by them: several in a row then interpolate once.
        projective: whether the last row of these matrices is other than (0, 0, 1).
        colour: whether it is for images of three channels only.
        changes: whether it is a comparison: ``(*, settings) -> {field: value}``, by the plan's
            dotted fields.
    """

    family: str = "other"
    unit: str | None = None
    identity: float | None = None
    labels: Literal["kept", "mixed", "softened"] = "kept"
    moves: bool | Callable | None = None
    matrices: Callable | None = None
    projective: bool = False
    colour: bool = False
    changes: bool = False

    kind: ClassVar[str] = "strategy"

    @property
    def note(self) -> str:
        """What the traits say, for people: family, unit of the magnitude, labels, colour."""
        still = None if self.identity is None else f"no change at {self.identity:g}"
        words = [
            self.family,
            self.unit and f"magnitude: {self.unit}",
            still,
            None if self.labels == "kept" else f"labels are {self.labels}",
            "colour images only" if self.colour else None,
        ]
        return "; ".join(filter(None, words))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CamEntry(Entry):
    """A method of class activation maps.

    Attributes:
        form: what it is called with: activations and gradients (``weigh``), activations and
            the dense layer's kernel (``kernel``), or the look, images and targets (``model``).
        targeted: whether the class that is explained plays a part.
    """

    form: Literal["weigh", "kernel", "model"]
    targeted: bool = True

    kind: ClassVar[str] = "cam"

    @property
    def note(self) -> str:
        """What the traits say, for people: what the method needs, and whether it has a target."""
        return _NEEDS[self.form] + ("" if self.targeted else "; no target")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MetricEntry(Entry):
    """A measure of maps or predictions.

    Attributes:
        compares: two stacks of ``maps``, one ``map``, a map and a ``mask``, a map and the
            ``product`` in the image, or two models' ``predictions``.
        better: which values say that two are alike, that attention gathers, or that it lies
            where it should.
        optimum: of two equal maps or predictions; the distance of two is |optimum - value|.
        title: the name that reports print; a line break says where a heading may break.
        unit: that reports print: of the distance of two, or of the value of one map.
        scale: factor from a value to one in this unit. digits: decimals as printed.
        prepare: what is done once for each stack before pairs of stacks are compared.
        expensive: whether scores are kept in the store and made by all cores.
        directed: whether it is not symmetric; the mean of both ways is taken then.
    """

    compares: Literal["maps", "map", "mask", "product", "predictions"]
    better: Literal["higher", "lower"]
    optimum: float | None = None
    title: str = ""
    unit: str = ""
    scale: float = 1.0
    digits: int = 3
    prepare: Callable | None = None
    expensive: bool = False
    directed: bool = False

    kind: ClassVar[str] = "metric"
    respelled: ClassVar = {("cost", "dear"): ("expensive", True)}

    @model_validator(mode="after")
    def _has_optimum(self) -> Self:
        if self.compares in ("maps", "predictions") and self.optimum is None:
            raise ValueError(f"compares='{self.compares}' needs the trait 'optimum'")
        return self

    @property
    def takes(self) -> str:
        """What the metric takes, in words."""
        return _TAKEN[self.compares]

    @property
    def note(self) -> str:
        """What the traits say, for people: what it takes, its unit, which way it is read."""
        words = [
            self.takes,
            self.unit,
            f"{self.better}: {_READ[self.compares]}",
            "expensive" if self.expensive else None,
        ]
        return "; ".join(filter(None, words))

    @property
    def heading(self) -> str:
        """The title, or else the entry's name in words, with a line break where one may stand.

        >>> MetricEntry("as_is", abs, compares="map", better="lower").heading.splitlines()
        ['as', 'is']
        """
        return self.title or self.name.replace("_", "\n", 1).replace("_", " ")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DatasetEntry(Entry):
    """A data set.

    Attributes:
        masks: whether its splits have masks; None: its settings decide.
        places: settings that only say where files lie. reading: those that say how they are read.
    """

    masks: bool | None = None
    places: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()

    kind: ClassVar[str] = "dataset"

    @property
    def note(self) -> str:
        """What the traits say, for people: whether there are masks."""
        return {True: "masks", False: "no masks", None: "masks by its settings"}[self.masks]

    def resolve(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings, see ``Entry.resolve``; no place may be empty, the folder at hand."""
        resolved = super().resolve(settings)
        for name in self.places:
            if resolved.get(name) == "":
                raise InputError(f"dataset '{self.name}', setting '{name}': received ''; a path "
                                 "expected")  # fmt: skip
        return resolved

    def deciding(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings without ``places`` and ``reading``.

        A data set's fingerprint says what was read; where from and how decide no result.
        """
        outside = {*self.places, *self.reading}
        return {name: value for name, value in settings.items() if name not in outside}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ArchitectureEntry(Entry):
    """A network.

    Attributes:
        layer: name of the layer whose output maps are made of.
        base: name of the last layer of what may stay frozen at first.
        half_precision: whether it is measured to train faster in half precision, where a
            processor multiplies it, and no worse: what ``recipe.precision = "auto"`` goes by.
        completes: ``settings -> settings``, with what only the world outside the plan knows.
        outside: settings that stay out of a run's key.
        later: settings that stay out of a run's key while they have their default: keys of runs
            made before they came stay.
        checks: ``(network, settings)``; raises InputError, before anything is trained, for what a
            ``networks.Network`` must not be.
    """

    layer: str | None = None
    base: str | None = None
    half_precision: bool = False
    completes: Callable | None = None
    outside: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    checks: Callable | None = None

    kind: ClassVar[str] = "architecture"

    @property
    def note(self) -> str:
        """What the traits say, for people: where maps are made, what may stay frozen."""
        words = [self.layer and f"maps at {self.layer}", self.base and f"base to {self.base}"]
        return "; ".join(filter(None, words))

    def complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return resolved settings with what only the world outside the plan knows."""
        return dict(self.completes(settings) if self.completes else settings)

    def deciding(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings that decide a run's weights: what its key is made of."""
        defaults = {name: field.default for name, field in self.settings.model_fields.items()}
        return {
            name: value
            for name, value in settings.items()
            if name not in self.outside and (name not in self.later or value != defaults[name])
        }

    def check(self, network: Any, settings: Mapping[str, Any]) -> None:
        """Raise InputError where the network that was made is none to be trained."""
        if self.checks:
            self.checks(network, settings)

    def place(self, role: Literal["layer", "base"], settings: Mapping[str, Any]) -> str | None:
        """Return the layer that a setting, or else a trait, names for a role, if any."""
        return settings.get(role) or getattr(self, role)

    @property
    def has_base(self) -> bool:
        """Whether a trait or a setting can name a base that stays frozen at first."""
        return self.base is not None or "base" in self.settings.model_fields


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CorruptionEntry(Entry):
    """What happens to test images: ``(images, strength, draws) -> images``.

    Attributes:
        family: of like corruptions; robustness is told by family, too.
        unit: of the strengths. strengths: those at which models are asked, the weakest first.
        strategies: those that change images likewise, so that their models have practised it.
    """

    family: str = "other"
    unit: str = ""
    strengths: tuple[float, ...] = Field(min_length=1)
    strategies: tuple[str, ...] = ()

    kind: ClassVar[str] = "corruption"

    @property
    def note(self) -> str:
        """What the traits say, for people: family, strengths and their unit."""
        strengths = ", ".join(f"{strength:g}" for strength in self.strengths)
        return f"{self.family}; {strengths} ({self.unit})" if self.unit else self.family


@dataclass(frozen=True, kw_only=True, config=STRICT)
class QuestionEntry(Entry):
    """What models are asked beyond their predictions: a class of questions, without settings.

    Its name is that of the store's folder of the answers.

    Attributes:
        needed: whether a profile leaves out a run that has no answer.
    """

    needed: bool = False

    kind: ClassVar[str] = "question"

    @model_validator(mode="after")
    def _has_folder(self) -> Self:
        if not FOLDER.fullmatch(self.name) or self.name in TAKEN:
            raise ValueError(
                "its name is that of a folder: letters, digits, _ and -, and none of "
                f"{', '.join(TAKEN)}, which hold other things"
            )
        return self

    @cached_property
    def settings(self) -> type[BaseModel]:
        """No settings: the fields of a question say what one run is asked."""
        return create_model(self.name, __config__=ConfigDict(extra="forbid", frozen=True))
