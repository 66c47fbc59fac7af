"""The first screen of the page, as data: what was decided, how sure it is, what is next.

``decision(profile)`` has all of it, in words of the current language; the page only sets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import money, phrases, price, queries
from cam_augment.report.decision.checks import Check, checks
from cam_augment.report.decision.forest import Forest, forest
from cam_augment.report.decision.headline import Headline, headline
from cam_augment.report.decision.rows import Row, rows
from cam_augment.report.decision.steps import Step, steps
from cam_augment.report.figures.mean_maps import Pictures, pictures
from cam_augment.report.language import say, sentences

__all__ = ["Check", "Decision", "Row", "Step", "decision"]


@dataclass(frozen=True)
class Decision:
    """All that the first screen says.

    Attributes:
        forest: the axis of the rows' drawings, and the baselines on it.
        rows: a strategy each, in the order of the whole page.
        mean: of the baselines' score, with its name, in words. unit: of gains.
        maps: mean maps of the baselines, if there are any.
        doubtful: whether maps fail their check.
        attention: whether the rows say where attention goes; earlier profiles do not know.
        price: what mistakes cost, and who saves most, in words; nothing without costs.
        saved: the heading of what strategies save.
        legend: how to read the rows.
    """

    headline: Headline
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]
    forest: Forest
    rows: tuple[Row, ...]
    mean: str
    unit: str
    maps: Pictures
    doubtful: bool
    attention: bool
    price: tuple[str, ...]
    saved: str
    legend: str


def decision(profile: ImpactProfile) -> Decision:
    """Return what the first screen says of a profile."""
    axis, maps = forest(profile), pictures(profile)
    lines = rows(profile, axis, maps)
    return Decision(
        headline(profile),
        checks(profile),
        steps(profile),
        axis,
        lines,
        _mean(profile),
        queries.question(profile, "gain").unit,
        maps.get(BASELINE, ()),
        queries.maps_pass(profile) is False,
        any(row.attention for row in lines),
        price.summary(profile),
        money.heading(profile.plan),
        _legend(profile, lines, bool(maps)),
    )


def _mean(profile: ImpactProfile) -> str:
    mean = queries.score_value(profile, queries.mean(profile, profile.plan.gain))
    return say(phrases.ROWS["mean"], score=queries.score(profile), mean=mean)


def _legend(profile: ImpactProfile, lines: Sequence[Row], has_maps: bool) -> str:
    margin, interval = f"±{100 * profile.plan.gain_margin:g}", queries.interval(profile)
    return sentences(
        say(phrases.LEGEND["drawing"], interval=interval, margin=margin),
        say(phrases.LEGEND["bounds"]) if any(row.drawing.bounds for row in lines) else "",
        say(phrases.LEGEND["maps"]) if has_maps else "",
        say(phrases.LEGEND["doubtful"]) if has_maps and queries.maps_pass(profile) is False else "",
    )
