"""What several parts of the report need to know of a profile, each answered once."""

from dataclasses import replace

from cam_augment.plan import BASELINE
from cam_augment.records import Correlation, Faithfulness, ImpactProfile, StrategyProfile
from cam_augment.records.effects import OF_ONE_FACTOR, is_of_factors
from cam_augment.registry import METRICS
from cam_augment.report import naming, words
from cam_augment.report.language import say
from cam_augment.statistics.scoring import COST, REPORTED, SCORES, repeats_the_gain

_ORDER = (
    ("adopt",),
    ("trade-off", "care"),
    ("undecided", "no effect seen"),
    ("no gain worth having",),
    ("avoid",),
    ("quiet", "not quiet"),
)
_RANK = {verdict: rank for rank, verdicts in enumerate(_ORDER) for verdict in verdicts}


def primary(profile: ImpactProfile) -> str:
    """Return the question that decides on attention, e.g. ``excess_shift.pearson``."""
    return profile.plan.primary_question


def questions(profile: ImpactProfile) -> list[str]:
    """Return the questions in the order in which they are read, the primary shift first."""
    names = dict.fromkeys(e.question for e in profile.effects)
    order = ["gain", *(f"gain_{name}" for name in REPORTED.values()), "gain_cost", "robustness"]
    order += ["excess_shift.prediction_kl", primary(profile)]
    order += [q for q in names if q.startswith("excess_shift.")]
    order += [m.name for kind in ("map", "mask", "product") for m in METRICS.in_order()
              if m.compares == kind]  # fmt: skip
    order += naming.QUESTIONS
    return [q for q in dict.fromkeys([*order, *names]) if q in names]


def at_a_glance(profile: ImpactProfile) -> list[str]:
    """Return the questions less those that ask for the gain again, in another score.

    What is told by factors, by families of corruptions, or from frame to frame, is shown by itself.
    """
    return [
        q
        for q in questions(profile)
        if not repeats_the_gain(q, profile.plan.gain)
        and not is_of_factors(q)
        and not q.startswith(naming.OF_FAMILY)
        and q not in naming.FROM_FRAME_TO_FRAME
    ]


def question(profile: ImpactProfile, name: str) -> naming.Question:
    """Return the words for an effect: a gain in the unit of the score that decides, a factor by
    the plan's name for it."""
    if name.startswith(OF_ONE_FACTOR):
        return naming.of_factor(factors(profile)[int(name.removeprefix(OF_ONE_FACTOR)) - 1])
    if name != "gain":
        return naming.question(name)
    unit = naming.gain(profile.plan.gain)
    return replace(naming.question(name), unit=unit.unit, scale=unit.scale, digits=unit.digits)


def factors(profile: ImpactProfile) -> list[str]:
    """Return what the factors are called, by the plan or by their numbers."""
    record = profile.concepts
    names = [factor.name for factor in record.factors] if record else []
    return [
        words.visible(name) if name else naming.factor(place)
        for place, name in enumerate(names, start=1)
    ]


def rank(strategy: StrategyProfile) -> int:
    """Return the place of a strategy's verdict, 0 the best."""
    return _RANK[strategy.conclusion]


def ranked(profile: ImpactProfile) -> list[StrategyProfile]:
    """Return the profiles of the strategies, best verdict first, then by gain."""

    def place(strategy: StrategyProfile) -> tuple[int, float]:
        return rank(strategy), -_gain(profile, strategy.strategy)

    return sorted(profile.strategies, key=place)


def _gain(profile: ImpactProfile, strategy: str) -> float:
    """Return a strategy's gain, for an order; 0 where there is none."""
    estimate = profile.effect(strategy, "gain").estimate
    return estimate if words.is_known(estimate) else 0.0


def of_map(faithful: Faithfulness) -> str:
    """Return the name of a look, with a note where it is that of the plan."""
    return say("{look} (the plan's own)", look=faithful.look) if faithful.own else faithful.look


def verdicts(profile: ImpactProfile) -> dict[str, str]:
    """Return each strategy's verdict, an old one where there is no other."""
    return {s.strategy: s.conclusion for s in profile.strategies}


def score(profile: ImpactProfile) -> str:
    """Return the name of the score whose gain decides."""
    return naming.score(profile.plan.gain)


def score_value(profile: ImpactProfile, value: float | None) -> str:
    """Return a value of the score that decides as it is written."""
    return words.amount(value) if profile.plan.gain == COST else words.percent(value)


def gains_of_runs(profile: ImpactProfile, arm: str) -> list[float]:
    """Return each run's gain on the baselines' mean, in the unit of the effect."""
    before, name = mean(profile, profile.plan.gain), profile.plan.gain
    if before is None:
        return []
    unit = (before or 1.0) if name == COST else 1.0
    sign = SCORES[name.partition(":")[0]].sign
    runs = profile.points.get(name, {}).get(arm, ())
    return [sign * (value - before) / unit for value in runs if words.is_known(value)]


def controls(profile: ImpactProfile) -> int:
    """Return how many of the strategies are controls."""
    return len(profile.plan.controls & {s.strategy for s in profile.strategies})


def baselines(profile: ImpactProfile) -> int:
    """Return how many baselines there are in the end, all stages together."""
    planned = max((stop.baselines for stop in profile.stages), default=profile.plan.baselines)
    return profile.models.count(BASELINE) or planned


def planned_models(profile: ImpactProfile, strategy: str) -> int:
    """Return how many models the plan gives a strategy up to the last stage it took part in."""
    stops = (stop.models for stop in profile.stages if stop.strategy == strategy)
    return next(stops, profile.plan.seeds)


def noise(profile: ImpactProfile) -> str:
    """Return what baselines differ in: ``seeds``, or with cross-validation ``seeds and folds``."""
    return say("seeds") if profile.plan.folds is None else say("seeds and folds")


def scores(profile: ImpactProfile) -> list[Correlation]:
    """Return the scores against the gain, best predictor first."""

    def place(score: Correlation) -> float:
        return -score.q2 if words.is_known(score.q2) else float("inf")

    return sorted(profile.correlations, key=place)


def is_moderated(profile: ImpactProfile) -> bool:
    """Return whether numbers of every run were tested with variances moderated over arms."""
    return any(effect.relabelling_p is not None for effect in profile.effects)


def stage_alphas(profile: ImpactProfile) -> list[float]:
    """Return the levels at which strategies were judged, of the first stage first."""
    last = max((stop.stage for stop in profile.stages), default=1)
    return [stage.alpha for stage in profile.plan.stages[:last]]


def alpha(profile: ImpactProfile) -> str:
    """Return the level of claims; in stages, from that of the first to that of the last."""
    first, *_, last = [f"{alpha:g}" for alpha in 2 * stage_alphas(profile)]
    return first if first == last else say("{least} to {most}", least=first, most=last)


def level(profile: ImpactProfile) -> str:
    """Return the level of intervals; in stages, from that of the first to that of the last."""
    least, most = _level(profile, 0), last_level(profile)
    return least if least == most else say("{least} to {most}", least=least, most=most)


def last_level(profile: ImpactProfile) -> str:
    """Return the level of what is judged once, after the last stage."""
    return _level(profile, -1)


def _level(profile: ImpactProfile, place: int) -> str:
    return words.percent(1 - stage_alphas(profile)[place], 2 if profile.plan.more_models else 0)


def interval(profile: ImpactProfile) -> str:
    """Return what the intervals of numbers of every run are called."""
    return say(
        "deciding interval" if is_moderated(profile) else "{level} interval",
        level=level(profile),
    )


def test(profile: ImpactProfile) -> str:
    """Return how numbers of every run were tested."""
    return say(
        "Student's t with variances moderated over all arms"
        if is_moderated(profile)
        else "exact relabelling of whole models"
    )


def floor(profile: ImpactProfile) -> float | None:
    """Return F, the mean distance between two baselines."""
    return next((s.floor for s in profile.strategies if words.is_known(s.floor)), None)


def smallest_p(profile: ImpactProfile) -> float | None:
    """Return the least p, not corrected, that the design can reach."""
    values = [e.smallest_p for e in profile.effects if words.is_known(e.smallest_p)]
    return min(values) if values else None


def mean(profile: ImpactProfile, scalar: str = "accuracy", arm: str = BASELINE) -> float | None:
    """Return the mean of a scalar over the models of an arm."""
    values = [v for v in profile.points.get(scalar, {}).get(arm, ()) if words.is_known(v)]
    return sum(values) / len(values) if values else None


def tree_order(profile: ImpactProfile) -> list[str]:
    """Return the strategies so that similar profiles are neighbours, high gains first."""
    names = [s.strategy for s in profile.strategies]
    if len(profile.linkage) != len(names) - 1:
        return [s.strategy for s in sorted(ranked(profile), key=lambda s: s.group or 0)]

    def loss(cluster: list[str]) -> float:
        return -sum(_gain(profile, name) for name in cluster) / len(cluster)

    clusters = [[name] for name in names]
    for first, second, *_ in profile.linkage:
        pair = sorted([clusters[int(first)], clusters[int(second)]], key=loss)
        clusters.append(pair[0] + pair[1])
    return clusters[-1]


def maps_pass(profile: ImpactProfile) -> bool | None:
    """Return whether the plan's own maps tell more than random cells; None: not asked."""
    looks = [look for look in profile.faithful if look.own]
    return all("random" in look.deletion.better for look in looks) if looks else None
