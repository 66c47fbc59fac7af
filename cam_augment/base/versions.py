"""Versions of packages, for the record: what has none that can be found stops nothing."""

import sys
from importlib.metadata import PackageNotFoundError, version

UNKNOWN = "unknown"


def version_of(package: str) -> str:
    """Return the version of an installed package, as its distribution or else its module tells.

    TensorFlow comes under several names, such as ``tensorflow-cpu``, and a checkout may be used
    without having been installed.
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return str(getattr(sys.modules.get(package), "__version__", UNKNOWN))
