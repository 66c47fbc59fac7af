"""The command: ``python -m benchmarks.truth [--only PART,PART] [--studies N] [--quick]``.

Models are kept in the store: asked again, or interrupted, nothing is trained twice. The part
``simulated`` trains none: it draws studies in known worlds. A run
at full size is written to results/truth/, a quick one only where ``--out`` says.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.part import ROOT, one_or_more
from benchmarks.truth import (
    alarms,
    processors,
    report,
    shortcut,
    simulated,
    trained,
)
from cam_augment.cli.progress import Bar
from cam_augment.impact.arms import Arms
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.records import DataSet, ImpactProfile
from cam_augment.store import Store
from cam_augment.study.fits import fits_of
from cam_augment.study.former import bring_over
from cam_augment.study.requests import answers_of, requests
from cam_augment.study.run import load_data, profile_of
from cam_augment.study.stages import completed
from cam_augment.study.work import Work

STUDIES, QUICK_STUDIES = 40, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, judge it, print and write; return 0."""
    options = parser().parse_args(arguments)
    folder = _out(options)
    for name in options.only:
        files = PARTS[name](options)
        print(files[f"{name}.md"].decode())
        if folder:
            report.write(files, folder)
            print(f"written: {folder}/{name}.*")
    return 0


def _out(options: argparse.Namespace) -> Path | None:
    """Return where files go, or None."""
    return options.out or (None if options.quick else ROOT / "results" / "truth")


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.truth",
        description="Is the profile true? Alarms, verdicts, power, shortcuts, simulations.",
        allow_abbrev=False,
    )
    result.add_argument("--only", type=one_or_more(PARTS), default=list(PARTS), metavar="A,B",
                      help=", ".join(PARTS))  # fmt: skip
    result.add_argument("--studies", type=int, default=STUDIES, metavar="N", help="of nothing")
    result.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    result.add_argument("--store", type=Path, default=Path("store"), metavar="DIR",
                      help="folder of the models")  # fmt: skip
    result.add_argument("--out", type=Path, metavar="DIR", help="folder of the files")
    return result


def _alarms(options: argparse.Namespace) -> dict[str, bytes]:
    plans = alarms.plans(QUICK_STUDIES if options.quick else options.studies, options.quick)
    profiles = studied(plans, options.store)
    return report.of_alarms(alarms.alarms(profiles), alarms.verdicts(profiles), profiles[0])


def _shortcut(options: argparse.Namespace) -> dict[str, bytes]:
    conditions, profiles = [], []
    for name, plan in shortcut.plans(options.quick).items():
        profiles += studied([plan], options.store)
        truths = shortcut.truths(plan, Store(options.store))
        conditions.append(shortcut.condition(name, plan, profiles[-1], truths))
    return report.of_shortcut(conditions, profiles[0])


def _trained(options: argparse.Namespace) -> dict[str, bytes]:
    plan = trained.plan(options.quick)
    profile = studied([plan], options.store)[0]
    pool = trained.Pool.of(stored_arms(plan, options.store))
    return report.of_trained(*trained.measured(pool, options.quick), pool, profile)


def _processors(options: argparse.Namespace) -> dict[str, bytes]:
    folder, here = options.store / "processors", processors.here()
    columns = [
        processors.Column.of(way.name, here, processors.computed(way, folder, options.quick))
        for way in processors.ways()
    ]
    return report.of_processors([*processors.kept(_out(options)), *columns])


def _simulated(options: argparse.Namespace) -> dict[str, bytes]:
    return report.of_simulated(*simulated.measured(options.quick))


def stored_arms(plan: Plan, folder: Path) -> Arms:
    """Return the arms of a plan whose models are stored."""
    store, data = Store(folder), load_data(plan)
    bring_over(plan, data, store)
    models = requests(plan, data, store)
    maps = answers_of(models, store)["maps"][OWN]
    return Arms(plan, data, fits_of(models, store, data), maps)


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, bytes]]] = {
    "alarms": _alarms,
    "shortcut": _shortcut,
    "simulated": _simulated,
    "trained": _trained,
    "processors": _processors,
}


def studied(plans: Sequence[Plan], folder: Path) -> list[ImpactProfile]:
    """Return the profiles of plans on one data set; each model is trained once for all."""
    store, data = Store(folder), load_data(plans[0])
    for plan in plans:
        bring_over(plan, data, store)
    models = {m.training_key: m for plan in plans for m in requests(plan, data, store)}
    started = time.time()
    with Bar() as bar:
        work = Work(plans[0], data, store, bar)
        work.complete(models.values())
    return [_profile(plan, data, store, work.failures, started) for plan in plans]


def _profile(
    plan: Plan, data: DataSet, store: Store, failures: Mapping[str, str], started: float
) -> ImpactProfile:
    models, stages = completed(plan, data, store)
    return profile_of(plan, data, store, models, failures, started, stages)


if __name__ == "__main__":
    raise SystemExit(main())
