"""Data that Keras downloads once and keeps."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.reading.names import reason


def keras_folder(folder: str) -> Path:
    """Return where Keras keeps the data of ``folder``: below $KERAS_HOME or ~/.keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets" / folder


def fetch(name: str, place: Path, load: Callable[[], Any], instead: str) -> Any:
    """Return what one of Keras' loaders returns.

    Args:
        place: where the loader keeps its files.
        load: the loader, which downloads what is not there.
        instead: what to fetch by hand and where to put it.

    Raises:
        InputError: it cannot be downloaded.
    """
    try:
        return load()
    except Exception as error:  # Keras raises a plain Exception where a download fails
        raise InputError(
            f"{name}: not in {place} and not to be downloaded ({reason(error)}). {instead}"
        ) from None
