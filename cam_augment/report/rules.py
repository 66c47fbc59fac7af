"""The rules of the verdicts, in words: margins, tests, stages, controls, what a design can find."""

from cam_augment.records import ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Prose
from cam_augment.report.words import p_value, percent, points
from cam_augment.statistics import least_adjusted
from cam_augment.statistics.significance import is_significant

CORRECTIONS = {"holm": "Holm", "bh": "Benjamini–Hochberg"}

MARGINS = (
    "A verdict is a claim against margins that the plan stated before there were results: a gain "
    "of {gain} points is worth having, and {recall} points are what a class may lose of its "
    "recall. What is not known is called undecided, with what would decide. The first rule that "
    "matches decides, in this order: gain and loss within the margin, loss, gain, a class that "
    "loses, a gain below the margin."
)

NOT_ATTENTION = (
    "How attention moves is a finding of its own and no reason of a verdict; but focus that "
    "leaves what is marked and missed classes are, where the maps pass their own check."
)

RULES = {
    "adopt": (
        "The gain is positive and beyond seed noise. No class loses more than its margin or may "
        "do so, and a loss of three margins would be seen in each. At most 1 % of the test images "
        "nearly repeat one that models learned from, and there are 3 models or more."
    ),
    "trade-off": (
        "The gain is positive and beyond seed noise, but a class surely loses more than its margin."
    ),
    "undecided": (
        "Anything else, a gain that is in doubt for a class, for near-copies or for too few models "
        "included. This is no proof of no effect."
    ),
    "no gain worth having": (
        "The gain's upper bound, one-sided at the level {alpha}, lies below the margin; or both "
        "bounds lie within the margins and no class surely loses, even where the gain or loss is "
        "beyond noise."
    ),
    "avoid": "The gain is negative and beyond seed noise, or a class surely loses without a gain.",
    "quiet": (
        "A control cannot have an effect. It is judged by itself, outside the families that p is "
        "corrected over, and gets no verdict: it is quiet, or else “not quiet”."
    ),
}

MASKS = (
    "Also a trade-off: focus surely falls by more than {focus} of the baselines', or a class is "
    "missed. That is, corrected for chance, the strongest cells of its maps lie on the marked "
    "regions in fewer than half of the images, with the whole interval below half."
)

BY_COST = (
    "Also a trade-off: the cost rises beyond noise under a gain, or falls beyond noise without one."
)

EARLIER = (
    "These verdicts are by earlier rules: “adopt” for a gain and “avoid” for a loss beyond seed "
    "noise, “care” where a class, focus, cost or attention spoke against it or moved alone, and "
    "“no effect seen” where nothing was beyond it. The same plan on another processor changed two "
    "of ten of them."
)


def rules(profile: ImpactProfile) -> Prose:
    """Return the rules of the verdicts, with the numbers of this plan."""
    title, tests = say("The rules of the verdicts"), sentences(*_beyond(profile), _least(profile))
    if profile.has_old_verdicts:
        return Prose("rules", title, (say(EARLIER), tests))
    margins = profile.plan.margins
    intro = say(
        MARGINS, gain=f"{100 * profile.plan.gain_margin:g}", recall=f"{100 * margins.recall:g}"
    )
    alpha = queries.alpha(profile)
    texts = {verdict: say(text, alpha=alpha) for verdict, text in RULES.items()}
    if any(e.question == "focus" for e in profile.effects):
        focus = say(MASKS, focus=percent(margins.focus, 0))
        texts["trade-off"] = sentences(texts["trade-off"], focus)
    if profile.costs is not None:
        texts["trade-off"] = sentences(texts["trade-off"], say(BY_COST))
    return Prose(
        "rules", title, (intro, sentences(tests, say(NOT_ATTENTION))), tuple(texts.items())
    )


EXACT = {
    False: (
        "p is exact: the share of all ways to relabel whole models that show an effect as large."
    ),
    True: (
        "p is exact: the share of all ways to relabel whole models, within their folds, that show "
        "an effect as large."
    ),
}

MODERATED = (
    "p of what is one number for each model (accuracy, cost, spread, focus) is by Student's t, its "
    "variances moderated over all arms: each arm's own is drawn towards what all arms share. The "
    "deciding interval beside it leaves out 0 exactly where it is beyond seed noise."
)

ATTENTION = {
    False: (
        "p of attention is exact: the share of all ways to relabel whole models that show an "
        "effect as large; attention must also have an interval, of a level of at least {level}, "
        "that lies above 0."
    ),
    True: (
        "p of attention is exact: the share of all ways to relabel whole models, within their "
        "folds, that show an effect as large; attention must also have an interval, of a level of "
        "at least {level}, that lies above 0."
    ),
}

STAGES = (
    "Models came in stages. Stage s is judged at {alpha} / 2^s, so p is multiplied by 2^s, too, "
    "and all stages together keep the level; intervals are those of the stage at which a strategy "
    "stopped."
)

ACROSS = {
    "": "A gain must also have an interval that leaves out zero.",
    "cost": "A gain must also have an interval that leaves out zero, and so must the cost saved.",
}


def _beyond(profile: ImpactProfile) -> tuple[str, ...]:
    """Return what “beyond seed noise” means."""
    definition = say(
        "“Beyond seed noise” means: p, corrected over the strategies ({correction}), is at most "
        "{alpha}.",
        correction=CORRECTIONS[profile.plan.correction],
        alpha=f"{profile.plan.alpha:g}",
    )
    folded = profile.plan.folds is not None
    staged = (say(STAGES, alpha=f"{profile.plan.alpha:g}"),) if profile.plan.more_models else ()
    if queries.is_moderated(profile):
        attention = say(ATTENTION[folded], level=queries.level(profile))
        return definition, *staged, say(MODERATED), attention
    return definition, say(EXACT[folded]), say(ACROSS["" if profile.costs is None else "cost"])


LEAST = {
    "design": (
        "The least p that this design ({baselines} baselines, {seeds} models per strategy) can "
        "reach is {least}, {corrected}."
    ),
    "folds": (
        "The least p that this design ({baselines} baselines, {seeds} models per strategy, in "
        "{folds} folds) can reach is {least}, {corrected}."
    ),
    "attention": (
        "The least p of attention that this design ({baselines} baselines, {seeds} models per "
        "strategy) can reach is {least}, {corrected}."
    ),
    "attention folds": (
        "The least p of attention that this design ({baselines} baselines, {seeds} models per "
        "strategy, in {folds} folds) can reach is {least}, {corrected}."
    ),
    "holm": "after correction at worst {p}",
    "bh": "after correction at best {p}",
    "too much": "{corrected}: too much to show anything",
}


def _least(profile: ImpactProfile) -> str:
    least, plan = queries.smallest_p(profile), profile.plan
    if least is None or plan.more_models:
        return ""
    family = len(profile.strategies) if profile.has_old_verdicts else plan.family
    p = least_adjusted(least, family, plan.correction)
    correction = say(LEAST[plan.correction], p=p_value(p))
    if not is_significant(p, plan.alpha):
        correction = say(LEAST["too much"], corrected=correction)
    kinds = (
        ("attention", "attention folds") if queries.is_moderated(profile) else ("design", "folds")
    )
    return say(
        LEAST[kinds[plan.folds is not None]],
        baselines=plan.baselines,
        seeds=plan.seeds,
        folds=plan.folds or 0,
        least=p_value(least),
        corrected=correction,
    )


CONTROL = {
    "none": "This plan has no no-op control (identity); add it to see whether the test is fair.",
    "passed": "Control: identity changes no image and shows no effect{gain}, as it must.",
    "failed": (
        "Control failed: identity changes no image but came out as “{verdict}”{gain}. By chance "
        "alone each of its questions does so in {alpha} of studies at most; otherwise distrust "
        "this page."
    ),
}


def control(profile: ImpactProfile) -> str:
    """Return whether the no-op control came out as it must."""
    verdict = queries.verdicts(profile).get("identity")
    if verdict is None:
        return say(CONTROL["none"])
    gain = profile.effect("identity", "gain").estimate
    passed = verdict in ("quiet", "undecided", "no effect seen")
    return say(
        CONTROL["passed" if passed else "failed"],
        gain=say(" (gain {gain} points)", gain=points(gain)) if words.is_known(gain) else "",
        verdict=say(verdict),
        alpha=f"{profile.plan.alpha:.0%}",
    )
