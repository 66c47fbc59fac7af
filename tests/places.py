"""Small stand-ins, written by the test, for data sets that lie outside the package."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from cam_augment.datasets.fashion_mnist import FILES

SHARED = Path(
    os.environ.get("CAM_AUGMENT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


def shared(name: str) -> Path:
    """Return the real file or folder, or skip the test that asks for it."""
    if not (SHARED / name).exists():
        pytest.skip(f"no {name} in $CAM_AUGMENT_DATA or ../shared/data")
    return SHARED / name


def place(name: str, folder: Path) -> dict:
    """Return the settings under which the data set ``name`` reads a stand-in in ``folder``."""
    return BUILDERS[name](folder) if name in BUILDERS else {}


def noise(count: int, classes: int, *shape: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return bytes that are no two images alike, and labels in turn."""
    images = np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)
    return images, (np.arange(count) % classes).astype(np.uint8)


def write_idx(path: Path, values: np.ndarray) -> None:
    head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes(), 1))


def fashion(folder: Path) -> dict:
    for seed, (count, names) in enumerate(zip((200, 120), FILES.values(), strict=True)):
        for name, values in zip(names, noise(count, 10, 28, 28, seed=seed), strict=True):
            write_idx(folder / name, values)
    return {"path": str(folder)}


BUILDERS = {"fashion_mnist": fashion}
