"""Strategies against each other: ranks, and all pairs."""

from cam_augment.records import ImpactProfile
from cam_augment.report import queries
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import interval, of_strategy
from cam_augment.report.words import DASH, points, visible
from cam_augment.statistics.significance import side


@table("paper", 15)
def league(profile: ImpactProfile) -> Table | None:
    """The rank of every strategy, with its uncertainty."""
    if profile.league is None:
        return None
    ahead = {
        rank.strategy: say(", ").join(map(visible, rank.ahead_of)) or DASH
        for rank in profile.league.ranks
    }
    return Table(
        name="league",
        title=say("Is one strategy better than another?"),
        caption=say(
            "Strategies by their gain. Rank: the places that a strategy may have, 1 "
            "the best, at {level} for all strategies at once; a wide range says that these models "
            "cannot tell. Surely better than: the {level} interval of the difference, "
            "simultaneous over all pairs, leaves out 0. Controls are not ranked.",
            level=queries.last_level(profile),
        ),
        columns=("strategy", "gain", "best", "worst", "ahead_of"),
        rows=tuple(
            (rank.strategy, rank.gain, rank.best, rank.worst, "; ".join(rank.ahead_of))
            for rank in profile.league.ranks
        ),
        views=(
            of_strategy(),
            View(say("Gain, points"), lambda r: points(r["gain"])),
            View(say("Rank"), _rank),
            View(say("Surely better than"), lambda r: ahead[r["strategy"]], kind="sentence"),
        ),
    )


def _rank(row: Row) -> str:
    best, worst = row["best"], row["worst"]
    return str(best) if best == worst else say("{least} to {most}", least=best, most=worst)


@table("paper", 52)
def pairs(profile: ImpactProfile) -> Table | None:
    """The difference of every two strategies."""
    if profile.league is None:
        return None
    return Table(
        name="pairs",
        title=say("Every two strategies"),
        caption=say(
            "The first less the second in {score}, in percentage points, with its {level} "
            "interval: simultaneous over all pairs, by the studentised range, over models and test "
            "images. Bold: it leaves out 0.",
            level=queries.last_level(profile),
            score=queries.score(profile),
        ),
        columns=("strategy", "other", "difference", "difference_low", "difference_high"),
        rows=tuple(
            (pair.first, pair.second, pair.difference, pair.low, pair.high)
            for pair in profile.league.pairs
        ),
        views=(
            of_strategy(),
            View(say("Other strategy"), lambda r: visible(r["other"]), kind="word"),
            View(
                say("Difference, points [interval]"),
                lambda r: interval(r, "difference", points),
                _apart,
            ),
        ),
        folded=True,
    )


def _apart(row: Row) -> str:
    return "beyond" if side(row["difference_low"], row["difference_high"]) else ""
