"""What does a search gain for the models it trains? ``python -m benchmarks.search``.

Five ways to choose a pipeline of eight strategies on few images, each by validation images alone: a
search (screening, and finals in which the fixed policies contend), as many pipelines by chance of
which the best trial is taken, greedy growth one step at a time, and the two fixed policies by
themselves, which train nothing. A search trains half of what greedy growth takes on digits; where
it proposes nothing, the single strategy that adds most stands for it. What each chose is confirmed
by fresh seeds on the test images. Models are kept in the store: asked again, or interrupted,
nothing is trained twice. A run at full size is written to results/search/, a quick one only where
``--out`` says.
"""

import argparse
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.part import ROOT
from cam_augment.cli.progress import Bar
from cam_augment.engine.workers import Pool
from cam_augment.plan import Plan, Run, Strategy
from cam_augment.plan.pipelines import compatible, compose
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.records import DataSet
from cam_augment.search.additions import Rules
from cam_augment.search.explore import Task, explore
from cam_augment.search.growth import Journal, grow
from cam_augment.search.measure import Measuring
from cam_augment.search.pipelines import factors
from cam_augment.search.run import POLICIES
from cam_augment.search.trials import Model, Trials
from cam_augment.statistics import against, contrast, decide, groups
from cam_augment.statistics.predictions import Predictions
from cam_augment.store import Store
from cam_augment.study.run import load_data
from cam_augment.study.work import Work

STRATEGIES = ("rotation", "translation", "shear", "zoom", "contrast", "gaussian_noise",
              "random_erasing", "horizontal_flip")  # fmt: skip
REPEATS = 3  # models of each candidate of greedy growth
DATA = {"mnist": 3, "fashion_mnist": 1}  # searches of each way
SEEDS = 10_000  # that each time has for itself
SEARCHES = 500_000  # the first seed of searches
LAST = 900_000  # the first seed of confirmations


@dataclass(frozen=True)
class Choice:
    """What one way chose: for how many models, and what it gained on fresh seeds, 0..1."""

    data: str
    way: str
    seed: int
    models: int
    pipeline: str
    gain: float = np.nan
    low: float = np.nan
    high: float = np.nan


class Testing(Measuring):
    """Scores on the test images."""

    @property
    def clusters(self) -> np.ndarray | None:
        return self._data.test.judged_clusters

    def question(self, run: Run) -> PredictionsQuestion:
        return PredictionsQuestion.on("test", run, self._data)

    def predictions(self, answer: Mapping[str, np.ndarray]) -> Predictions:
        test = self._data.test
        return Predictions(test.judged(answer["logits"])[None], test.judged_labels, self.clusters)


def main(arguments: Sequence[str] | None = None) -> int:
    """Search, confirm, print and write; return 0."""
    options = parser().parse_args(arguments)
    about = machine()  # of now: the commit whose code runs, and how quiet it is
    store = Store(options.store)
    with store.in_use(), Bar() as bar, Pool() as pool:
        confirmed = [
            choice
            for name in options.data
            for choice in searched(
                plan_of(name, options.quick),
                store,
                bar,
                options.seeds or DATA[name],
                {"workers": options.workers, "connect": pool.connect},
            )
        ]
    text = markdown(confirmed)
    print(text)
    folder = options.out or (None if options.quick else ROOT / "results" / "search")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "search.md").write_text(text, "utf-8")
        (folder / "search.csv").write_text(comma_separated(confirmed), "utf-8")
        plans = [plan_of(name, options.quick) for name in options.data]
        (folder / "search.json").write_text(provenance(plans, about), "utf-8")
    return 0


def provenance(plans: Sequence[Plan], about: Mapping[str, Any]) -> str:
    """Return as JSON what was searched, and on which machine, with which versions and commit."""
    dumped = {plan.dataset.name: plan.model_dump(mode="json") for plan in plans}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"plans": dumped, "provenance": {"made": made, **about}}, indent=1) + "\n"


def searched(plan: Plan, store: Store, bar: Bar, seeds: int, places: Mapping) -> list[Choice]:
    """Return what all ways choose on a data set, each with its confirmed gain."""
    data = load_data(plan, store)
    work = Work(plan, data, store, bar, **places)
    measure = Measuring(plan, data, store, work)
    chosen = [choice for seed in range(seeds) for choice in choices(plan, data, measure, seed)]
    name = plan.dataset.name
    chosen += [Choice(name, "fixed policy", 0, 0, policy) for policy in POLICIES]
    return confirm(chosen, plan, Testing(plan, data, store, work))


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.search",
        description=__doc__.partition("\n")[0],
        allow_abbrev=False,
    )
    result.add_argument("--data", nargs="+", choices=DATA, default=list(DATA), help="(all)")
    counts = ", ".join(f"{count} on {name}" for name, count in DATA.items())
    result.add_argument("--seeds", type=int, metavar="N", help=f"searches of each way ({counts})")
    result.add_argument("--workers", type=int, metavar="N", help="processes (one per core)")
    result.add_argument("--store", default="store", metavar="DIR", help="where models are kept")
    result.add_argument("--quick", action="store_true", help="next to nothing: does it run?")
    result.add_argument("--out", type=Path, metavar="DIR", help="folder of the files")
    return result


def plan_of(name: str, quick: bool) -> Plan:
    """Return the data, the recipe and the sizes of all searches."""
    small = {"train": 60, "validation": 100, "probe": 20, "test": 100}
    full = {"train": 500, "validation": 1500, "probe": 20}
    least = {"models": 12, "trials": 2, "finalists": 1, "repeats": 2}
    half = {"models": 14, "trials": 0, "finalists": 1, "repeats": 4}  # of greedy growth's models
    return Plan.make(
        {
            "name": "search",
            "dataset": {"name": name, **(small if quick else full)},
            "strategies": STRATEGIES,
            "baselines": 3 if quick else 8,
            "seeds": 3 if quick else 6,
            "recipe": {"epochs": 1 if quick else 30},
            "search": least if quick else half,
        }
    )


def choices(plan: Plan, data: DataSet, measure: Measuring, seed: int) -> Iterator[Choice]:
    """Yield what each way chooses with seeds of its own."""
    name = plan.dataset.name
    with TemporaryDirectory() as folder:
        trials = Path(folder)
        assert plan.search is not None
        task = Task(
            strategies=plan.strategies,
            settings=plan.search,
            baselines=plan.baselines,
            first_seed=SEARCHES + SEEDS * seed,
            rules=Rules(plan.alpha, plan.correction),
            score=plan.gain,
            images=len(data.validation),
            policies=tuple(map(Strategy.parse, POLICIES)),
        )
        result = explore(task, measure, Journal(trials / "search", "search"))
        spent = len(result.trials)
        yield Choice(name, "search", seed, spent, result.proposal or result.best_single)
        yield by_chance(plan, measure, seed, spent, trials)
    yield greedy(plan, measure, seed)


def by_chance(plan: Plan, measure: Measuring, seed: int, models: int, folder: Path) -> Choice:
    """Return the best of so many pipelines that chance proposed."""
    trials, first = Trials(measure), SEEDS * seed + 5_000
    journal = Journal(folder / "chance", "chance")
    grow(factors(plan.strategies), trials, models, "random", first, journal)
    best = trials.models[int(np.nanargmax(trials.scores))]
    return Choice(plan.dataset.name, "best of chance", seed, models, best.strategy.label)


def greedy(plan: Plan, measure: Measuring, seed: int) -> Choice:
    """Return the pipeline that grows by the step that helps most, until none does."""
    trials, first = Trials(measure), SEEDS * seed + 7_000
    score = _means(trials, [Strategy()], plan.baselines, first)[0]
    allowed, taken = compatible(plan.strategies), np.zeros(len(plan.strategies), bool)
    while True:
        first += REPEATS + plan.baselines
        free = np.flatnonzero(~taken & ~(~allowed[taken]).any(axis=0))
        steps = [compose(s for place, s in enumerate(plan.strategies) if taken[place] or place == n)
                 for n in free]  # fmt: skip
        means = _means(trials, steps, REPEATS, first) if steps else [-np.inf]
        best = int(np.argmax(means))
        if not means[best] > score:
            break
        score, taken[free[best]] = means[best], True
    pipeline = compose(s for s, chosen in zip(plan.strategies, taken, strict=True) if chosen)
    return Choice(plan.dataset.name, "greedy", seed, len(trials.models), pipeline.label)


def _means(trials: Trials, pipelines: Sequence[Strategy], repeats: int, first: int) -> list[float]:
    models = [
        Model("growth", pipeline, first + n) for pipeline in pipelines for n in range(repeats)
    ]
    return trials.ask(models).reshape(-1, repeats).mean(axis=1).tolist()


def confirm(chosen: Sequence[Choice], plan: Plan, measure: Testing) -> list[Choice]:
    """Return what was chosen with its gain on the test images, by fresh seeds."""
    labels = dict.fromkeys(choice.pipeline for choice in chosen if choice.pipeline != "baseline")
    sizes = [plan.baselines, *[plan.seeds] * len(labels)]
    arms = [Strategy(), *map(Strategy.parse, labels)]
    measured = measure([Model("final", arm, LAST + n) for arm, size in zip(arms, sizes, strict=True)
                        for n in range(size)])  # fmt: skip
    models, contrasts = groups(sizes), against(len(sizes))
    image, count = measured.image_part(models, contrasts)
    tested = contrast(measured.values, models, contrasts, image, count)
    decision = decide(tested, plan.alpha)
    gains = {
        label: (float(tested.estimate[n]), float(decision.low[n]), float(decision.high[n]))
        for n, label in enumerate(labels)
    } | {"baseline": (0.0, 0.0, 0.0)}
    return [
        replace(choice, gain=gain, low=low, high=high)
        for choice in chosen
        for gain, low, high in [gains[choice.pipeline]]
    ]


def markdown(chosen: Sequence[Choice]) -> str:
    """Return what was chosen as a table, and the means of each way."""
    lines = ["# Gain for models trained", "", (__doc__ or "").partition("\n\n")[2].strip(), "",
             "| Data | Way | Times | Models, mean | Confirmed gain, points, mean |",
             "|---|---|---|---|---|"]  # fmt: skip
    for data, way in dict.fromkeys((choice.data, choice.way) for choice in chosen):
        of_way = [choice for choice in chosen if (choice.data, choice.way) == (data, way)]
        models, gain = (np.mean([getattr(c, name) for c in of_way]) for name in ("models", "gain"))
        lines.append(f"| {data} | {way} | {len(of_way)} | {models:.0f} | {100 * gain:+.2f} |")
    lines += [
        "",
        "| Data | Way | Seed | Models | Pipeline | Confirmed gain, points [deciding interval] |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {c.data} | {c.way} | {c.seed} | {c.models} | {c.pipeline} | {100 * c.gain:+.2f} "
        f"[{100 * c.low:.2f}, {100 * c.high:.2f}] |"
        for c in chosen
    ]
    return "\n".join(lines) + "\n"


def comma_separated(chosen: Sequence[Choice]) -> str:
    """Return what was chosen as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([field.name for field in fields(Choice)])
    writer.writerows(astuple(choice) for choice in chosen)
    return file.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
