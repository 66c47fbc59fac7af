"""Facts of worlds in which it is known whether verdicts are right."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import binomtest

from paper import evidence
from paper.evidence import SINGLE, STAGED, TEST_IMAGES
from paper.formats import Facts, count, percent, points


def verdicts() -> Facts:
    """Verdicts where the truth is known, of simulated and of trained models."""
    simulated = evidence.document("truth/simulated.json")
    yield "truth.pairs", count(simulated["verdicts"][0]["studies"])
    yield "truth.null", count(simulated["alarms"][0]["studies"])
    yield from _staging()
    least, most = _range_of_alarms("simulated", "gain", STAGED)
    yield "truth.gain.least", percent(least, 1)
    yield "truth.gain.most", percent(most, 1)
    least, most = _range_of_alarms("simulated", "gain, relabelled", "4+8")
    yield "truth.relabelled.least", percent(least)
    yield "truth.relabelled.most", percent(most)
    least, most = _range_of_alarms("trained", "gain", STAGED)
    yield "truth.trained.least", percent(least, 1)
    yield "truth.trained.most", percent(most, 1)
    _, most = _range_of_alarms("simulated", "class at its margin", "4+8")
    yield "truth.class.most", percent(most, 1)
    for source, world in (("simulated", "M"), ("trained", "trained")):
        row = verdicts_of(source, world, STAGED)
        yield f"truth.{source}.right", percent(float(row["claims right"]), 1)
        yield f"truth.{source}.undecided", percent(float(row["undecided"]))
        yield f"truth.{source}.against", percent(float(row["adopt against"]), 1)
        yield f"truth.{source}.models", f"{float(row['models, mean']):.0f}"
        yield f"truth.{source}.unknown", percent(float(row["not known"]))
        yield f"truth.{source}.below", percent(float(row["adopts below margin"]))
    single = verdicts_of("simulated", "M", "4+8")
    yield "truth.single.undecided", percent(float(single["undecided"]))
    yield "truth.single.alike", percent(float(single["alike"]))
    three = verdicts_of("simulated", "M", "4+8, then 6+12, then 8+16")
    yield "truth.three.undecided", percent(float(three["undecided"]))
    yield "truth.three.alike", percent(float(three["alike"]))
    yield "truth.staged.alike", percent(float(verdicts_of("simulated", "M", STAGED)["alike"]))
    yield (
        "truth.noisy.undecided",
        percent(float(verdicts_of("simulated", "all noisier", STAGED)["undecided"])),
    )
    yield (
        "truth.noisy.right",
        percent(float(verdicts_of("simulated", "all noisier", STAGED)["claims right"]), 1),
    )
    right = [float(row["claims right"]) for row in evidence.rows("truth/simulated.csv")]
    yield "truth.right.least", percent(min(right), 1)
    many = evidence.row_where(
        "truth/simulated.csv",
        {"world": "M", "models, by stage": "4+8", "test images": "10000"},
    )
    yield "truth.images", count(int(many["test images"]))
    yield "truth.images.undecided", percent(float(many["undecided"]))
    models = evidence.document("truth/trained.json")
    yield "truth.trained.pairs", count(models["verdicts"][0]["studies"])
    yield "truth.trained.baselines", f"{models['plan']['baselines']}"
    yield "truth.trained.seeds", f"{models['plan']['seeds']}"
    arms = len(models["plan"]["strategies"])
    yield "truth.trained.total", f"{models['plan']['baselines'] + arms * models['plan']['seeds']}"
    seen = next(
        a
        for a in simulated["alarms"]
        if (a["world"], a["design"], a["question"]) == ("as seen", "4+8", "gain")
    )
    yield "truth.seen", percent(seen["alarms"] / seen["studies"], 1)


def _staging() -> Facts:
    """What stages give and take, against a single stage of as many models."""
    for source, world in (("simulated", "M"), ("trained", "trained")):
        row = verdicts_of(source, world, SINGLE)
        yield f"truth.{source}.whole.undecided", percent(float(row["undecided"]))
        yield f"truth.{source}.whole.models", f"{float(row['models, mean']):.0f}"
    least, most = _range_of_alarms("trained", "gain", SINGLE)
    yield "truth.trained.whole.least", percent(least, 1)
    yield "truth.trained.whole.most", percent(most, 1)


def verdicts_of(source: str, world: str, stages: str) -> Mapping[str, str]:
    """Return how verdicts of one design in one world fare."""
    wanted = {"world": world, "models, by stage": stages, "test images": TEST_IMAGES}
    return evidence.row_where(f"truth/{source}.csv", wanted)


def _range_of_alarms(source: str, question: str, stages: str) -> tuple[float, float]:
    shares = [
        alarm["alarms"] / alarm["studies"]
        for alarm in evidence.document(f"truth/{source}.json")["alarms"]
        if alarm["question"] == question and alarm["design"] == stages
    ]
    return min(shares), max(shares)


def _passing(studies: int, level: float) -> list[int]:
    """Return which numbers of alarms have the level in their exact interval of 95 %."""
    intervals = [binomtest(n, studies).proportion_ci(0.95, "exact") for n in range(studies + 1)]
    return [n for n, interval in enumerate(intervals) if interval.low <= level <= interval.high]


def processors() -> Facts:
    """The same seeds under other kernels, and on other processors."""
    columns = evidence.document("truth/processors.json")["columns"]
    gains = np.array([list(column["gains"].values()) for column in columns])
    verdicts = [tuple(column["verdicts"].values()) for column in columns]
    names = sorted({column["processor"] for column in columns})
    yield "processors.ways", f"{len(columns)}"
    yield "processors.number", f"{len(names)}"
    yield "processors.strategies", f"{gains.shape[1]}"
    yield "processors.same", f"{sum(len(set(given)) == 1 for given in zip(*verdicts, strict=True))}"
    yield "processors.differ", points(np.ptp(gains, axis=0).max(), sign=False, digits=1)


def alarms() -> Facts:
    """Forty studies of nothing, trained."""
    rows = evidence.rows("truth/alarms.csv")
    yield "alarms.studies", rows[0]["studies"]
    yield "alarms.questions", f"{len(rows)}"
    studies, level = int(rows[0]["studies"]), evidence.study("quickstart").plan.alpha
    yield "alarms.pass.most", f"{max(_passing(studies, level))}"
    yield "alarms.pass.least", f"{min(_passing(studies, level))}"
    yield "alarms.inside", f"{sum(row['0.05 inside'] == 'yes' for row in rows)}"
    gain = evidence.row("truth/alarms.csv", question="gain")
    yield "alarms.gain", gain["p <= 0.05"]
    shift = evidence.row("truth/alarms.csv", question="excess shift by Pearson")
    yield "alarms.shift", shift["p <= 0.05"]
