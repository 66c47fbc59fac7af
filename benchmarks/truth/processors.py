"""Does another processor change a verdict? One plan and one set of seeds, rounded otherwise.

Rounding draws a share of the seeds' noise anew: other kernels, and initial weights that differ
in their lowest bit, stand for other processors. What was measured on one processor is kept when
the part runs on another, so that real ones are compared too. Verdicts may go to or from
*undecided*, since they are of other models; no strategy may get two that decide differently.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.part import ROOT
from benchmarks.truth.trained import QUICK
from cam_augment.base import kernels, processor
from cam_augment.plan import Plan
from cam_augment.records import ImpactProfile, load_profile
from cam_augment.report.toml import dumps

FLIPPED = f"{ROOT}/benchmarks/truth/flipped.py:flipped"  # whatever folder this is started in
UNDECIDED = ("undecided", "not quiet", "quiet")


@dataclass(frozen=True)
class Way:
    """One way to compute the study.

    Attributes:
        environment: variables of its processes. architecture: in place of the plan's own.
    """

    name: str
    environment: Mapping[str, str]
    architecture: Mapping[str, str] | None = None


WAYS = (
    Way("oneDNN kernels", {kernels.ONEDNN: "1"}),
    Way("plain kernels", {kernels.ONEDNN: "0"}),
    Way("oneDNN for AVX2", {kernels.ONEDNN: "1", kernels.LIMIT: "AVX2"}),
    Way("lowest bit flipped", {kernels.ONEDNN: "1"}, {"name": "own", "source": FLIPPED}),
)


@dataclass(frozen=True)
class Column:
    """What the study came to, computed one way on one processor.

    Attributes:
        way: its name. processor: its name and its widest vectors.
        verdicts, gains: by strategy; gains are of accuracy. provenance: of the profile.
    """

    way: str
    processor: str
    verdicts: Mapping[str, str]
    gains: Mapping[str, float]
    provenance: Mapping[str, Any]

    @classmethod
    def of(cls, way: str, processor: str, profile: ImpactProfile) -> "Column":
        """Return what a profile says."""
        verdicts = {strategy.strategy: strategy.conclusion for strategy in profile.strategies}
        gains = {name: profile.effect(name, "gain").estimate or 0.0 for name in verdicts}
        return cls(way, processor, verdicts, gains, profile.provenance)


def ways() -> list[Way]:
    """Return the ways that differ here: a limit that the processor has anyway is none."""
    return [way for way in WAYS if way.environment.get(kernels.LIMIT) != processor.vectors()]


def here() -> str:
    """Return this processor's name and its widest vectors."""
    return f"{processor.name()}, {processor.vectors()}"


def kept(folder: Path | None) -> list[Column]:
    """Return what is written in a folder of other processors than this one."""
    path = folder / "processors.json" if folder else None
    if path is None or not path.exists():
        return []
    columns = [Column(**fields) for fields in json.loads(path.read_text("utf-8"))["columns"]]
    return [column for column in columns if column.processor != here()]


def apart(columns: Sequence[Column]) -> list[str]:
    """Return the strategies of which two verdicts decide, and decide differently."""
    return [name for name, given in verdicts(columns).items() if len(given - {*UNDECIDED}) > 1]


def verdicts(columns: Sequence[Column]) -> dict[str, set[str]]:
    """Return all verdicts that each strategy got."""
    return {name: {c.verdicts[name] for c in columns} for name in columns[0].verdicts}


def equal(columns: Sequence[Column]) -> list[tuple[Column, Column, list[str]]]:
    """Return the pairs on two processors whose gains are equal to the last digit.

    With the strategies whose gains are not: fewer than half of them.
    """
    pairs = [
        (one, other, [name for name in one.gains if one.gains[name] != other.gains[name]])
        for one, other in combinations(columns, 2)
        if one.processor != other.processor
    ]
    return [pair for pair in pairs if 2 * len(pair[2]) < len(pair[0].gains)]


def computed(way: Way, folder: Path, quick: bool = False) -> ImpactProfile:
    """Train and judge the default study one way, in processes of its own.

    Args:
        folder: of its store, its plan and its report.

    Raises:
        CalledProcessError: the command failed.
    """
    place = (folder / way.name.replace(" ", "-")).absolute()
    place.mkdir(parents=True, exist_ok=True)
    changes = QUICK | {"seeds": 3, "baselines": 4} if quick else {}
    if way.architecture:
        changes = changes | {"architecture": dict(way.architecture)}
    fields = Plan.read("quickstart", **changes).model_dump(mode="json")
    fields["recipe"]["precision"] = "auto"  # as the kernels of this way have it
    (place / "plan.toml").write_text(dumps(fields), "utf-8")
    words = ["-m", "cam_augment.study", place / "plan.toml", "--out", place / "report",
             "--store", place / "store"]  # fmt: skip
    subprocess.run(
        [sys.executable, *map(str, words)], check=True, cwd=ROOT, env=os.environ | way.environment,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return load_profile(place / "report")
