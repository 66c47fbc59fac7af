"""``cam-augment search``: which strategies together, and does it hold on fresh seeds?"""

import argparse
from collections.abc import Sequence

from cam_augment.cli.fields import add_plan, plan_of
from cam_augment.cli.outcome import FAILED, add_outcome, prepare, with_json_errors
from cam_augment.cli.parser import Parser
from cam_augment.cli.report import add_places, make
from cam_augment.cli.study import add_workers, workers_of
from cam_augment.plan import Plan


def parser(program: str) -> Parser:
    """Return the parser: one option per field of a plan, and where and how to work."""
    parser = Parser(
        prog=program,
        description="Screen the plan's strategies by pairs, grow a pipeline of those that pay, "
        "repeat the best beside fixed policies, and hold what is proposed on fresh seeds against "
        "baselines. "
        "The table 'search' of a plan says how large the search is.",
        examples=(
            f"{program} parts.toml",
            f"{program} parts.toml --dry-run",
            f"{program} parts.toml --set search.models=60 --set search.trials=24",
            f"{program} parts.toml --set search.sampler=random  # the control",
        ),
        end="Exit codes: 0 done, 1 some models of the confirmation are missing, 2 bad plan or "
        f"input, {FAILED} a verdict that --fail-on names.",
        usage=f"{program} [PLAN] [options]",
    )
    add_plan(parser)
    work = parser.add_argument_group("where and how")
    add_places(work, notes=False)
    add_workers(work)
    add_outcome(parser.add_argument_group("what it says"))
    ask = parser.add_argument_group("ask, without training")
    ask.add_argument("--dry-run", action="store_true", help="what is done, missing, and to expect")
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Search, confirm and report; return the exit code.

    Raises:
        InputError: the plan, its data or an option is refused; no strategy is left.
    """
    return with_json_errors(words, lambda: _run(parser(program).parse_args(words)))


def _run(options: argparse.Namespace) -> int:
    from cam_augment.search.run import run_search

    prepare(options)
    plan, workers = plan_of(options), workers_of(options)
    if options.dry_run:
        return _dry_run(plan, options)
    return make(run_search, plan, options, **workers)


def _dry_run(plan: Plan, options: argparse.Namespace) -> int:
    from cam_augment.report.forecast import search_text
    from cam_augment.search.forecast import forecast

    print(search_text(forecast(plan, options.store, options.workers)))
    return 0
