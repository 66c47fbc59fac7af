"""The paragraphs of the page: what was studied, the answer, the rules, the words."""

from cam_augment.plan import BASELINE, Choice
from cam_augment.records import ImpactProfile
from cam_augment.report import price, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Prose
from cam_augment.report.sentences import notice
from cam_augment.report.words import count, listing, p_value, percent, points, visible
from cam_augment.statistics import least_adjusted, scoring
from cam_augment.statistics.significance import is_significant

CORRECTIONS = {"holm": "Holm", "bh": "Benjamini–Hochberg"}


def summary(profile: ImpactProfile) -> Prose:
    """Return what was studied, and the answer in brief."""
    return Prose(
        "summary",
        say("Impact profile: {name}", name=profile.plan.name),
        (_subject(profile), *price.summary(profile)),
        _answer(profile),
    )


def _subject(profile: ImpactProfile) -> str:
    """Return what was studied: strategies, models, data, network and maps."""
    plan = profile.plan
    accuracy = queries.mean(profile)
    accuracy_sentence = (
        say("The baselines' mean test accuracy is {accuracy}.", accuracy=percent(accuracy))
        if words.is_known(accuracy)
        else ""
    )
    number = len(profile.strategies)
    comparison = say(
        "{strategies}, {models} each, were compared with {baselines} trained without augmentation "
        "(the baselines): {dataset} images, network {architecture}, {epochs}.",
        strategies=count(number, "augmentation strategy", "augmentation strategies"),
        models=_models_per_strategy(profile),
        baselines=count(plan.baselines, "model"),
        dataset=_name(plan.dataset),
        architecture=_name(plan.architecture),
        epochs=count(plan.recipe.epochs, "epoch"),
    )
    return sentences(
        comparison,
        _folds(profile),
        accuracy_sentence,
        _deciding(profile),
        _finite_test(profile),
        _maps(profile),
    )


def _deciding(profile: ImpactProfile) -> str:
    """Return which score decides, where it is not accuracy."""
    if profile.plan.gain == scoring.ACCURACY:
        return ""
    mean = queries.mean(profile, profile.plan.gain)
    if profile.plan.gain == scoring.COST:
        return say(
            "What decides is the share that a strategy saves of the baselines' cost, {mean} per "
            "1,000 parts; in percent, where this page speaks of points of the gain.",
            mean=queries.score_value(profile, mean),
        )
    return say(
        "What decides is the gain in {score}, of which the baselines' mean is {mean}.",
        score=queries.score(profile),
        mean=queries.score_value(profile, mean),
    )


def _finite_test(profile: ImpactProfile) -> str:
    """Return how much of the seed noise more test images would take away."""
    images = sum(map(sum, profile.confusion.get(BASELINE, ())))
    if not (words.is_known(profile.finite_test_share) and images):
        return ""
    return say(
        "{share} of the seed variance of accuracy comes from the finite test set ({images}).",
        share=percent(profile.finite_test_share, 0),
        images=count(round(images), "test image"),
    )


def _models_per_strategy(profile: ImpactProfile) -> str:
    counts = {stop.models for stop in profile.stages} or {profile.plan.seeds}
    if len(counts) == 1:
        return count(max(counts), "model")
    return say("{least} to {most} models", least=min(counts), most=max(counts))


def _folds(profile: ImpactProfile) -> str:
    folds = profile.plan.folds
    if folds is None:
        return ""
    if profile.plan.rotates:
        return say(
            "Cross-validation with a rotating test part: the images outside the probes are cut "
            "into {folds} folds; each model is judged on one that it has not seen, and every image "
            "by models of every arm. Maps are made of the same images for all.",
            folds=folds,
        )
    return say(
        "Cross-validation: each model was trained without one of {folds} folds of the training "
        "images; the plan gives every arm each fold equally often. Accuracy and maps are taken on "
        "the same images for all.",
        folds=folds,
    )


def _name(choice: Choice) -> str:
    return visible(choice.name)


MAPS = {
    "": "Where the networks look was read off {cam} maps.",
    "images": "Where the networks look was read off {cam} maps of {images}.",
    "grid": "Where the networks look was read off {cam} maps on a grid of {grid} cells.",
    "images grid": (
        "Where the networks look was read off {cam} maps of {images} on a grid of {grid} cells."
    ),
}


def _maps(profile: ImpactProfile) -> str:
    images, grid = (profile.validity.get(name) for name in ("images", "grid"))
    facts = " ".join(name for name, value in (("images", images), ("grid", grid)) if value)
    return say(
        MAPS[facts],
        cam=_name(profile.plan.cam),
        images=count(images, "probe image") if images else "",
        grid="×".join(map(str, grid or ())),
    )


def _answer(profile: ImpactProfile) -> tuple[tuple[str, str], ...]:
    return tuple(
        (verdict, listing([visible(s.strategy) for s in strategies]))
        for verdict in words.VERDICTS
        if (strategies := [s for s in queries.ranked(profile) if s.conclusion == verdict])
    )


def notices(profile: ImpactProfile) -> Prose | None:
    """Return what a reader must know before the numbers: warnings and missing runs."""
    lines = [("warning", visible(notice(warning))) for warning in profile.warnings]
    lines += [("missing", visible(f"{m.run}: {notice(m.reason)}")) for m in profile.missing]
    return Prose("notices", say("Before you read on"), (), tuple(lines)) if lines else None


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


APART = {
    False: (
        "How much models differ that differ in nothing but their random seed. Every effect on this "
        "page is measured against it."
    ),
    True: (
        "How much models differ that differ in nothing but their random seed and the fold that "
        "they left out. Every effect on this page is measured against it."
    ),
}
TERMS = {
    "map": "A class activation map: which cells of the image speak for its true class.",
    "excess shift E": (
        "2C − F − W: how much farther a strategy's maps are from the baselines' maps than seeds "
        "alone explain. 0 means: not at all."
    ),
    "spread, entropy, effective area": (
        "How far the attention scatters. Gini: how unevenly it is dealt out (1: all in one cell)."
    ),
    "focus (lift)": (
        "Attention inside the marked region over that region's share of the image; 1 means: no "
        "more than chance."
    ),
    "point": "Percentage point of accuracy: 93.0 % to 93.8 % is a gain of 0.8 points.",
}


def terms(profile: ImpactProfile) -> Prose:
    """Return the words of the page, explained."""
    baseline = say("A model trained without augmentation; the arm “{arm}”.", arm=BASELINE)
    return Prose(
        "terms",
        say("The words of this page"),
        (),
        (
            (say("baseline"), baseline),
            (say("seed noise"), say(APART[profile.plan.folds is not None])),
            *((say(term), say(text)) for term, text in TERMS.items()),
        ),
    )
