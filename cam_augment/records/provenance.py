"""The provenance of a profile: versions, machine, commit, times, data."""

import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cam_augment.base import kernels, processor
from cam_augment.base.versions import version_of
from cam_augment.records import DataSet, Fit, Notice

TRAINING = ("tensorflow", "keras", "numpy")
IDLE = {"tf-keras-vis"}  # earlier versions recorded it, but no fit depends on it
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
    """Return what a model was made with: package versions, machine, kernels, data.

    The data are those that weights come from; test and probe images are no part of them.
    """
    return {
        **{name: version_of(name) for name in TRAINING},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "kernels": kernels.name(),
        "data": data.training_contents,
    }


def provenance(fits: Sequence[Fit], data: DataSet, start: float) -> dict[str, Any]:
    """Return plain values that say how a profile came about.

    Args:
        fits: its models. data: the splits that they were trained and tested on.
        start: ``time.time()`` when the command began.
    """
    environments = sorted({tuple(sorted(_relevant(fit).items())) for fit in fits})
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds_command": round(time.time() - start, 1),
        "seconds_training": round(sum(fit.seconds for fit in fits), 1),
        "models": len(fits),
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor.name(),
        "cores": processor.cores(),
        "versions": {name: version_of(name) for name in PACKAGES},
        "training_environments": [dict(environment) for environment in environments],
        "data": _identity(data),
    }


def _identity(data: DataSet) -> dict[str, str]:
    """Return what tells data apart; regions drawn by hand have their own fingerprint."""
    regions = {"regions": data.regions} if data.regions else {}
    return {"name": data.name, "fingerprint": data.fingerprint, **regions}


def _relevant(fit: Fit) -> dict[str, str]:
    """Return the part of a fit's environment that the fit depends on."""
    return {name: value for name, value in fit.environment.items() if name not in IDLE}


def mixture_notices(fits: Sequence[Fit]) -> list[Notice]:
    """Return a notice for everything in which the environments of the models differ.

    What an earlier version did not record counts as no difference, and so do kernels that compute
    the same digits.
    """
    notices = []
    environments = [_relevant(fit) for fit in fits]
    for name in sorted({name for environment in environments for name in environment}):
        values = sorted({values[name] for values in environments if name in values})
        different = {kernels.digits(value) if name == "kernels" else value for value in values}
        if len(different) > 1:
            notices.append(Notice.of("models.mixed", name=name, values=[*values]))
    return notices


def _commit() -> str | None:
    """Return the commit of this package's checkout, with ``-changed`` where files differ."""
    package = Path(__file__).resolve().parent.parent
    if not (package.parent / ".git").exists():
        return None
    try:
        head = _git(package, "rev-parse", "HEAD")
        return head + ("-changed" if _git(package, "status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *words: str) -> str:
    process = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10
    )
    return process.stdout.strip()
