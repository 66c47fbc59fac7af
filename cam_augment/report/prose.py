"""What the report says in sentences: what was studied, the answer, the rules."""

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import look, price, words
from cam_augment.report.parts import Prose
from cam_augment.report.words import count, listing, p_value, percent, points, visible

CORRECTIONS = {"holm": "Holm", "bh": "Benjamini–Hochberg"}


def summary(profile: ImpactProfile) -> Prose:
    """What was studied, and the answer in brief."""
    return Prose(
        "summary",
        f"Impact profile: {profile.plan.name}",
        (_studied(profile), *price.summary(profile)),
        _answer(profile),
    )


def _studied(profile: ImpactProfile) -> str:
    plan = profile.plan
    accuracy = look.baseline_mean(profile)
    judged = (
        f" The baselines' mean test accuracy is {percent(accuracy)}."
        if words.known(accuracy)
        else ""
    )
    return (
        f"{count(len(profile.strategies), 'augmentation strategy', 'augmentation strategies')}, "
        f"{_each(profile)} each, were compared with {count(plan.baselines, 'model')} "
        f"trained without augmentation (the baselines): {_name(plan.dataset)} images, network "
        f"{_name(plan.architecture)}, {count(plan.recipe.epochs, 'epoch')}.{_folds(profile)}"
        f"{judged} Where the networks look was read off {_name(plan.cam)} maps{_probe(profile)}."
    )


def _each(profile: ImpactProfile) -> str:
    given = {stop.models for stop in profile.rounds} or {profile.plan.seeds}
    fewest = f"{min(given)} to " if len(given) > 1 else ""
    return fewest + count(max(given), "model")


def _folds(profile: ImpactProfile) -> str:
    folds = profile.plan.folds
    if folds is None:
        return ""
    return (
        f" Cross-validation: each model was trained without one of {folds} folds of the training "
        "images; the plan gives every arm each fold equally often. Accuracy and maps are taken on "
        "the same images for all."
    )


def _name(choice) -> str:
    return visible(choice.name)


def _probe(profile: ImpactProfile) -> str:
    images, grid = profile.validity.get("images"), profile.validity.get("grid")
    text = f" of {count(images, 'probe image')}" if images else ""
    return text + (f" on a grid of {'×'.join(map(str, grid))} cells" if grid else "")


def _answer(profile: ImpactProfile) -> tuple[tuple[str, str], ...]:
    return tuple(
        (verdict, listing([visible(s.strategy) for s in chosen]))
        for verdict in words.VERDICTS
        if (chosen := [s for s in look.ranked(profile) if s.verdict == verdict])
    )


def notices(profile: ImpactProfile) -> Prose | None:
    """What must be known before anything is believed: warnings and missing runs."""
    lines = [("warning", visible(w)) for w in profile.warnings]
    lines += [("missing", f"{visible(m.run)}: {visible(m.reason)}") for m in profile.missing]
    return Prose("notices", "Before you read on", (), tuple(lines)) if lines else None


def rules(profile: ImpactProfile) -> Prose:
    """The verdicts' rules, with this plan's numbers."""
    alpha = f"{profile.plan.alpha:g}"
    correction = CORRECTIONS[profile.plan.correction]
    masked = any(e.question == "focus" for e in profile.effects)
    focus = ", its focus does not fall beyond noise" if masked else ""
    missed = ", no class is missed" if masked else ""
    missing = (
        " Also “care”, even where the baselines are no better: a class is missed. That is, chance "
        "taken off, the strongest cells of its maps lie on the marked regions in fewer than half "
        "of the images, with the whole interval below half."
        if masked
        else ""
    )
    return Prose(
        "rules",
        "The rules of the verdicts",
        (
            f"“Beyond seed noise” means: p, corrected over the strategies ({correction}), is at "
            f"most {alpha}. {_what_p_is(profile)} The gain in accuracy must also have "
            f"an interval that leaves out zero{price.likewise(profile)}. {_least(profile)}",
        ),
        (
            ("adopt", f"The gain is positive and beyond seed noise{focus}, and no class loses "
                      f"beyond noise{missed}{price.adopt(profile)}."),
            ("care", "The gain is positive, but focus falls or a class loses; or there is no gain, "
                     "but attention or focus moves, or a class loses, beyond seed noise."
                     f"{missing}{price.care(profile)}"),
            ("no effect seen", "Nothing is beyond seed noise. This is no proof of no effect: the "
                               "sentence names the interval and the smallest gain that this design "
                               "finds with a power of 80 %."),
            ("avoid", f"The gain is negative and beyond seed noise{price.avoid(profile)}."),
        ),
    )  # fmt: skip


def _what_p_is(profile: ImpactProfile) -> str:
    if profile.rounds:
        return (
            "Models came in rounds, and p counts every look: the level is spent round by round. It "
            "supposes about normal noise, alike in all arms. Of questions that no verdict rests "
            "on, p is that of relabelled models, as if all had come at once."
        )
    return (
        f"p is exact: the share of all ways to relabel whole models{_blocks(profile)} that show "
        "an effect as large."
    )


def _blocks(profile: ImpactProfile) -> str:
    return "" if profile.plan.folds is None else ", within their folds,"


def _least(profile: ImpactProfile) -> str:
    least, alpha = look.smallest_p(profile), profile.plan.alpha
    if least is None or profile.rounds:
        return ""
    plan = profile.plan
    folds = "" if plan.folds is None else f", in {plan.folds} folds"
    holm = plan.correction == "holm"
    corrected, case = (least * len(profile.strategies), "at worst") if holm else (least, "at best")
    text = (
        f"The least p that this design ({plan.baselines} baselines, {plan.seeds} models per "
        f"strategy{folds}) can reach is {p_value(least)}, after correction {case} "
        f"{p_value(min(1.0, corrected))}"
    )
    return f"{text}: too much to show anything." if corrected > alpha else f"{text}."


def control(profile: ImpactProfile) -> str:
    """Whether the no-op control came out as it must."""
    verdict = look.verdicts(profile).get("identity")
    if verdict is None:
        return "This plan has no no-op control (identity); add it to see whether the test is fair."
    gain = look.effects(profile).get(("identity", "gain"))
    size = f" (gain {points(gain.estimate)} points)" if gain else ""
    if verdict == "no effect seen" or not _differs(profile, "identity"):
        return (
            f"Control: identity changes no image and nothing came out beyond seed noise{size}, as "
            "it must."
        )
    return (
        f"Control failed: identity changes no image but came out as “{verdict}”{size}. "
        f"By chance alone each of its questions does so in {profile.plan.alpha:.0%} of studies at "
        "most; otherwise distrust this page."
    )


def _differs(profile: ImpactProfile, name: str) -> bool:
    """Whether a strategy differs from the baselines beyond noise, as far as that was recorded."""
    return next(s.beyond_noise is not False for s in profile.strategies if s.strategy == name)


def _apart(profile: ImpactProfile) -> str:
    return "seed" if profile.plan.folds is None else "seed and the fold that they left out"


def terms(profile: ImpactProfile) -> Prose:
    """The words of the page."""
    return Prose(
        "terms",
        "The words of this page",
        (),
        (
            ("baseline", f"A model trained without augmentation; the arm “{BASELINE}”."),
            ("seed noise", "How much models differ that differ in nothing but their random "
                           f"{_apart(profile)}. Every effect on this page is measured against it."),
            ("map", "A class activation map: which cells of the image speak for its true class."),
            ("excess shift E", "2C − F − W: how much farther a strategy's maps are from the "
                               "baselines' maps than seeds alone explain. 0 means: not at all."),
            ("spread, entropy, effective area", "How far the attention scatters. Gini: how "
                                                "unevenly it is dealt out (1: all in one cell)."),
            ("focus (lift)", "Attention inside the marked region over that region's share of the "
                             "image; 1 means: no more than chance."),
            ("point", "Percentage point of accuracy: 93.0 % to 93.8 % is a gain of 0.8 points."),
        ),
    )  # fmt: skip
