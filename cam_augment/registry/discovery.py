"""A registry: the entries of one kind, by name, discovered when one is first asked for."""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from cam_augment.base.errors import unknown
from cam_augment.registry.entry import Entry

E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """The entries of one kind, found in a package of this project and by entry points."""

    def __init__(self, entry: type[E], package: str):
        self.entry = entry
        self.kind = entry.kind
        self.package = package
        self._entries: dict[str, E] = {}
        self._discovered = self._discovering = False
        self._lock = threading.RLock()  # a module that is imported here may ask for entries too

    def add(self, name: str | None = None, *, version: int = 1, **traits: Any) -> Callable:
        """Return a decorator that enters a function under ``name`` (default: its own).

        Raises:
            InputError: when it decorates, a trait is unknown, missing or of the wrong type.
            ValueError: then, another module has an entry of this name.
        """

        def enter(function: Callable) -> Callable:
            entry = self.entry.enter(name or function.__name__, function, version, traits)
            present = self._entries.get(entry.name)
            if present is not None and present.function.__module__ != function.__module__:
                raise ValueError(f"two entries for {self.kind} '{entry.name}'")
            self._entries[entry.name] = entry
            return function

        return enter

    def _discover(self) -> None:
        if self._discovered:
            return
        with self._lock:  # no other thread sees some of the entries
            if self._discovered or self._discovering:
                return
            self._discovering = True
            try:
                self._import()
                self._discovered = True
            finally:
                self._discovering = False

    def _import(self) -> None:
        folder = importlib.import_module(self.package).__path__
        for module in pkgutil.iter_modules(folder):
            importlib.import_module(f"{self.package}.{module.name}")
        for point in entry_points(group=self.package):
            point.load()

    def __getitem__(self, name: str) -> E:
        self._discover()
        try:
            return self._entries[name]
        except KeyError:
            raise unknown(self.kind, name, self._entries) from None

    def in_order(self) -> list[E]:
        """Return the entries as they stand in the sources: by module, from the top down."""
        return sorted(
            self.values(),
            key=lambda entry: (entry.function.__module__, entry.function.__code__.co_firstlineno),
        )

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._discover()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self._discover()
        return len(self._entries)
