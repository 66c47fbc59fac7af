"""One row per strategy: the verdicts, and ``profile.csv``."""

from typing import Any

from cam_augment.records import ImpactProfile, StrategyProfile, frame
from cam_augment.report import money, naming, phrases, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.sentences import next_step, notes, reasons, sentence
from cam_augment.report.tables.cells import (
    beyond,
    interval,
    of_strategy,
    of_verdict,
    unit,
)
from cam_augment.report.words import is_known, number, p_value, percent, points, visible
from cam_augment.statistics.significance import SAME_PLACE, is_beyond_noise


@table("verdicts", 1)
def verdicts(profile: ImpactProfile) -> Table:
    """The ranking: each strategy's verdict, what it rests on, and what is next."""
    rows = {row["strategy"]: row for row in frame.rows(profile)}
    columns = (*frame.COLUMNS, "sentence", "next_step")
    return Table(
        name="verdicts",
        title=say("The strategies, by verdict"),
        caption=say(
            "Gain: percentage points of {score} over the baselines' mean, with its {interval}. "
            "Attention moved: excess shift E ({metric}, {unit}), 0 where nothing but seed noise "
            "moves it. Spread: change of the attention's radius, in percent of the image's "
            "diagonal; below 0 it gathers. ● beyond seed noise, ○ within it, or not settled. The "
            "strategies were tested one by one. Moved: beyond seed noise, and E at least {share} "
            "of the noise floor F; same place: E surely less than that.",
            share=percent(SAME_PLACE, 0),
            score=queries.score(profile),
            interval=queries.interval(profile),
            metric=naming.metric_name(profile.plan.primary),
            unit=unit(profile),
        ),
        columns=columns,
        rows=tuple(
            (*rows[s.strategy].values(), sentence(s), next_step(profile, s))
            for s in queries.ranked(profile)
        ),
        views=(
            of_strategy(),
            of_verdict(profile),
            _reasons(profile),
            View(
                say("Gain, points"),
                lambda r: interval(r, "gain", points) + _sign(r, "gain"),
            ),
            *_saving(profile),
            View(
                say("Attention moved, E"),
                lambda r: interval(r, "excess_shift") + _sign(r, "excess_shift"),
                lead=_attention,
            ),
            View(say("Spread, %"), lambda r: _change(r, "spread", _signed) + _sign(r, "spread")),
        ),
        cards=True,
        shown=False,
    )


def _reasons(profile: ImpactProfile) -> View:
    """Return the column of what each verdict rests on, what comes beside it, and what is next."""
    texts = {
        strategy.strategy: visible(_in_words(profile, strategy)) for strategy in profile.strategies
    }

    def text(row: Row) -> str:
        return texts[row["strategy"]]

    return View(say("Reasons, and what is next"), text, kind="sentence")


def _in_words(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    text, step = reasons(strategy), next_step(profile, strategy)
    if not step:
        return text[:1].upper() + text[1:]
    ending = say(phrases.NEXT, step=step)
    return sentences(say("{text}.", text=text[:1].upper() + text[1:]), *notes(strategy), ending)


def _saving(profile: ImpactProfile) -> list[View]:
    """Return the column of what is saved, where the plan has costs."""
    if profile.costs is None:
        return []
    return [
        View(
            money.heading(profile.plan),
            lambda r: (
                (str(money.saving(profile, r["strategy"])) or words.DASH) + _sign(r, "gain_cost")
            ),
        )
    ]


ATTENTION = {"moved": "moved", "same place": "same place", "not known": "not known"}
WAYS = {"falls": "moved, gathers", "rises": "moved, scatters"}


def _attention(row: Row) -> str:
    """Return whether attention is somewhere else, and whether it gathers or scatters there."""
    place = row["attention"]
    if place is None:
        return ""
    way = WAYS.get(row["spread_finding"]) if place == "moved" else None
    return say(way or ATTENTION[place])


def _signed(value: Any) -> str:
    return points(value, 1)


def _sign(row: Row, name: str) -> str:
    """Return ● for what is beyond seed noise, ○ for what is within it or not settled."""
    finding = row[f"{name}_finding"]
    return "" if finding is None else " ●" if is_beyond_noise(finding) else " ○"


def _change(row: Row, name: str, write: words.Write) -> str:
    """Return a change of spread or focus."""
    value = row[f"{name}_change"]
    return write(value) if is_known(value) else words.DASH


@table("paper", 50)
def profile(profile: ImpactProfile) -> Table:
    """One row per strategy: ``profile.csv``."""
    views = [
        of_strategy(),
        of_verdict(profile),
        View(say("Models"), lambda r: str(r["runs"])),
        View(
            say("Gain, points [interval]"),
            lambda r: interval(r, "gain", points),
            beyond("gain_finding"),
        ),
        View(say("p corrected"), lambda r: p_value(r["gain_p_adjusted"])),
        View(
            say("Excess shift E [interval]"),
            lambda r: interval(r, "excess_shift"),
            beyond("excess_shift_finding"),
        ),
        View(
            say("Spread, change"),
            lambda r: number(r["spread_change"], sign=True),
            beyond("spread_finding"),
        ),
        View(say("p corrected"), lambda r: p_value(r["spread_p_adjusted"])),
    ]
    if any(is_known(e.estimate) for e in profile.effects if e.question == "focus"):
        views += [
            View(
                say("Focus, change"),
                lambda r: number(r["focus_change"], 2, True),
                beyond("focus_finding"),
            ),
            View(say("p corrected"), lambda r: p_value(r["focus_p_adjusted"])),
        ]
    views.append(View(say("Empty maps"), lambda r: percent(r["degenerate_share"])))
    return Table(
        name="profile",
        title=say("Impact profile in numbers"),
        caption=say(
            "One row per strategy. Gain: {score} minus the baselines' mean, in percentage points. "
            "E: how much farther maps move than seeds alone move them ({unit}). Spread: RMS radius "
            "of the attention, as a share of the image's diagonal. p: {test}, corrected over "
            "strategies; of E stands its interval. Marked: beyond seed noise. The CSV file holds "
            "further columns.",
            unit=unit(profile),
            test=queries.test(profile),
            score=queries.score(profile),
        ),
        columns=frame.COLUMNS,
        rows=tuple(tuple(row.values()) for row in frame.rows(profile)),
        views=tuple(views),
    )
