"""(a) The whole default study, as a process, against the script of ``naive.py``."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from math import comb, sqrt
from pathlib import Path
from statistics import fmean, median, variance
from time import perf_counter

from benchmarks.part import environment
from benchmarks.rows import Row, faster, number
from cam_augment import load_profile
from cam_augment.base.processor import cores
from cam_augment.plan import BASELINE, Plan

PART = "study"
PLAN = "quickstart"
REPEATS, PAIRS = 3, 10
QUICK_PAIRS = 2
QUICK = {
    "strategies": ["identity", "rotation"],
    "baselines": 3,
    "seeds": 3,
    "bootstrap": 100,
    "recipe.epochs": 2,
    "dataset.train": 100,
    "dataset.validation": 50,
    "dataset.probe": 30,
    "dataset.test": 100,
}


@dataclass(frozen=True)
class Ours:
    """One run of the command: seconds of the whole, of the report alone, and its accuracies.

    Attributes:
        training: seconds of training, summed over models, divided by the workers.
    """

    whole: float
    report: float
    training: float
    accuracy: dict[str, list[float]]


@dataclass(frozen=True)
class Naive:
    """One run of the naive script on its sample, scaled to the whole study by counts."""

    whole: float
    steps: dict[str, float]
    accuracy: dict[str, float]


def measure(quick: bool) -> list[Row]:
    """Return the rows: whole study, its parts, and both sides' accuracies."""
    changes = QUICK if quick else {}
    plan = Plan.read(PLAN, more_models=[], **changes)
    ours, naive = [], []
    for repeat in range(1 if quick else REPEATS):
        ours.append(run_ours(plan, changes))
        naive.append(run_naive(plan, changes, repeat, QUICK_PAIRS if quick else PAIRS))
    return [*_times(plan, ours, naive), *_accuracies(ours[0], naive)]


def run_ours(plan: Plan, changes: dict) -> Ours:
    """Time ``python -m cam_augment.study`` in an empty folder, then its report again."""
    once = ["--more-models", "none"]  # the naive script has one stage
    command = [sys.executable, "-m", "cam_augment.study", PLAN, *once, *_words(changes)]
    with tempfile.TemporaryDirectory() as folder:
        whole = _timed(command, folder)
        shutil.rmtree(Path(folder) / "store" / "scores", ignore_errors=True)
        report = _timed([*command, "--report-only"], folder)
        profile = load_profile(Path(folder) / "results" / plan.name)
        accuracy = {
            arm: [value for value in values if value is not None]
            for arm, values in profile.points["accuracy"].items()
        }
        training = profile.provenance["seconds_training"] / cores()
    return Ours(whole, report, training, accuracy)


def run_naive(plan: Plan, changes: dict, seed: int, pairs: int) -> Naive:
    """Time the naive script's steps on a sample and scale them to the plan by counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "naive.json"
        command = [sys.executable, "-m", "benchmarks.naive", str(path), "--seed", str(seed)]
        command += ["--pairs", str(pairs), "--changes", json.dumps(changes)]
        wall = _timed(command, folder)
        took = json.loads(path.read_text("utf-8"))
    measured = [*took["train"].values(), *took["predict"], *took["maps"], *took["pairs"]]
    steps = {
        "start": wall - sum(measured),
        "training": sum(s * _models(plan, arm) for arm, s in took["train"].items()),
        "predictions": fmean(took["predict"]) * plan.size,
        "maps": fmean(took["maps"]) * plan.size,
        "scores": fmean(took["pairs"]) * pairs_of(plan),
    }
    return Naive(sum(steps.values()), steps, took["accuracy"])


def pairs_of(plan: Plan) -> int:
    """Return how many pairs of models a study compares, each once."""
    per_strategy = comb(plan.seeds, 2) + plan.seeds * plan.baselines
    return comb(plan.baselines, 2) + len(plan.strategies) * per_strategy


def _models(plan: Plan, arm: str) -> int:
    return plan.baselines if arm == BASELINE else plan.seeds


def _words(changes: dict) -> list[str]:
    words = []
    for field, value in changes.items():
        listed = isinstance(value, list)
        words += [f"--{field}", ",".join(value)] if listed else ["--set", f"{field}={value}"]
    return words


def _timed(command: list[str], folder: str) -> float:
    start = perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment(one_thread=False), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} ended with {done.returncode}: {done.stderr}")
    return perf_counter() - start


def _times(plan: Plan, ours: list[Ours], naive: list[Naive]) -> list[Row]:
    against, size = "naive script", plan.size
    steps = {name: median(run.steps[name] for run in naive) for name in naive[0].steps}
    parts = ", ".join(f"{name} {value:.1f} s" for name, value in steps.items())
    sample = (
        f"naive: one model of each of {len(plan.strategies) + 1} arms and a sample of pairs "
        f"per repeat, scaled to {size} models and {pairs_of(plan)} pairs by counts ({parts}); "
        f"ours: the whole command, {os.cpu_count()} processors"
    )
    rate = [60 * size / run.whole for run in ours]
    their_rate = [60 * size / run.whole for run in naive]
    training = [run.steps["training"] for run in naive]
    return [
        faster(PART, "models per minute", against, [r.whole for r in ours],
               [r.whole for r in naive], aim=">= 5", note=sample),
        faster(PART, "training alone", against, [r.training for r in ours], training,
               note="ours: seconds of training summed over models, over the number of workers"),
        number(PART, f"whole study, {size} models", [r.whole for r in ours], "s",
               aim="<= 180", note="start-up, training, maps, scores, statistics, report"),
        number(PART, "beside the training", [100 * (1 - r.training / r.whole) for r in ours], "%",
               aim="<= 15", note="share of the whole study, start-up included"),
        number(PART, "scores, statistics and report", [r.report for r in ours], "s",
               aim="<= 15", note="the command with --report-only, no score kept"),
        number(PART, "ours", rate, "models/min"),
        number(PART, "naive script", their_rate, "models/min", note="scaled"),
    ]  # fmt: skip


def _accuracies(ours: Ours, naive: list[Naive]) -> list[Row]:
    """Compare test accuracies, naive less ours; the range is a 95 % interval over seeds."""
    plain = [arm for arm in (BASELINE, "identity") if arm in ours.accuracy]
    return [
        _difference("accuracy without augmentation", plain, ours, naive),
        _difference("accuracy, mean of all arms", list(ours.accuracy), ours, naive),
    ]


def _difference(what: str, arms: list[str], ours: Ours, naive: list[Naive]) -> Row:
    theirs = {arm: [run.accuracy[arm] for run in naive] for arm in arms}
    changes = [fmean(theirs[arm]) - fmean(ours.accuracy[arm]) for arm in arms]
    noise = fmean(variance(ours.accuracy[arm]) for arm in arms)
    counts = sum(1 / len(theirs[arm]) + 1 / len(ours.accuracy[arm]) for arm in arms)
    half = 1.96 * sqrt(noise * counts) / len(arms)
    value = round(fmean(changes), 12)  # equal accuracies differ by rounding
    return Row(
        PART, what, "naive less ours", "points", 100 * value, 100 * (value - half),
        100 * (value + half), aim="= 0",
        ours=fmean(fmean(ours.accuracy[arm]) for arm in arms),
        theirs=fmean(fmean(theirs[arm]) for arm in arms), repeats=len(naive),
        note="same test set; range: 95 % interval from the spread between our seeds; "
        "either side's number is the mean accuracy",
    )  # fmt: skip
