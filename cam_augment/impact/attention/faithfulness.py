"""Are the maps faithful to the models? Deletion, insertion and fresh weights, over baselines."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.scalars import finite_or_none
from cam_augment.plan import BASELINE, Check
from cam_augment.questions import OWN, Answers
from cam_augment.questions.faithfulness import ORDERS, chosen_of
from cam_augment.records import Estimate, Faithfulness, Notice, Removal
from cam_augment.registry import CAMS
from cam_augment.statistics import mean_interval
from cam_augment.statistics.significance import side

SIGN = {"deletion": -1, "insertion": 1}  # of a map that is better than another order
LEAST_MODELS = 2


def faithful_of(arms: Arms, check: Check | None, answers: Answers) -> Faithfulness | None:
    """Return what the baselines' answers say of one look; None where fewer than two have any.

    Args:
        check: the look; None is the plan's own.
    """
    plan, about = (arms.plan.under(check), check.label) if check else (arms.plan, OWN)
    tests = arms.answers(BASELINE, answers.get("faithfulness", {}).get(about, {}))
    tests = [test for test in tests if np.isfinite(test["deletion"]).any()]
    if len(tests) < LEAST_MODELS:
        return None
    together = {name: np.array([test[name] for test in tests]) for name in tests[0]}
    maps = answers["maps"][about]
    stacks = [maps[fit.run.key]().values for fit in arms.baselines[:2]]
    fresh = {part: together[part] for part in ("last", "all")}
    return Faithfulness(
        look=check.label if check else plan.cam.label(CAMS),
        own=check is None,
        targeted=CAMS[plan.cam.name].targeted,
        grid=stacks[0].shape[1:],
        models=len(tests),
        images=int(np.isfinite(together["deletion"]).any(axis=(0, 1)).sum()),
        deletion=_removal("deletion", together, arms),
        insertion=_removal("insertion", together, arms),
        alike={part: _estimate(values, arms) for part, values in fresh.items()},
        alike_share={part: float(np.isfinite(values).mean()) for part, values in fresh.items()},
        chance=finite_or_none(scoring.chance("pearson", stacks, clusters=arms.probe_clusters)),
    )


def _removal(name: str, together: Mapping[str, np.ndarray], arms: Arms) -> Removal:
    scores = dict(zip(ORDERS, np.moveaxis(together[name], 1, 0), strict=True))
    curves = np.nanmean(together[f"{name}_curve"], axis=2)
    against = {
        order: _estimate(scores["map"] - scores[order], arms) for order in ("centre", "random")
    }
    return Removal(
        score={order: _estimate(values, arms).estimate for order, values in scores.items()},
        against=against,
        better=_on_side(against, SIGN[name]),
        worse=_on_side(against, -SIGN[name]),
        curve=_lines(curves.mean(axis=0)),
        low=_lines(curves.min(axis=0)),
        high=_lines(curves.max(axis=0)),
    )


def _lines(curves: np.ndarray) -> dict[str, tuple[float | None, ...]]:
    return {
        order: tuple(map(finite_or_none, curve))
        for order, curve in zip(ORDERS, curves, strict=True)
    }


def _on_side(against: Mapping[str, Estimate], sign: int) -> tuple[str, ...]:
    """Return the orders from which the map's difference, its whole interval, has a sign."""
    return tuple(
        order for order, estimate in against.items() if side(estimate.low, estimate.high) == sign
    )


def _estimate(values: np.ndarray, arms: Arms) -> Estimate:
    """Return the mean over models of their means over images [model, image], with interval."""
    values = values[np.isfinite(values).any(axis=1)]
    if not len(values):
        return Estimate()
    clusters = arms.probe_clusters
    if clusters is not None:
        clusters = clusters[chosen_of(arms.data.probe)]
    low, high = mean_interval(values, arms.plan.alpha, arms.plan.bootstrap, 0, clusters)
    mean = np.nanmean(values, axis=1).mean()
    return Estimate(
        estimate=finite_or_none(mean), low=finite_or_none(low), high=finite_or_none(high)
    )


def unfaithful(faithful: Sequence[Faithfulness]) -> list[Notice]:
    """Return notices of looks whose maps say no more than chance or the middle, or of no model."""
    notices = []
    for look in faithful:
        notices += _no_better_than_chance(look)
        notices += _no_better_than_the_middle(look)
        if look.shows_image:
            alike = look.alike["all"].estimate
            notices.append(Notice.of("maps.show_the_image", look=look.look, r=alike))
    return notices


def _no_better_than_chance(look: Faithfulness) -> list[Notice]:
    return [
        Notice.of("maps.no_better_than_random", look=look.look, test=name)
        for name in SIGN
        if "random" not in getattr(look, name).better
    ]


def _no_better_than_the_middle(look: Faithfulness) -> list[Notice]:
    """Where one test is for the maps and the other for the middle, the latter is named."""
    if not any("centre" in getattr(look, name).better for name in SIGN):
        return [Notice.of("maps.no_better_than_centre", look=look.look)]
    return [
        Notice.of("maps.worse_than_centre", look=look.look, test=name)
        for name in SIGN
        if "centre" in getattr(look, name).worse
    ]
