"""What the paper rests on: the files of ``results/``, read once, and nothing else."""

import csv
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cam_augment.records import ImpactProfile, load_profile

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"

# The studies of real data, as the paper names them.
REAL = {
    "quickstart": "MNIST digits",
    "fashion": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "pneumonia": "Chest X-rays",
    "magnetic-tiles": "Magnetic tiles",
}
# The magnetic tiles three times: as above, by more models, and with a test part that rotates.
TILES = ("magnetic-tiles", "rotating/fixed", "rotating/rotating")
SWEEPS = {"sweep-mnist": "digits", "sweep-fashion": "clothing"}
# The simulated worlds, as the paper names them.
WORLDS = {
    "equal": "equally noisy arms",
    "M": "noise as in trained arms",
    "as seen": "each arm as noisy as seen",
    "one arm twice as noisy": "one arm twice as noisy",
    "all noisier": "all arms much noisier",
}
# The planted marks, as the paper names them.
MARKS = {"mark": "small", "other corner": "small, other corner"}
STAGED = "4+8, then 6+12"  # the default design, as the tables of results/truth write it
SINGLE = "5+10"  # one stage of as many models as the default design takes in the end
TEST_IMAGES = "3750"
# Folders that hold one answer each, made by commands that may not have run yet.
SEARCH, SEQUENCE = "search", "sequence"


def has(name: str) -> bool:
    """Return whether there are results of a kind: a folder of them that holds a table."""
    return any((RESULTS / name).glob("*.csv"))


@cache
def study(name: str) -> ImpactProfile:
    """Return the profile of ``results/NAME``."""
    return load_profile(RESULTS / name)


@cache
def rows(path: str) -> Sequence[Mapping[str, str]]:
    """Return the rows of a table below ``results/``."""
    with open(RESULTS / path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(path: str, **values: str) -> Mapping[str, str]:
    """Return the one row of a table that has these values in these columns."""
    return row_where(path, values)


def row_where(path: str, values: Mapping[str, str]) -> Mapping[str, str]:
    """Return the one row of a table that has these values, by column.

    Raises:
        LookupError: there is none, or more than one.
    """
    matches = [r for r in rows(path) if all(r[name] == text for name, text in values.items())]
    if len(matches) != 1:
        raise LookupError(f"results/{path}: {len(matches)} rows have {dict(values)}")
    return matches[0]


@cache
def document(path: str) -> Any:
    """Return a JSON file below ``results/``."""
    return json.loads((RESULTS / path).read_text("utf-8"))


def measurement(part: str, what: str, against: str | None = None) -> Mapping[str, Any]:
    """Return one row of the benchmarks.

    Raises:
        LookupError: there is none, or more than one.
    """
    matches = [
        r
        for r in document("benchmarks/benchmarks.json")["rows"]
        if r["part"] == part and r["what"] == what and against in (None, r["against"])
    ]
    if len(matches) != 1:
        raise LookupError(f"benchmarks.json: {len(matches)} rows of {part}: {what}, {against}")
    return matches[0]
