"""What was made of a person's files, kept so that it is made once: who keeps it, and where."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from cam_augment.base.errors import unwritable
from cam_augment.base.stack import Stack


@dataclass(frozen=True)
class Contents:
    """What is kept under one key.

    Attributes:
        record: plain values, as JSON has them. arrays: small ones, by name.
        stacks: images and masks by name, each in a file of its own.
    """

    record: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    stacks: Mapping[str, Stack]


# Makes the contents, their files in an empty folder.
Make = Callable[[Path], Contents]


class Keeper(Protocol):
    """Keeps contents under keys of 32 hexadecimal digits."""

    @property
    def folder(self) -> Path | None:
        """The folder that it keeps them in, if any."""

    def keep(self, key: str, make: Make) -> Contents:
        """Return what is kept under a key; what is not there is made first."""


class Unkept:
    """Keeps nothing: files lie in the system's folder for such, and go with this process."""

    folder = None

    def keep(self, key: str, make: Make) -> Contents:  # noqa: ARG002 - a keeper's
        place = Path(tempfile.gettempdir())
        with unwritable(place), tempfile.TemporaryDirectory(prefix="cam_augment-") as folder:
            contents = make(Path(folder))
            stacks = {name: stack.in_memory() for name, stack in contents.stacks.items()}
            return replace(contents, stacks=stacks)  # what is mapped stays when its name goes


_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


def keeper() -> Keeper:
    """Return who keeps what is read now."""
    return _KEEPER.get() or Unkept()


@contextmanager
def kept_by(keeper: Keeper | None) -> Iterator[None]:
    """Let a keeper keep what is read inside; None: whoever does already."""
    token = _KEEPER.set(keeper or _KEEPER.get())
    try:
        yield
    finally:
        _KEEPER.reset(token)
