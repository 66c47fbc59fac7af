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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.cli import report
from cam_augment.cli.fields import add_plan, plan_of
from cam_augment.cli.folders import check_file, write_file
from cam_augment.cli.list import REGISTRIES, listing
from cam_augment.cli.outcome import FAILED, add_outcome, prepare, with_json_errors
from cam_augment.cli.parser import Parser, exit_code
from cam_augment.engine.workers import WAIT
from cam_augment.plan import Plan

MOST_WORKERS = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m cam_augment.study``; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    return exit_code(lambda: run("python -m cam_augment.study", words))


def parser(program: str) -> Parser:
    """Return the parser: one option per field of a plan, and where and how to work."""
    parser = Parser(
        prog=program,
        description="Train baselines and augmented models, compare what they look at, and write "
        "an impact profile: what each strategy does to attention and to accuracy, against seed "
        "noise.",
        examples=(
            f"{program}  # the packaged plan 'quickstart'",
            f"{program} parts.toml --dry-run --sheet parts.png",
            f"{program} --data parts/ --masks marks/ --strategies identity,rotation:15,contrast",
            f"{program} parts.toml --json --fail-on avoid  # for a pipeline",
        ),
        end="Exit codes: 0 done, 1 some runs failed or are missing, 2 bad plan or input, "
        f"{FAILED} a verdict that --fail-on names, or a design that --strict refuses.",
        usage=f"{program} [PLAN] [options]",
    )
    add_plan(parser)
    work = parser.add_argument_group("where and how")
    report.add_places(work)
    add_workers(work)
    add_outcome(parser.add_argument_group("what it says"))
    ask = parser.add_argument_group("ask, without training")
    ask.add_argument("--dry-run", action="store_true", help="what is done, missing, and to expect")
    ask.add_argument(
        "--strict",
        action="store_true",
        help=f"with --dry-run: exit with {FAILED} where the design can decide nothing",
    )
    ask.add_argument(
        "--sheet",
        metavar="FILE",
        help="with --dry-run: a PNG of samples, their masks outlined, "
        "and what each strategy makes of them",
    )
    ask.add_argument("--list", metavar="KIND", help=", ".join(REGISTRIES))
    ask.add_argument("--report-only", action="store_true", help="the report of what is stored")
    return parser


def add_workers(group: argparse._ArgumentGroup) -> None:
    """Add the options that say what trains the models."""
    group.add_argument("--workers", type=int, metavar="N", help="processes (one per core)")
    group.add_argument(
        "--scheduler", metavar="ADDRESS", help="a running Dask scheduler to use, or its file"
    )
    group.add_argument(
        "--resources", metavar="NAME=N", help="what a run takes of its workers: GPU=1"
    )
    group.add_argument(
        "--wait", type=float, default=WAIT, metavar="SECONDS", help="for its first worker"
    )


def workers_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the options of ``add_workers`` say, as ``run_study`` takes it.

    Raises:
        InputError: one of them is refused.
    """
    if options.workers is not None and not 1 <= options.workers <= MOST_WORKERS:
        raise InputError(f"option --workers: received {options.workers}; 1 to {MOST_WORKERS:,}")
    return {
        "workers": options.workers,
        "scheduler": options.scheduler,
        "resources": _resources(options),
        "wait": options.wait,
    }


def run(program: str, words: Sequence[str]) -> int:
    """Do what the words ask for; return the exit code.

    Raises:
        InputError: the plan, its data or an option is refused.
    """
    return with_json_errors(words, lambda: _run(parser(program).parse_args(words)))


def _run(options: argparse.Namespace) -> int:
    prepare(options)
    if options.list is not None:
        print(listing(options.list, "option --list"))
        return 0
    plan = plan_of(options)
    workers = workers_of(options)
    if options.dry_run:
        return _dry_run(plan, options)
    for name in ("sheet", "strict"):
        if getattr(options, name):
            raise InputError(f"option --{name}: goes with --dry-run")
    if options.report_only:
        return report.write(plan, options)
    return report.write(plan, options, train=True, **workers)


def _dry_run(plan: Plan, options: argparse.Namespace) -> int:
    """Print what was understood and what to expect; write the contact sheet where one is wanted."""
    from cam_augment.report.forecast import text
    from cam_augment.store import Store
    from cam_augment.study.forecast import forecast
    from cam_augment.study.run import studied_data

    if options.sheet is not None:
        check_file(Path(options.sheet), "--sheet")
    data = studied_data(plan, Store(options.store))
    expected = forecast(plan, options.store, options.workers, data)
    print(text(expected))
    if options.sheet is not None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is loaded
        from cam_augment.study.sheet import sheet

        write_file(Path(options.sheet), sheet(plan, data))
        print(f"contact sheet: {options.sheet}")
    return FAILED if options.strict and not expected.decides else 0


def _resources(options: argparse.Namespace) -> dict[str, float]:
    """Return what ``--resources`` asks of workers, and check ``--wait``, which goes with it."""
    if not options.wait >= 0:
        raise InputError(f"option --wait: received {options.wait:g}; seconds, 0 or more")
    resources: dict[str, float] = {}
    for text in options.resources.split(",") if options.resources else ():
        name, equals, number = text.partition("=")
        if not (name and equals and re.fullmatch(r"\d+(\.\d+)?", number) and float(number) > 0):
            raise InputError(f"option --resources: received '{text}'; expected GPU=1 or the like")
        resources[name] = float(number)
    if resources and not options.scheduler:
        raise InputError("option --resources: asks workers of a cluster; name it by --scheduler")
    return resources
