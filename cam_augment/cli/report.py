"""``cam-augment report``: a report without training: of a plan's store, or of a profile anew."""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cam_augment.base.errors import InputError
from cam_augment.cli.fields import add_plan, names_plan, plan_of
from cam_augment.cli.folders import check_writable
from cam_augment.cli.outcome import FAILED, add_outcome, end, prepare, with_json_errors
from cam_augment.cli.parser import Parser
from cam_augment.plan import Plan

if TYPE_CHECKING:
    from cam_augment.records import ImpactProfile


def parser(program: str) -> Parser:
    """Return the parser: one option per field of a plan, the store and the report's folder."""
    parser = Parser(
        prog=program,
        description="Write the report of what the store holds of a plan, or write a report anew "
        "from its own profile. Nothing is trained.",
        examples=(
            f"{program} digits.toml",
            f"{program} --from results/digits --language ja --out results/digits-ja",
            f"{program} --from results/digits --notes digits-regions.json",
            f"{program} --paper results/digits",
        ),
        end=f"Exit codes: 0 done, 1 some runs are missing, 2 bad plan or input, {FAILED} a verdict "
        "that --fail-on names.",
        usage=f"{program} [PLAN] [options]",
    )
    add_plan(parser)
    where = parser.add_argument_group("where")
    add_places(where)
    add_outcome(parser.add_argument_group("what it says"))
    where.add_argument(
        "--from",
        dest="source",
        metavar="DIR",
        help="a report's folder, or profile.json: its report anew, there or in --out; no plan "
        "and no store",
    )
    where.add_argument(
        "--paper",
        metavar="DIR",
        help="a report's folder, or profile.json: a paper of it, a folder that LaTeX compiles, "
        "DIR/paper or --out",
    )
    return parser


def add_places(group: argparse._ArgumentGroup, *, notes: bool = True) -> None:
    """Add the options of a report: its folder, its language and the store, and notes on maps."""
    group.add_argument("--out", metavar="DIR", help="folder of the report (results/NAME)")
    group.add_argument(
        "--language", metavar="NAME", default="en", help="of the report: en, ja, or both: en,ja"
    )
    group.add_argument(
        "--figures",
        metavar="KIND",
        default="svg",
        help="svg, or pdf beside it: two of each figure, for a column and a page of a paper",
    )
    if notes:
        group.add_argument(
            "--notes",
            metavar="FILE",
            help="what a person wrote on maps in the gallery, as the page saves it",
        )
    group.add_argument("--store", metavar="DIR", default="store", help="folder of fits and maps")


def run(program: str, words: Sequence[str]) -> int:
    """Write the report; return the exit code.

    Raises:
        InputError: the plan, its data or an option is refused, or too few runs are stored.
    """
    return with_json_errors(words, lambda: _run(parser(program).parse_args(words)))


def _run(options: argparse.Namespace) -> int:
    prepare(options)
    if options.paper is not None:
        return paper(options)
    return write(plan_of(options), options) if options.source is None else rewrite(options)


def paper(options: argparse.Namespace) -> int:
    """Write the paper of a report, and say where it is; return the exit code.

    Raises:
        InputError: a plan or another report is given too; there is no profile, or the folder
            cannot be written to.
    """
    from cam_augment import report
    from cam_augment.records import load_profile

    if names_plan(options) or options.source is not None:
        raise InputError("option --paper: the profile has its plan; no plan, field or --from")
    source = Path(options.paper)
    out = Path(options.out or (source if source.is_dir() else source.parent) / "paper")
    check_writable(out, "--out")
    report.write_paper(load_profile(source), out)
    print(f"paper: {out / 'paper.tex'}")
    return 0


def rewrite(options: argparse.Namespace) -> int:
    """Write a report anew from its own profile, and say what it is; return the exit code.

    Raises:
        InputError: a plan is given too; there is no profile, or the folder cannot be written to.
    """
    from cam_augment import report
    from cam_augment.records import load_profile
    from cam_augment.study.notes import notes_on

    if names_plan(options):
        raise InputError("option --from: the profile has its plan; no plan and no field beside it")
    source = Path(options.source)
    out = Path(options.out or (source if source.is_dir() else source.parent))
    check_writable(out, "--out")
    profile = load_profile(source)
    if options.notes:
        profile = notes_on(profile, options.notes)
    report.write(profile, out, options.language, figures=options.figures)
    return end(profile, out, options)


def write(plan: Plan, options: argparse.Namespace, *, train: bool = False, **work: Any) -> int:
    """Make a plan's report, and say what came of it; return the exit code.

    Args:
        options: those of ``add_places`` and ``add_outcome``.
        train: what is missing is trained first. work: where, see ``run_study``.
    """
    from cam_augment.study.run import run_study

    study = partial(run_study, train=train, notes=options.notes)
    return make(study, plan, options, train=train, **work)


def make(
    work: "Callable[..., ImpactProfile]",
    plan: Plan,
    options: argparse.Namespace,
    *,
    train: bool = True,
    **more: Any,
) -> int:
    """Do a study or a search and say what came of it; return the exit code.

    Args:
        work: ``run_study`` or ``run_search``; more: of its arguments.
        options, train: as of ``write``.
    """
    from cam_augment.cli.progress import Bar, Silence
    from cam_augment.report.files import check_place

    out = Path(options.out) if options.out else Path("results") / plan.name
    check_writable(out, "--out")
    check_place(out)
    if train:
        check_writable(Path(options.store), "--store")
    elif not os.path.isdir(options.store):
        raise InputError(f"option --store: no store at '{options.store}'")
    with Silence() if options.quiet else Bar() as bar:
        profile = work(
            plan,
            out,
            store=options.store,
            language=options.language,
            progress=bar,
            figures=options.figures,
            **more,
        )
    return end(profile, out, options)
