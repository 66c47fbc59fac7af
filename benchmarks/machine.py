"""What the figures were measured on: processor, memory, versions, commit, and how quiet."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

from benchmarks.part import ROOT
from cam_augment.base import processor

PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "POT",
    "numba",
    "dask",
    "distributed",
    "tf-keras-vis",
)
PEERS = ("albumentations", "torch", "grad-cam", "torchcam")  # measured where installed


def machine() -> dict:
    """Return plain values; what cannot be known is None."""
    return {
        "processor": processor.name(),
        "processors": processor.cores(),
        "multiplies_bfloat16": processor.multiplies_bfloat16(),
        "memory_gib": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in (*PACKAGES, *PEERS)},
        "commit": _commit(),
        "load_before": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    try:
        head = _git("rev-parse", "HEAD")
        return head + ("-changed" if _git("status", "--porcelain", "--", "cam_augment") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
