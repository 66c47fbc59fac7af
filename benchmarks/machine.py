"""What the figures were measured on: processor, memory, versions, commit, and how quiet."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.part import ROOT
from cam_augment.engine import cores

PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "POT",
    "dask",
    "distributed",
    "tf-keras-vis",
)
PEERS = ("albumentations", "torch", "grad-cam", "torchcam")  # measured where installed
MATRIX_UNITS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")


def machine() -> dict:
    """Return plain values; what cannot be known is None."""
    return {
        "processor": _processor("model name"),
        "processors": cores(),
        "matrix_units": [
            unit for unit in MATRIX_UNITS if unit in (_processor("flags") or "").split()
        ],
        "memory_gib": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in (*PACKAGES, *PEERS)},
        "commit": _commit(),
        "load_before": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def _processor(field: str) -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() if field == "model name" else None
    return next((ln.partition(":")[2].strip() for ln in lines if ln.startswith(field)), None)


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
