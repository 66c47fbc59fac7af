"""The main table of a paper: one line a strategy, within a column of 240 points; in English."""

import statistics

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.formats.latex import escape
from cam_augment.report.words import is_known, p_value, points

_PACKAGES = "booktabs,threeparttable,siunitx"
_COLUMNS = (
    r"@{}lS[table-format=2.1(2)]S[table-format=+2.2,retain-explicit-plus]r"
    r"S[table-format=<1.3]S[table-format=1.3]@{}"
)
_LONGEST = 18  # letters of a strategy's name


def main_table(profile: ImpactProfile) -> str:
    """Return the scores, gains with their intervals, p and excess shifts, by verdict."""
    arms = [BASELINE, *(strategy.strategy for strategy in queries.ranked(profile))]
    return "\n".join([
        f"% main: needs \\usepackage{{{_PACKAGES}}}",
        r"\begin{table}",
        r"\centering\footnotesize\setlength{\tabcolsep}{1.8pt}",
        r"\begin{threeparttable}",
        rf"\caption{{{escape(_caption(profile))}}}\label{{tab:main}}",
        rf"\begin{{tabular}}{{{_COLUMNS}}}",
        r"\toprule",
        r"Strategy & {Score, \%} & \multicolumn{2}{c}{Gain, points} & {$p$} & {$E$} \\",
        r"\midrule",
        *(row(profile, arm) for arm in arms),
        r"\bottomrule",
        r"\end{tabular}",
        r"\begin{tablenotes}\scriptsize",
        rf"\item {escape(_notes(profile))}",
        r"\end{tablenotes}",
        r"\end{threeparttable}",
        r"\end{table}",
        "",
    ])  # fmt: skip


def row(profile: ImpactProfile, arm: str) -> str:
    """Return one arm's line of the table, its end included: the page offers it as a copy."""
    gain = profile.effect(arm, "gain")
    shift = profile.effect(arm, f"excess_shift.{profile.plan.primary}")
    cells = [
        escape(words.short(arm, _LONGEST)),
        _score(profile, arm),
        f"{100 * gain.estimate:+.2f}" if is_known(gain.estimate) else "",
        f"{{}}{escape(words.span(gain.low, gain.high, points))}",
        p_value(gain.p_adjusted).replace("< ", "<") if is_known(gain.p_adjusted) else "",
        f"{shift.estimate:.3f}" if is_known(shift.estimate) else "",
    ]
    return " & ".join(cells) + r" \\"


def _score(profile: ImpactProfile, arm: str) -> str:
    """Return the mean in percent with its standard deviation over models, as siunitx reads both."""
    points_of_arm = profile.points.get(profile.plan.gain, {}).get(arm, ())
    values = [100 * value for value in points_of_arm if is_known(value)]
    if not values:
        return ""
    mean = f"{statistics.mean(values):.1f}"
    return f"{mean}({10 * statistics.stdev(values):.0f})" if len(values) > 1 else mean


def _caption(profile: ImpactProfile) -> str:
    plan = profile.plan
    models = words.count(queries.baselines(profile), "model")
    return (
        f"Augmentation strategies on {plan.dataset.name}, network {plan.architecture.name}, "
        f"against {models} without augmentation"
    )


def _notes(profile: ImpactProfile) -> str:
    metric = naming.metric_name(profile.plan.primary)
    return (
        f"Score: {queries.score(profile)}, in brackets the standard deviation over models in units "
        "of the last digit. Gain over the baselines' mean with its "
        f"{queries.interval(profile)}; p corrected over strategies; E: excess shift of attention "
        f"({metric})."
    )
