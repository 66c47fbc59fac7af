"""Questions asked of a profile by several parts of the report, answered once."""

from cam_augment.plan import BASELINE
from cam_augment.records import Correlation, Effect, Faithful, ImpactProfile
from cam_augment.registry import METRICS
from cam_augment.report import words
from cam_augment.report.language import say

_RANK = {"adopt": 0, "care": 1, "no effect seen": 2, "avoid": 3}


def primary(profile: ImpactProfile) -> str:
    """Return the question that decides on attention, e.g. ``excess_shift.pearson``."""
    return profile.plan.primary_question


def effects(profile: ImpactProfile) -> dict[tuple[str, str], Effect]:
    """Return the effects by strategy and question."""
    return {(e.strategy, e.question): e for e in profile.effects}


def questions(profile: ImpactProfile) -> list[str]:
    """Return the questions in the order in which they are read, the primary shift first."""
    asked = dict.fromkeys(e.question for e in profile.effects)
    order = ["gain", "gain_macro_f1", "gain_balanced_accuracy", "gain_cost"]
    order += ["excess_shift.prediction_kl", primary(profile)]
    order += [q for q in asked if q.startswith("excess_shift.")]
    order += [m.name for kind in ("map", "mask", "product") for m in METRICS.in_order()
              if m.compares == kind]  # fmt: skip
    order += words.QUESTIONS
    return [q for q in dict.fromkeys([*order, *asked]) if q in asked]


def ranked(profile: ImpactProfile) -> list:
    """Return the strategies' profiles, best verdict first, then by gain."""
    found = effects(profile)

    def place(each):
        effect = found.get((each.strategy, "gain"))
        gain = effect.estimate if effect and words.known(effect.estimate) else 0.0
        return _RANK[each.verdict], -gain

    return sorted(profile.strategies, key=place)


def of_map(each: Faithful) -> str:
    """Return the name of a look at the maps; the plan's own says so."""
    return say("{look} (the plan's own)", look=each.look) if each.own else each.look


def verdicts(profile: ImpactProfile) -> dict[str, str]:
    """Return each strategy's verdict."""
    return {s.strategy: s.verdict for s in profile.strategies}


def beyond(effect: Effect | None) -> bool:
    """Return whether there is an effect, and it is beyond seed noise."""
    return effect is not None and effect.beyond_noise


def noise(profile: ImpactProfile) -> str:
    """Return what baselines differ in: ``seeds``, with cross-validation ``seeds and folds``."""
    return say("seeds") if profile.plan.folds is None else say("seeds and folds")


def scores(profile: ImpactProfile) -> list[Correlation]:
    """Return the scores against the gain, those first that predict it best."""

    def place(each: Correlation) -> float:
        return -each.q2 if words.known(each.q2) else float("inf")

    return sorted(profile.correlations, key=place)


def floor(profile: ImpactProfile) -> float | None:
    """Return F, the mean distance between two baselines."""
    values = [s.floor for s in profile.strategies if words.known(s.floor)]
    return values[0] if values else None


def smallest_p(profile: ImpactProfile) -> float | None:
    """Return the least unadjusted p that the design can reach."""
    values = [e.smallest_p for e in profile.effects if words.known(e.smallest_p)]
    return min(values) if values else None


def baseline_mean(profile: ImpactProfile, scalar: str = "accuracy") -> float | None:
    """Return the mean over the baselines of one scalar."""
    values = [v for v in profile.points.get(scalar, {}).get(BASELINE, ()) if words.known(v)]
    return sum(values) / len(values) if values else None


def tree_order(profile: ImpactProfile) -> list[str]:
    """Return the strategies so that similar profiles are neighbours, gains high first."""
    names = [s.strategy for s in profile.strategies]
    if len(profile.linkage) != len(names) - 1:
        return [s.strategy for s in sorted(ranked(profile), key=lambda s: s.group or 0)]
    found = effects(profile)

    def gain(name: str) -> float:
        effect = found.get((name, "gain"))
        return effect.estimate if effect and words.known(effect.estimate) else 0.0

    clusters = [[name] for name in names]
    for left, right, *_ in profile.linkage:
        pair = [clusters[int(left)], clusters[int(right)]]
        pair.sort(key=lambda cluster: -sum(map(gain, cluster)) / len(cluster))
        clusters.append(pair[0] + pair[1])
    return clusters[-1]
