"""The command line: ``python -m cam_augment.study [PLAN] [options]``.

Every field of a plan is an option. Exit codes: 0 done; 1 some runs failed or are missing
(the report is written all the same and names them); 2 bad plan or input, a folder that
cannot be written to, or a scheduler that is gone: no report; 130 and 143 stopped by Ctrl-C and
by SIGTERM.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError, nearest
from cam_augment.engine.signals import Stopped, stoppable
from cam_augment.engine.workers import WAIT
from cam_augment.plan import Plan, Recipe
from cam_augment.registry import ARCHITECTURES, CAMS, DATASETS, METRICS, STRATEGIES

REGISTRIES = {
    "strategies": STRATEGIES,
    "cams": CAMS,
    "metrics": METRICS,
    "datasets": DATASETS,
    "architectures": ARCHITECTURES,
}
MOST_WORKERS = 1024
HELP = {
    "name": "name of the study and of its folder below results/",
    "dataset": "data set, see --list datasets",
    "architecture": "network, see --list architectures",
    "strategies": "rotation,zoom:0.2,rotation+zoom (see --list strategies)",
    "baselines": "models without augmentation",
    "seeds": "models per strategy",
    "first_seed": "number of the first seed; another one makes other models",
    "adaptive": "true: train in rounds; strategies whose verdict is settled get no more models",
    "budget": "models at most, all arms together; with adaptive",
    "folds": "cross-validation: each seed trains without another one of so many parts",
    "cam": "method of the maps, see --list cams",
    "cam_target": "class whose logit is explained: true or predicted",
    "cam_layer": "layer to look at (default: the network's own)",
    "checks": "further looks: layercam,target=predicted,layer=NAME",
    "probe_regions": "COCO file of regions drawn on probe images: their masks",
    "foretell": "true: ask the baselines what foretells the gain (affinity, equivariance)",
    "costs": "of mistakes: miss=50,false_alarm=1,good=CLASS",
    "parts": "shares of classes in production: CLASS=0.98,CLASS=0.01",
    "metrics": "metrics between maps, see --list metrics",
    "primary": "the metric whose excess shift decides",
    "alpha": "level of tests and intervals",
    "correction": "over strategies: holm or bh",
    "bootstrap": "draws for the intervals",
    "permutations": "relabellings at most; beyond, Monte Carlo",
    "gallery": "probe images that the report shows, typical and misread each; 0: none",
    "epochs": "epochs of every training",
    "batch_size": "images per step",
    "optimizer": "adam, sgd, momentum or rmsprop",
    "learning_rate": "first learning rate",
    "schedule": "cosine (falls to zero), constant, step, exponential or inverse",
    "warmup": "share of the steps in which the rate rises",
    "l1": "penalty on absolute weights",
    "l2": "penalty on squared weights",
    "precision": "of the training: auto, float32 or bfloat16",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return told(lambda: _answer(parser().parse_args(arguments)))


def told(answer: Callable[[], int]) -> int:
    """Return the exit code that ``answer`` gives; tell of a mistake or a stop in one line."""
    try:
        with stoppable():
            return answer()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Stopped as stopped:
        print("stopped; finished runs are kept, the same command goes on", file=sys.stderr)
        return stopped.code


class Parser(argparse.ArgumentParser):
    """A parser whose errors are InputErrors that name the nearest option."""

    def error(self, message: str):
        words = message.split("unrecognized arguments: ")
        if len(words) == 2:
            flag = words[1].split()[0]
            message = f"no option '{flag}'.{nearest(flag, self._options())}"
        raise InputError(message)

    def _options(self) -> set[str]:
        """Return all options, those of the words that select a parser of their own too."""
        chosen = [action.choices.values() for action in self._actions
                  if isinstance(action, argparse._SubParsersAction)]  # fmt: skip
        inner = (each._options() for parsers in chosen for each in parsers)
        return set(self._option_string_actions).union(*inner)


def parser() -> argparse.ArgumentParser:
    """Return the parser: one option per field of a plan, and where and how to work."""
    made = Parser(
        prog="python -m cam_augment.study",
        description="Train baselines and augmented models, compare what they look at, and write "
        "an impact profile: what each strategy does to attention and to accuracy, against seed "
        "noise.",
        epilog="Exit codes: 0 done, 1 some runs failed or are missing, 2 bad plan or input.",
        allow_abbrev=False,
    )
    made.add_argument(
        "plan", nargs="?", default="quickstart", help="a TOML file or a packaged plan"
    )
    fields = made.add_argument_group("fields of the plan (they replace the file's)")
    for name in _plan_fields():
        flag = "--" + name.replace("_", "-")
        fields.add_argument(flag, dest=f"field.{name}", metavar="VALUE", help=HELP.get(name))
    fields.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="a setting inside a field: --set dataset.train=300",
    )
    own = made.add_argument_group("your own pictures (they set the data set 'folder')")
    own.add_argument(
        "--data", metavar="DIR", help="a folder per class, train/test folders, or a CSV file"
    )
    own.add_argument("--masks", metavar="DIR", help="folder of masks named like their pictures")
    own.add_argument("--regions", metavar="FILE", help="JSON of COCO or labelme, or its folder")
    work = made.add_argument_group("where and how")
    work.add_argument("--out", metavar="DIR", help="folder of the report (results/NAME)")
    work.add_argument("--language", metavar="NAME", default="en", help="of the report: en or ja")
    work.add_argument("--store", metavar="DIR", default="store", help="folder of fits and maps")
    work.add_argument("--workers", type=int, metavar="N", help="processes (one per core)")
    work.add_argument(
        "--scheduler", metavar="ADDRESS", help="a running Dask scheduler to use, or its file"
    )
    work.add_argument(
        "--resources", metavar="NAME=N", help="what a run takes of its workers: GPU=1"
    )
    work.add_argument(
        "--wait", type=float, default=WAIT, metavar="SECONDS", help="for its first worker"
    )
    ask = made.add_argument_group("ask, without training")
    ask.add_argument("--dry-run", action="store_true", help="what is done, missing, and to expect")
    ask.add_argument("--list", metavar="KIND", help=", ".join(REGISTRIES))
    ask.add_argument("--report-only", action="store_true", help="the report of what is stored")
    return made


def _plan_fields() -> list[str]:
    return [*(name for name in Plan.model_fields if name != "recipe"), *Recipe.model_fields]


def _answer(options: argparse.Namespace) -> int:
    if options.list is not None:
        print(listing(options.list))
        return 0
    plan = Plan.read(options.plan, **_changes(options))
    if options.workers is not None and not 1 <= options.workers <= MOST_WORKERS:
        raise InputError(f"option --workers: received {options.workers}; 1 to {MOST_WORKERS:,}")
    resources = _resources(options)
    if options.dry_run:
        from cam_augment.study.forecast import forecast

        print(forecast(plan, options.store, options.workers))
        return 0
    return _study(plan, options, resources)


def _resources(options: argparse.Namespace) -> dict[str, float]:
    """Return what ``--resources`` asks of workers, and check ``--wait``, which goes with it."""
    if not options.wait >= 0:
        raise InputError(f"option --wait: received {options.wait:g}; seconds, 0 or more")
    asked: dict[str, float] = {}
    for text in options.resources.split(",") if options.resources else ():
        name, equals, number = text.partition("=")
        if not (name and equals and re.fullmatch(r"\d+(\.\d+)?", number) and float(number) > 0):
            raise InputError(f"option --resources: received '{text}'; expected GPU=1 or the like")
        asked[name] = float(number)
    if asked and not options.scheduler:
        raise InputError("option --resources: asks workers of a cluster; name it by --scheduler")
    return asked


def _study(plan: Plan, options: argparse.Namespace, resources: dict[str, float]) -> int:
    from cam_augment.cli.progress import Bar, say_result
    from cam_augment.study.run import run_study

    out = Path(options.out) if options.out else Path("results") / plan.name
    check_writable(out, "--out")
    if not options.report_only:
        check_writable(Path(options.store), "--store")
    with Bar() as bar:
        profile = run_study(
            plan,
            out,
            store=options.store,
            workers=options.workers,
            scheduler=options.scheduler,
            progress=bar,
            train=not options.report_only,
            resources=resources,
            wait=options.wait,
            language=options.language,
        )
    say_result(profile, out)
    return 1 if profile.missing else 0


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in vars(options).items():
        head, _, field = name.partition(".")
        if head != "field" or value is None:
            continue
        if field in ("strategies", "metrics", "checks"):
            value = _split_list(value)
        changes[f"recipe.{field}" if field in Recipe.model_fields else field] = value
    changes |= _own_data(options)
    for text in options.set:
        field, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"option --set: received '{text}'; expected FIELD=VALUE")
        changes[field] = value
    return changes


def _own_data(options: argparse.Namespace) -> dict[str, str]:
    """Return what ``--data``, ``--masks`` and ``--regions`` change of the plan."""
    named = getattr(options, "field.dataset")
    if options.data is not None and named not in (None, "folder"):
        raise InputError(f"option --data: reads the data set 'folder'; received --dataset {named}")
    given = {"path": options.data, "masks": options.masks, "regions": options.regions}
    changes = {f"dataset.{name}": value for name, value in given.items() if value is not None}
    return ({"dataset.name": "folder"} if options.data is not None else {}) | changes


def _split_list(text: str) -> list[str]:
    """Split at commas, except those before ``key=value``, which belong to the item before.

    >>> _split_list("random_erasing:0.2,fill=zero,zoom")
    ['random_erasing:0.2,fill=zero', 'zoom']
    >>> _split_list("layercam,target=predicted")
    ['layercam', 'target=predicted']
    """
    items: list[str] = []
    for piece in text.split(","):
        key, equals, _ = piece.partition("=")
        if items and equals and ":" not in key and key.strip() not in ("target", "layer"):
            items[-1] += f",{piece}"
        else:
            items.append(piece.strip())
    return [item for item in items if item]


def listing(kind: str) -> str:
    """Return the entries of a kind, a line each: name, settings with defaults, summary.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in REGISTRIES:
        raise InputError(
            f"option --list: received '{kind}'.{nearest(kind, REGISTRIES)} "
            f"Allowed: {', '.join(REGISTRIES)}"
        )
    lines = []
    for entry in REGISTRIES[kind].values():
        settings = ", ".join(f"{k}={v}" for k, v in entry.resolve({}).items())
        lines.append(f"{entry.name:<18} {entry.summary}")
        if settings:
            lines.append(f"{'':<18} {settings}")
    return "\n".join(lines)


def check_writable(folder: Path, option: str) -> None:
    """Raise InputError unless ``folder`` can be made or written to; write nothing."""
    parent = folder.absolute()
    while not _is_there(parent, option):
        parent = parent.parent
    if not os.path.isdir(parent):
        kind = "a file" if os.path.exists(parent) else "a link to nothing"
        raise InputError(f"option {option}: '{folder}': '{parent.name}' is {kind}, not a folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"option {option}: '{folder}' cannot be written to")


def _is_there(path: Path, option: str) -> bool:
    """Return whether a name is taken, be it by a link that leads nowhere or round."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    except (OSError, ValueError) as error:  # no file can be called so
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"option {option}: '{path}' cannot be made: {reason}") from None
    return True
