"""Does another processor change a verdict? One plan and one set of seeds, rounded otherwise.

Rounding draws a share of the seeds' noise anew: other kernels, and initial weights that differ
in their lowest bit, stand for other processors. Verdicts may go to or from *undecided*, since
they are of other models; no strategy may get two that decide differently.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.part import ROOT
from benchmarks.truth.trained import QUICK
from cam_augment.plan import Plan
from cam_augment.records import ImpactProfile, load_profile
from cam_augment.report.toml import dumps

KERNELS = "TF_ENABLE_ONEDNN_OPTS"
FLIPPED = "benchmarks/truth/flipped.py:flipped"
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
    Way("oneDNN kernels", {KERNELS: "1"}),
    Way("plain kernels", {KERNELS: "0"}),
    Way("oneDNN for AVX2", {KERNELS: "1", "ONEDNN_MAX_CPU_ISA": "AVX2"}),
    Way("lowest bit flipped", {KERNELS: "1"}, {"name": "own", "source": FLIPPED}),
)


@dataclass(frozen=True)
class Row:
    """One strategy under all ways.

    Attributes:
        verdicts: by way, in their order. gains: of accuracy. apart: whether two of the verdicts
            decide, and decide differently.
    """

    strategy: str
    verdicts: tuple[str, ...]
    gains: tuple[float, ...]
    apart: bool


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


def rows(profiles: Mapping[str, ImpactProfile]) -> list[Row]:
    """Return what each strategy got under every way."""
    first = next(iter(profiles.values()))
    return [_row(strategy.strategy, list(profiles.values())) for strategy in first.strategies]


def _row(strategy: str, profiles: list[ImpactProfile]) -> Row:
    verdicts = tuple(
        next(
            candidate.conclusion
            for candidate in profile.strategies
            if candidate.strategy == strategy
        )
        for profile in profiles
    )
    gains = tuple(profile.effect(strategy, "gain").estimate or 0.0 for profile in profiles)
    return Row(strategy, verdicts, gains, len(set(verdicts) - set(UNDECIDED)) > 1)
