"""Data that Keras downloads once and keeps: found without Keras where they lie already."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cam_augment.datasets.idx import reason
from cam_augment.errors import InputError


def kept(folder: str) -> Path:
    """Return where Keras keeps the data of ``folder``: below $KERAS_HOME or ~/.keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets" / folder


def fetch(name: str, load: Callable[[], Any], source: str, folder: str) -> Any:
    """Return what one of Keras' loaders returns.

    Args:
        load: the loader, which downloads what is not there.
        source: what to fetch instead, for the error. folder: see ``kept``.

    Raises:
        InputError: it cannot be downloaded; the line says what to put where.
    """
    try:
        return load()
    except Exception as error:  # Keras raises a plain Exception where a download fails
        raise InputError(
            f"{name}: not in {kept(folder)} and not to be downloaded "
            f"({reason(error)}). Fetch {source} and put it there, or set dataset.path to it"
        ) from None


def complete(folder: Path, names: Sequence[str]) -> bool:
    """Return whether all the files lie in ``folder``."""
    return all((folder / name).is_file() for name in names)
