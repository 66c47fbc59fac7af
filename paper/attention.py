"""Facts of what class activation maps tell, and of what they do not."""

from collections.abc import Mapping

import numpy as np

from cam_augment.records import GainPrediction, ImpactProfile
from paper import evidence
from paper.evidence import SWEEPS
from paper.formats import Facts, p_value, percent, rho


def shortcuts() -> Facts:
    """A mark that was planted: what the profile says of it."""
    document = evidence.document("truth/shortcut.json")
    learned = [c for c in document["conditions"] if c["named"]]
    others = [c for c in document["conditions"] if not c["named"]]
    yield "shortcut.learned", f"{len(learned)}"
    yield "shortcut.strategies", f"{len(learned[0]['arms'])}"
    yield "shortcut.baselines", f"{document['plan']['baselines']}"
    yield "shortcut.seeds", f"{document['plan']['seeds']}"
    drops = [c["baseline"]["same"] - c["baseline"]["none"] for c in learned]
    yield "shortcut.drop.least", f"{100 * min(drops):.0f}"
    yield "shortcut.drop.most", f"{100 * max(drops):.0f}"
    seen = [c["baseline"]["same"] for c in learned]
    yield "shortcut.seen.least", percent(min(seen))
    yield "shortcut.named", f"{sum(set(c['named']) == {'scratch'} for c in learned)}"
    yield "shortcut.unlearned", f"{len(others)}"
    adopted = sum(a["verdict"] in ("adopt", "trade-off") for c in learned for a in c["arms"])
    yield "shortcut.adopted", f"{adopted}"
    strong = [_order(c, "focus") for c in learned if c["name"] != "large"]
    yield "shortcut.focus.least", f"{min(rho for rho, _ in strong):.2f}"
    yield "shortcut.focus.most", f"{max(rho for rho, _ in strong):.2f}"
    yield "shortcut.focus.p", f"{max(p for _, p in strong):.3f}"
    large = next(c for c in learned if c["name"] == "large")
    yield "shortcut.large", f"{_order(large, 'focus')[0]:.2f}"
    gains = [_order(c, "gain in accuracy, as the study sees it")[0] for c in learned]
    yield "shortcut.gain.least", f"{min(gains):.2f}"
    yield "shortcut.gain.most", f"{max(gains):.2f}"
    shifts = [abs(_order(c, "excess shift by Pearson")[0]) for c in learned]
    yield "shortcut.shift.most", f"{max(shifts):.2f}"


def _order(condition: Mapping, score: str) -> tuple[float, float]:
    """Return rho and p of a score with the accuracy that is kept without the mark."""
    rho, p = condition["orders"][score]["kept"]
    return rho, p


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
        yield f"sweep.{short}.kl.q2", rho(scores["excess_shift.prediction_kl"].q2)
        yield f"sweep.{short}.affinity.q2", rho(scores["affinity"].q2)
        yield f"sweep.{short}.share", percent(_destruction(profile))
        for partial in _prediction(name).partials:
            key = "kl" if len(partial.given) == 1 else "cheap"
            yield f"sweep.{short}.given.{key}", rho(partial.rho)
            yield f"sweep.{short}.given.{key}.p", p_value(partial.p)
    first = next(iter(SWEEPS))
    yield "sweep.strategies", f"{len(evidence.study(first).strategies)}"
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
