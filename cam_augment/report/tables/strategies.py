"""One row per strategy: the verdicts, and ``profile.csv``."""

from typing import Any

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import (
    beyond,
    interval,
    of_strategy,
    of_verdict,
    sentence,
    unit,
)
from cam_augment.report.words import known, number, p_value, percent, points

REQUIRED = (
    "strategy", "verdict", "runs", "gain", "gain_low", "gain_high", "gain_p",
    "excess_shift", "excess_shift_p", "centroid_shift", "entropy_change", "spread_change",
    "spread_p", "focus_change", "focus_p", "agreement_change", "degenerate_share",
)  # fmt: skip
FURTHER = (
    "gain_p_adjusted", "excess_shift_p_adjusted", "spread_p_adjusted", "focus_p_adjusted",
    "smallest_p", "excess_shift_low", "excess_shift_high", "prediction_shift", "gain_macro_f1",
    "accuracy", "macro_f1", "floor", "between", "within", "worst_class", "worst_class_gain",
    "worst_class_p", "smallest_gain", "group", "gain_balanced_accuracy",
    "gain_cost", "gain_cost_low", "gain_cost_high", "gain_cost_p", "gain_cost_p_adjusted",
)  # fmt: skip


def profile_frame(profile: ImpactProfile):
    """Return one row per strategy as a ``pandas.DataFrame``, in the plan's order.

    Gains are fractions of accuracy; a missing value is NaN.
    """
    import pandas as pd

    return pd.DataFrame(_profile_rows(profile), columns=[*REQUIRED, *FURTHER])


def _profile_rows(profile: ImpactProfile) -> list[tuple]:
    found = look.effects(profile)
    rows = [_profile_row(profile, found, each) for each in profile.strategies]
    return [tuple(row[name] for name in (*REQUIRED, *FURTHER)) for row in rows]


def _profile_row(profile: ImpactProfile, found: dict, each) -> dict[str, Any]:
    def ask(question: str) -> Effect:
        return found.get((each.strategy, question), Effect(strategy="", question=""))

    gain, shift = ask("gain"), ask(look.primary(profile))
    spread, focus, saving = ask("spread"), ask("focus"), ask("gain_cost")
    return {
        **each.model_dump(exclude={"sentence"}),
        "gain": gain.estimate,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "gain_p": gain.p,
        "gain_p_adjusted": gain.p_adjusted,
        "smallest_p": gain.smallest_p,
        "excess_shift": shift.estimate,
        "excess_shift_low": shift.low,
        "excess_shift_high": shift.high,
        "excess_shift_p": shift.p,
        "excess_shift_p_adjusted": shift.p_adjusted,
        "centroid_shift": ask("excess_shift.centroid_shift").estimate,
        "prediction_shift": ask("excess_shift.prediction_kl").estimate,
        "entropy_change": ask("entropy").estimate,
        "spread_change": spread.estimate,
        "spread_p": spread.p,
        "spread_p_adjusted": spread.p_adjusted,
        "focus_change": focus.estimate,
        "focus_p": focus.p,
        "focus_p_adjusted": focus.p_adjusted,
        "agreement_change": ask("agreement").estimate,
        "gain_macro_f1": ask("gain_macro_f1").estimate,
        "gain_balanced_accuracy": ask("gain_balanced_accuracy").estimate,
        "gain_cost": saving.estimate,
        "gain_cost_low": saving.low,
        "gain_cost_high": saving.high,
        "gain_cost_p": saving.p,
        "gain_cost_p_adjusted": saving.p_adjusted,
    }


@table("verdicts", 1)
def verdicts(profile: ImpactProfile) -> Table:
    """The ranking: each strategy's verdict in one sentence."""
    rows = {row[0]: row for row in _profile_rows(profile)}
    columns = (*REQUIRED, *FURTHER, "sentence")
    return Table(
        name="verdicts",
        title=say("The strategies, by verdict"),
        caption=say(
            "Gain: percentage points of accuracy over the baselines' mean, with its {level} "
            "interval. Attention moved: excess shift E ({metric}, {unit}), 0 where nothing but "
            "seed noise moves it. Spread: change of the attention's radius, in percent of the "
            "image's diagonal; below 0 it gathers. ● beyond seed noise, by the p corrected over "
            "strategies; ○ within it, or not settled. The p beside it is not corrected. “Care” "
            "without a gain is no recommendation.",
            level=percent(1 - profile.plan.alpha, 0),
            metric=words.metric_name(profile.plan.primary),
            unit=unit(profile),
        ),
        columns=columns,
        rows=tuple((*rows[s.strategy], s.sentence) for s in look.ranked(profile)),
        views=(
            of_strategy(),
            of_verdict(),
            View(say("In one sentence"), sentence, kind="sentence"),
            View(
                say("Gain, points"),
                lambda r: interval(r, "gain", points) + _sign(profile, r, "gain"),
            ),
            *_saving(profile),
            View(say("Attention moved, E"), lambda r: _tested(profile, r, "excess_shift", number)),
            View(say("Spread, %"), lambda r: _tested(profile, r, "spread", _signed, "_change")),
        ),
        cards=True,
    )


def _saving(profile: ImpactProfile) -> list[View]:
    """Return the column of what is saved, where the plan has costs."""
    if profile.costs is None:
        return []
    return [
        View(
            say("Saved per 1,000 parts"),
            lambda r: _amount(r) + _sign(profile, r, "gain_cost"),
        )
    ]


def _amount(row: Row) -> str:
    if not known(row["gain_cost"]):
        return words.DASH
    three = (row[f"gain_cost{end}"] for end in ("", "_low", "_high"))
    return interval(row, "gain_cost", words.amounts(*three))


def _signed(value) -> str:
    return points(value, 1)


def _sign(profile: ImpactProfile, row: Row, name: str) -> str:
    p = row[f"{name}_p_adjusted"]
    # As in the rules: a gain whose interval holds zero is within seed noise, whatever its p.
    gain = name in ("gain", "gain_cost")
    across = gain and (row[f"{name}_low"] or 0) <= 0 <= (row[f"{name}_high"] or 0)
    return "" if not known(p) else (" ●" if p <= profile.plan.alpha and not across else " ○")


def _tested(profile: ImpactProfile, row: Row, name: str, write, suffix: str = "") -> str:
    value = row[f"{name}{suffix}"]
    if not known(value):
        return words.DASH
    p = words.p_phrase(row[f"{name}_p"])
    return f"{write(value)}{_sign(profile, row, name)} {p}".strip()


@table("details", 1)
def profile(profile: ImpactProfile) -> Table:
    """One row per strategy: ``profile.csv``."""
    views = [
        of_strategy(),
        of_verdict(),
        View(say("Models"), lambda r: str(r["runs"])),
        View(
            say("Gain, points [interval]"),
            lambda r: interval(r, "gain", points),
            beyond(profile, "gain_p_adjusted"),
        ),
        View(say("p"), lambda r: p_value(r["gain_p"])),
        View(say("p corrected"), lambda r: p_value(r["gain_p_adjusted"])),
        View(
            say("Excess shift E"),
            lambda r: number(r["excess_shift"]),
            beyond(profile, "excess_shift_p_adjusted"),
        ),
        View(say("p"), lambda r: p_value(r["excess_shift_p"])),
        View(
            say("Spread, change"),
            lambda r: number(r["spread_change"], sign=True),
            beyond(profile, "spread_p_adjusted"),
        ),
        View(say("p"), lambda r: p_value(r["spread_p"])),
    ]
    if any(known(e.estimate) for e in profile.effects if e.question == "focus"):
        views += [
            View(
                say("Focus, change"),
                lambda r: number(r["focus_change"], 2, True),
                beyond(profile, "focus_p_adjusted"),
            ),
            View(say("p"), lambda r: p_value(r["focus_p"])),
        ]
    views.append(View(say("Empty maps"), lambda r: percent(r["degenerate_share"])))
    return Table(
        name="profile",
        title=say("Impact profile in numbers"),
        caption=say(
            "One row per strategy. Gain: accuracy minus the baselines' mean, in percentage points. "
            "E: how much farther maps move than seeds alone move them ({unit}). Spread: RMS radius "
            "of the attention, as a share of the image's diagonal. p: exact relabelling of whole "
            "models; marked cells stay beyond seed noise after correction. The CSV file holds "
            "further columns.",
            unit=unit(profile),
        ),
        columns=(*REQUIRED, *FURTHER),
        rows=tuple(_profile_rows(profile)),
        views=tuple(views),
    )
