"""The paragraphs of the page: what was studied, the answer, the rules, the words."""

from cam_augment.plan import BASELINE, Choice
from cam_augment.records import ImpactProfile
from cam_augment.report import price, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Prose
from cam_augment.report.sentences import notice
from cam_augment.report.words import count, listing, p_value, percent, points, visible
from cam_augment.statistics import least_adjusted
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
    return sentences(comparison, _folds(profile), accuracy_sentence, _maps(profile))


def _models_per_strategy(profile: ImpactProfile) -> str:
    counts = {stop.models for stop in profile.rounds} or {profile.plan.seeds}
    if len(counts) == 1:
        return count(max(counts), "model")
    return say("{least} to {most} models", least=min(counts), most=max(counts))


def _folds(profile: ImpactProfile) -> str:
    folds = profile.plan.folds
    if folds is None:
        return ""
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
        if (strategies := [s for s in queries.ranked(profile) if s.verdict == verdict])
    )


def notices(profile: ImpactProfile) -> Prose | None:
    """Return what a reader must know before the numbers: warnings and missing runs."""
    lines = [("warning", visible(notice(warning))) for warning in profile.warnings]
    lines += [("missing", visible(f"{m.run}: {notice(m.reason)}")) for m in profile.missing]
    return Prose("notices", say("Before you read on"), (), tuple(lines)) if lines else None


ADOPT = {
    "": "The gain is positive and beyond seed noise, and no class loses beyond noise.",
    "cost": (
        "The gain is positive and beyond seed noise, no class loses beyond noise, and the cost "
        "does not rise beyond noise."
    ),
    "masks": (
        "The gain is positive and beyond seed noise, its focus does not fall beyond noise, no "
        "class loses beyond noise, and no class is missed."
    ),
    "masks cost": (
        "The gain is positive and beyond seed noise, its focus does not fall beyond noise, no "
        "class loses beyond noise, no class is missed, and the cost does not rise beyond noise."
    ),
}
CARE = (
    "The gain is positive, but focus falls or a class loses; or there is no gain, but attention "
    "or focus moves, or a class loses, beyond seed noise."
)
MISSED_CLASS = (
    "Also “care”, even where the baselines are no better: a class is missed. That is, corrected "
    "for chance, the strongest cells of its maps lie on the marked regions in fewer than half of "
    "the images, with the whole interval below half."
)
NOTHING = (
    "Nothing is beyond seed noise. This is no proof of no effect: the sentence names the interval "
    "and the smallest gain that this design finds with a power of 80 %."
)
AVOID = {
    "": "The gain is negative and beyond seed noise.",
    "cost": "The gain is negative and beyond seed noise, and nothing is saved beyond it.",
}


def rules(profile: ImpactProfile) -> Prose:
    """Return the rules of the verdicts, with the numbers of this plan."""
    has_masks = any(e.question == "focus" for e in profile.effects)
    cost = "" if profile.costs is None else "cost"
    return Prose(
        "rules",
        say("The rules of the verdicts"),
        (sentences(*_beyond(profile), _least(profile)),),
        (
            ("adopt", say(ADOPT[f"{'masks' if has_masks else ''} {cost}".strip()])),
            (
                "care",
                sentences(say(CARE), say(MISSED_CLASS) if has_masks else "", price.care(profile)),
            ),
            ("no effect seen", say(NOTHING)),
            ("avoid", say(AVOID[cost])),
        ),
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
        "effect as large."
    ),
    True: (
        "p of attention is exact: the share of all ways to relabel whole models, within their "
        "folds, that show an effect as large."
    ),
}
ROUNDS = (
    "Models came in rounds, and p counts every stage: the level is spent round by round. It "
    "supposes about normal noise, alike in all arms. Of questions that no verdict rests on, p is "
    "as if all models had come at once."
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
    if queries.is_moderated(profile) and not profile.rounds:
        return definition, say(MODERATED), say(ATTENTION[folded])
    exact = say(ROUNDS if profile.rounds else EXACT[folded])
    return definition, exact, say(ACROSS["" if profile.costs is None else "cost"])


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
    if least is None or profile.rounds:
        return ""
    p = least_adjusted(least, len(profile.strategies), plan.correction)
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
    "passed": (
        "Control: identity changes no image and nothing came out beyond seed noise{gain}, as it "
        "must."
    ),
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
    differs = any(s.beyond_noise for s in profile.strategies if s.strategy == "identity")
    return say(
        CONTROL["failed" if differs else "passed"],
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
