"""Columns and cells that several tables share."""

from collections.abc import Callable

from cam_augment.records import ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, View
from cam_augment.report.words import number, span, visible
from cam_augment.statistics.significance import is_beyond_noise


def of_strategy(column: str = "strategy") -> View:
    """Return the column that names a row's strategy, or the baselines."""
    return View(say("Strategy"), lambda row: visible(row[column]), kind="word")


def of_verdict(profile: ImpactProfile) -> View:
    """Return the column of the strategy's verdict, marked by it."""
    verdicts = queries.verdicts(profile)
    return View(
        say("Verdict by earlier rules") if profile.has_old_verdicts else say("Verdict"),
        lambda row: words.verdict(verdicts[row["strategy"]]),
        lambda row: verdicts[row["strategy"]],
        kind="word",
    )


def unit(profile: ImpactProfile) -> str:
    """Return the unit of the primary metric's distance."""
    return naming.metric_unit(profile.plan.primary)


def interval(row: Row, name: str, write: words.Write = number) -> str:
    """Return an estimate with its interval, from the columns that begin with ``name``."""
    limits = span(row[f"{name}_low"], row[f"{name}_high"], write)
    text = write(row[name], sign=True)
    return f"{text} {limits}".strip()


def beyond(column: str = "finding") -> Callable[[Row], str]:
    """Return the mark of what is beyond seed noise, by the column of its finding."""
    return lambda row: "beyond" if is_beyond_noise(row[column]) else ""
