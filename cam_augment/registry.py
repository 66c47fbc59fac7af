"""Named entries: one decorator, one good error, discovery by folder and entry point.

An entry is a function with a name, an integer version and traits. Its keyword-only
parameters are its settings: each is annotated with a type and its limits
(``Annotated[float, Field(ge=0, le=180)]``) and has a default, so that a plan is
checked before anything runs. Raise ``version`` when the meaning of an entry changes:
runs made under the old meaning are then made again.

Modules of entries load TensorFlow lazily; listing entries stays fast.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from cam_augment.base.errors import InputError, nearest, unknown


@dataclass(frozen=True)
class Entry:
    """One named function of a kind, with what the house needs to know of it."""

    kind: str
    name: str
    function: Callable
    version: int = 1
    traits: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *args, **settings):
        return self.function(*args, **settings)

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def deciding(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings without those that only say where something lies (``places``).

        A data set's fingerprint tells what was read; where from decides no result.
        """
        places = self.traits.get("places", ())
        return {name: value for name, value in settings.items() if name not in places}

    def place(self, what: str, settings: Mapping[str, Any]) -> str | None:
        """Return the layer that settings, or else a trait, name as ``what``, if any."""
        return settings.get(what) or self.traits.get(what)

    @cached_property
    def settings(self) -> type[BaseModel]:
        """The model that checks this entry's settings and fills in their defaults."""
        parameters = inspect.signature(self.function, eval_str=True).parameters.values()
        keywords = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
        for p in keywords:
            if inspect.Parameter.empty in (p.default, p.annotation):
                raise TypeError(f"{self.kind} '{self.name}': setting '{p.name}' needs both a type "
                                "and a default")  # fmt: skip
        return create_model(
            self.name,
            __config__=ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False),
            **{p.name: (p.annotation, p.default) for p in keywords},
        )

    def resolve(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings of this entry, defaults filled in.

        Raises:
            InputError: a setting is unknown, of the wrong type or out of its limits.
        """
        try:
            return self.settings(**settings).model_dump()
        except ValidationError as error:
            problem = error.errors()[0]
            name = ".".join(str(part) for part in problem["loc"])
            if problem["type"] == "extra_forbidden":
                allowed = list(self.settings.model_fields)
                raise InputError(
                    f"{self.kind} '{self.name}' has no setting '{name}'."
                    f"{nearest(name, allowed)} Allowed: {', '.join(allowed) or 'none'}"
                ) from None
            raise InputError(
                f"{self.kind} '{self.name}', setting '{name}': received "
                f"{problem['input']!r}; {problem['msg'][0].lower()}{problem['msg'][1:]}"
            ) from None


class Registry(Mapping[str, Entry]):
    """The entries of one kind, found in a package of this project and by entry points."""

    def __init__(self, kind: str, package: str):
        self.kind = kind
        self.package = package
        self._entries: dict[str, Entry] = {}
        self._discovered = False

    def add(self, name: str | None = None, *, version: int = 1, **traits) -> Callable:
        """Return a decorator that enters a function under ``name`` (default: its own)."""

        def enter(function: Callable) -> Callable:
            entry = Entry(
                self.kind, name or function.__name__, function, version, MappingProxyType(traits)
            )
            known = self._entries.get(entry.name)
            if known is not None and known.function.__module__ != function.__module__:
                raise ValueError(f"two entries for {self.kind} '{entry.name}'")
            self._entries[entry.name] = entry
            return function

        return enter

    def _discover(self) -> None:
        if self._discovered:
            return
        self._discovered = True
        folder = importlib.import_module(self.package).__path__
        for module in pkgutil.iter_modules(folder):
            importlib.import_module(f"{self.package}.{module.name}")
        for point in entry_points(group=self.package):
            point.load()

    def __getitem__(self, name: str) -> Entry:
        self._discover()
        try:
            return self._entries[name]
        except KeyError:
            raise unknown(self.kind, name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self):
        self._discover()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self._discover()
        return len(self._entries)


STRATEGIES = Registry("strategy", "cam_augment.strategies")
CAMS = Registry("cam", "cam_augment.cams")
METRICS = Registry("metric", "cam_augment.metrics")
DATASETS = Registry("dataset", "cam_augment.datasets")
ARCHITECTURES = Registry("architecture", "cam_augment.architectures")
