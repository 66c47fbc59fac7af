"""Facts of what class activation maps tell, and of what they do not."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.records import GainPrediction, ImpactProfile
from cam_augment.statistics.significance import is_significant
from paper import evidence
from paper.evidence import SWEEPS
from paper.formats import Facts, p_value, percent, rho


def learned(condition: Mapping) -> bool:
    """Return whether baselines have learned a mark: without it they lose more than the margin."""
    plan = evidence.document(SHORTCUT)["plan"]
    return _drop(condition) > plan["margins"]["gain"]


def _drop(condition: Mapping) -> float:
    return condition["baseline"]["same"] - condition["baseline"]["none"]


def shortcuts() -> Facts:
    """A mark that was planted: what the profile says of it."""
    document = evidence.document(SHORTCUT)
    conditions = [c for c in document["conditions"] if learned(c)]
    others = [c for c in document["conditions"] if not learned(c)]
    yield "shortcut.learned", f"{len(conditions)}"
    yield "shortcut.baselines", f"{document['plan']['baselines']}"
    yield "shortcut.seeds", f"{document['plan']['seeds']}"
    drops = [_drop(condition) for condition in conditions]
    yield "shortcut.drop.least", f"{100 * min(drops):.0f}"
    yield "shortcut.drop.most", f"{100 * max(drops):.0f}"
    yield "shortcut.seen.least", percent(min(c["baseline"]["same"] for c in conditions), 1)
    yield "shortcut.named", f"{sum(set(c['named']) == {MARKED} for c in conditions)}"
    yield "shortcut.unlearned.named", f"{sum(bool(c['named']) for c in others)}"
    for key, group in (("", conditions), (".unlearned", others)):
        judged = [a for c in group for a in c["arms"] if a["verdict"] not in OF_CONTROLS]
        yield f"shortcut{key}.judged", f"{len(judged)}"
        yield f"shortcut{key}.adopted", f"{sum(a['verdict'] in ADOPTED for a in judged)}"
    yield from _orders(conditions)


def _orders(conditions: Sequence[Mapping]) -> Facts:
    """How scores order strategies by what they keep, and by their accuracy without the mark."""
    strong = [order(c, "focus", KEPT) for c in conditions if c["name"] != "large"]
    yield "shortcut.focus.least", rho(min(value for value, _ in strong))
    yield "shortcut.focus.most", rho(max(value for value, _ in strong))
    yield "shortcut.focus.p", p_value(max(p for _, p in strong))
    large = next(c for c in conditions if c["name"] == "large")
    yield "shortcut.large", rho(order(large, "focus", KEPT)[0])
    yield "shortcut.large.p", p_value(order(large, "focus", KEPT)[1])
    alpha = evidence.document(SHORTCUT)["plan"]["alpha"]
    for key in ("focus", "gain"):
        for truth in (KEPT, WITHOUT):
            values, ps = zip(*(order(c, SCORES[key], truth) for c in conditions), strict=True)
            yield f"shortcut.{key}.{truth}.least", rho(min(values))
            yield f"shortcut.{key}.{truth}.most", rho(max(values))
            yield f"shortcut.{key}.{truth}.beyond", f"{sum(is_significant(p, alpha) for p in ps)}"
    shifts = [order(c, SCORES["shift"], truth) for c in conditions for truth in (KEPT, WITHOUT)]
    yield "shortcut.shift.size", rho(max(abs(value) for value, _ in shifts))
    yield "shortcut.shift.p", p_value(min(p for _, p in shifts))


def order(condition: Mapping, score: str, truth: str) -> tuple[float, float]:
    """Return rho and p of a score with what is true of the strategies."""
    value, p = condition["orders"][score][truth]
    return value, p


SHORTCUT = "truth/shortcut.json"
MARKED = "scratch"
KEPT, WITHOUT = "kept", "none"  # less lost without the mark; the accuracy without it
SCORES = {
    "focus": "focus",
    "gain": "gain in accuracy, as the study sees it",
    "shift": "excess shift by Pearson",
}
OF_CONTROLS, ADOPTED = ("quiet", "not quiet"), ("adopt", "trade-off")


def sweeps() -> Facts:
    """Whether the scores of attention predict the gain."""
    for name, short in SWEEPS.items():
        profile = evidence.study(name)
        scores = {c.score: c for c in profile.correlations}
        shift = scores["excess_shift.pearson"]
        yield f"sweep.{short}.rho", rho(shift.rho)
        yield f"sweep.{short}.mild", rho(shift.rho_mild)
        yield f"sweep.{short}.mild.count", f"{shift.mild}"
        yield f"sweep.{short}.q2", rho(shift.q2)
        yield f"sweep.{short}.q2.p", p_value(shift.q2_p)
        yield f"sweep.{short}.p", p_value(shift.p)
        for key, score in (("kl", "excess_shift.prediction_kl"), ("affinity", "affinity")):
            yield f"sweep.{short}.{key}.q2", rho(scores[score].q2)
            yield f"sweep.{short}.{key}.better.p", p_value(scores[score].error_excess_p)
        yield f"sweep.{short}.share", percent(_destruction(profile))
        for partial in _prediction(name).partials:
            key = "kl" if len(partial.given) == 1 else "cheap"
            yield f"sweep.{short}.given.{key}", rho(partial.rho)
            yield f"sweep.{short}.given.{key}.p", p_value(partial.p)
    first = next(iter(SWEEPS))
    strategies = evidence.study(first).strategies
    judged = [s.strategy for s in strategies if s.rule != "control"]
    yield "sweep.strategies", f"{len(strategies)}"
    yield "sweep.judged", f"{len(judged)}"
    yield "sweep.augmentations", f"{len({label.partition(':')[0] for label in judged})}"
    yield "sweep.families", f"{_prediction(first).families}"
    yield "sweep.models", f"{len(evidence.study(first).models)}"
    yield "sweep.worst", f"{WORST}"


def _prediction(name: str) -> GainPrediction:
    prediction = evidence.study(name).gain_prediction
    if prediction is None:
        raise LookupError(f"results/{name} does not say what predicts the gain")
    return prediction


WORST = 3  # strategies that destroy most


def _destruction(profile: ImpactProfile) -> float:
    """Return the share of the gains' squared deviations that the worst strategies make."""
    gains = np.array([profile.effect(s.strategy, "gain").estimate for s in profile.strategies])
    squares = (gains - gains.mean()) ** 2
    return float(squares[np.argsort(gains)[:WORST]].sum() / squares.sum())


def looks() -> Facts:
    """Whether another way to look would say the same, and whether maps are faithful."""
    profile = evidence.study("looks")
    yield "looks.checks", f"{len(profile.checks)}"
    unfaithful = [f for f in profile.faithful if "centre" not in f.insertion.better]
    yield "looks.unfaithful", f"{len(unfaithful)}"
    tiles = evidence.study("magnetic-tiles")
    yield "looks.tiles", f"{sum('random' not in f.deletion.better for f in tiles.faithful)}"
    yield "looks.tiles.all", f"{len(tiles.faithful)}"
    for faithful in profile.faithful:
        if faithful.look in ("gradcam", "layercam", "eigencam"):
            yield f"looks.alike.{faithful.look}", f"{faithful.alike['all'].estimate:.2f}"
            yield f"looks.chance.{faithful.look}", f"{faithful.chance:.2f}"
