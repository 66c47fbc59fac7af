"""What a profile was made with: versions, machine, commit, times, data."""

import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cam_augment.base import kernels, processor
from cam_augment.records import DataSet, Fit, Notice

TRAINING = ("tensorflow", "keras", "numpy")
IDLE = {"tf-keras-vis"}  # earlier versions recorded it, and it decides nothing of a fit
PACKAGES = (
    "cam-augment",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "matplotlib",
    "dask",
    "POT",
    "numba",
)


def environment(data: DataSet) -> dict[str, str]:
    """Return what a fit was made with: package versions, machine, kernels, data fingerprint."""
    return {
        **{name: version(name) for name in TRAINING},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "kernels": kernels.name(),
        "data": data.fingerprint,
    }


def provenance(fits: Sequence[Fit], data: DataSet, started: float) -> dict[str, Any]:
    """Return plain values that say how a profile came about.

    Args:
        fits: the models it was made of. data: the splits they saw.
        started: ``time.time()`` when the command began.
    """
    environments = sorted({tuple(sorted(deciding(fit).items())) for fit in fits})
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds_command": round(time.time() - started, 1),
        "seconds_training": round(sum(fit.seconds for fit in fits), 1),
        "models": len(fits),
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor.name(),
        "cores": processor.cores(),
        "versions": {name: version(name) for name in PACKAGES},
        "training_environments": [dict(environment) for environment in environments],
        "data": _about(data),
    }


def _about(data: DataSet) -> dict[str, str]:
    """Return what tells data apart; masks drawn by hand have a fingerprint of their own."""
    drawn = {"regions": data.regions} if data.regions else {}
    return {"name": data.name, "fingerprint": data.fingerprint, **drawn}


def deciding(fit: Fit) -> dict[str, str]:
    """Return what a fit was made with, less what decides nothing of it."""
    return {name: value for name, value in fit.environment.items() if name not in IDLE}


def mixed(fits: Sequence[Fit]) -> list[Notice]:
    """Return a notice of everything in which the models' environments differ.

    Models of an earlier version, which did not record something, are no mixture by that.
    """
    notices = []
    environments = [deciding(fit) for fit in fits]
    for name in sorted({name for recorded in environments for name in recorded}):
        values = sorted({recorded[name] for recorded in environments if name in recorded})
        if len(values) > 1:
            notices.append(Notice.of("models.mixed", name=name, values=values))
    return notices


def _commit() -> str | None:
    """Return the commit of the checkout this package is run from, marked when changed."""
    package = Path(__file__).resolve().parent.parent
    if not (package.parent / ".git").exists():
        return None
    try:
        head = _git(package, "rev-parse", "HEAD")
        return head + ("-changed" if _git(package, "status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
