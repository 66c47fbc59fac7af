"""Paragraphs of a report: what was studied, the answer, warnings, and the words used."""

from cam_augment.plan import BASELINE, Choice
from cam_augment.records import ImpactProfile
from cam_augment.report import price, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Prose
from cam_augment.report.sentences import notice
from cam_augment.report.words import count, listing, percent, visible
from cam_augment.statistics import scoring


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
    comparison = say(
        "{strategies}, {models} each, were compared with {baselines} trained without augmentation "
        "(the baselines): {dataset} images, network {architecture}, {epochs}.",
        strategies=_strategies(profile),
        models=_models_per_strategy(profile),
        baselines=count(queries.baselines(profile), "model"),
        dataset=_name(plan.dataset),
        architecture=_name(plan.architecture),
        epochs=count(plan.recipe.epochs, "epoch"),
    )
    return sentences(
        comparison,
        _folds(profile),
        accuracy_sentence,
        _deciding(profile),
        _test_groups(profile),
        _finite_test(profile),
        _maps(profile),
    )


def _strategies(profile: ImpactProfile) -> str:
    """Return how many strategies were compared, the controls apart."""
    controls = queries.controls(profile)
    others = count(
        len(profile.strategies) - controls, "augmentation strategy", "augmentation strategies"
    )
    if not controls:
        return others
    return say(
        "{strategies} and {controls}",
        strategies=others,
        controls=count(controls, "control", "controls"),
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


def _test_groups(profile: ImpactProfile) -> str:
    if profile.test_groups is None:
        return ""
    return say(
        "Test images of one group count together in every interval: they are {groups}.",
        groups=count(profile.test_groups, "group"),
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
