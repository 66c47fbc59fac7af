"""How a command ends: what a person reads, one line for programs, and the exit code."""

import argparse
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

from cam_augment.base.errors import InputError, nearest
from cam_augment.base.steps import STEPS
from cam_augment.cli.progress import bar
from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.records.claims import Verdict
from cam_augment.report import money
from cam_augment.report.trackers import TRACKERS, send
from cam_augment.report.trackers import check as check_tracker

# Options that name files or folders.
PATHS = (
    "out", "store", "data", "masks", "regions", "models", "answers", "source", "paper", "notes",
)  # fmt: skip
FAILED = 3  # the exit code where a verdict is one that --fail-on names
VERDICTS: tuple[str, ...] = get_args(Verdict)


def add_outcome(group: argparse._ArgumentGroup) -> None:
    """Add the options that say how a command ends, and how much it tells meanwhile."""
    group.add_argument("-q", "--quiet", action="store_true", help="say only what goes wrong")
    group.add_argument("-v", "--verbose", action="store_true", help="say what is done, and when")
    group.add_argument(
        "--json", action="store_true", help="a last line for programs: verdicts, paths, exit reason"
    )
    group.add_argument(
        "--fail-on",
        default="",
        metavar="VERDICT,...",
        help=f"exit with {FAILED} where a strategy gets such a verdict: {', '.join(VERDICTS)}",
    )
    group.add_argument(
        "--to",
        metavar="TRACKER",
        help=f"also send the report to {' or '.join(TRACKERS)}, whose libraries are extras",
    )


def _verdicts(text: str) -> tuple[str, ...]:
    """Return the verdicts that ``--fail-on`` names; spaces in them may be underscores."""
    named = tuple(" ".join(part.replace("_", " ").split()) for part in text.split(",") if part)
    for verdict in named:
        if verdict not in VERDICTS:
            raise InputError(
                f"option --fail-on: received '{verdict}'.{nearest(verdict, VERDICTS)} Allowed: "
                f"{', '.join(VERDICTS)}"
            )
    return named


def with_json_errors(words: Sequence[str], work: Callable[[], int]) -> int:
    """Return what ``work`` returns; where programs read on, they are told of bad input too.

    Raises:
        InputError: ``work`` does.
    """
    try:
        return work()
    except InputError as error:
        if "--json" in words:
            print(json.dumps({"exit": _exit(2, "bad input") | {"message": str(error)}}))
        raise


def prepare(options: argparse.Namespace) -> None:
    """Check what the options of ``add_outcome`` ask for, and say what is done if that is asked.

    Raises:
        InputError: ``--fail-on`` names no verdict, ``--to`` no tracker that is installed, quiet
            and verbose are asked for, or a path is empty, which would mean the folder at hand.
    """
    for name in PATHS:
        if getattr(options, name, None) == "":
            flag = {"source": "from"}.get(name, name)
            raise InputError(f"option --{flag}: received ''; a path expected")
    options.fail_on = _verdicts(options.fail_on)
    if options.quiet and options.verbose:
        raise InputError("options --quiet and --verbose: one of them")
    if options.to is not None:
        check_tracker(options.to)
    if not options.quiet:
        STEPS.listen = bar
    if options.verbose:
        logging.basicConfig(format="%(relativeCreated)8.0f ms  %(message)s")
        logging.getLogger("cam_augment").setLevel(logging.INFO)


def end(profile: ImpactProfile, out: Path, options: argparse.Namespace) -> int:
    """Say what came of a study, and send it on where that is asked for; return the exit code.

    Raises:
        InputError: the tracker cannot be written to.
    """
    from cam_augment.cli.progress import say_result

    if not options.quiet:
        say_result(profile, out)
    if options.to is not None:
        place = send(profile, out, options.to)
        if not options.quiet:
            print(f"{options.to}: {place}")
    failing = [s.strategy for s in profile.strategies if s.conclusion in options.fail_on]
    if profile.missing:
        code, reason = 1, "some models are missing"
    elif failing:
        code, reason = FAILED, f"verdicts: {', '.join(failing)}"
    else:
        code, reason = 0, "done"
    if options.json:
        print(json.dumps(summary(profile, out) | {"exit": _exit(code, reason)}))
    return code


def _exit(code: int, reason: str) -> dict[str, Any]:
    return {"code": code, "reason": reason}


def summary(profile: ImpactProfile, out: Path) -> dict[str, Any]:
    """Return the verdicts of a profile and where its report is, as plain values."""
    return {
        "study": profile.plan.name,
        "report": str(out / "report.html"),
        "profile": str(out / "profile.json"),
        "models": {arm: profile.models.count(arm) for arm in (BASELINE, *profile.arms[1:])},
        "verdicts": {
            strategy.strategy: {
                "verdict": strategy.conclusion,
                **_gain(profile, strategy.strategy),
                **_saving(profile, strategy.strategy),
            }
            for strategy in profile.strategies
        },
        "missing": [missing.run for missing in profile.missing],
        **({} if profile.search is None else {"proposal": profile.search.proposal}),
    }


def _saving(profile: ImpactProfile, strategy: str) -> dict[str, Any]:
    """Return what a strategy saves in a year, where the plan says how many parts that has."""
    if profile.plan.parts_per_year is None:
        return {}
    year = money.yearly(profile, profile.effect(strategy, "gain_cost"))
    numbers = {"saved": year.estimate, "low": year.low, "high": year.high}
    return {"year": numbers | {"currency": profile.plan.currency}}


def _gain(profile: ImpactProfile, strategy: str) -> dict[str, float | None]:
    gain = profile.effect(strategy, "gain")
    return {"gain": gain.estimate, "low": gain.low, "high": gain.high}
