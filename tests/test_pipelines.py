"""Strategies in one pipeline: what may stand there together, and what is to be tested so."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.impact.verdicts import Findings, _together
from cam_augment.plan import BASELINE, Strategy
from cam_augment.plan.pipelines import compatible, compose, largest_pipeline
from cam_augment.records import Effect
from cam_augment.records.claims import Judgement
from tests.arms import arms_of

NAMES = ("rotation", "rotation:30", "rotation+zoom", "zoom", "mixup", "cutmix", "trivial_augment",
         "rand_augment", "l2", "dropout", "random_erasing")  # fmt: skip


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_the_largest_pipeline_leaves_out_what_clashes_alone(names):
    strategies = [Strategy.parse(name) for name in names]
    pipeline = largest_pipeline(strategies)
    assert pipeline[0] == strategies[0]
    fit, places = compatible(strategies), [strategies.index(one) for one in pipeline]
    assert all(fit[i, j] for i in places for j in places if i != j)
    for place in set(range(len(names))) - set(places):
        assert any(not fit[place, other] for other in places if other < place)
    label = compose(pipeline).label
    assert Strategy.parse(label).label == label


def test_two_that_would_do_the_same_do_not_stand_together():
    fit = compatible([Strategy.parse(name) for name in NAMES])
    clashes = {(NAMES[i], NAMES[j]) for i, j in np.argwhere(~fit) if i < j}
    assert clashes == {
        ("rotation", "rotation:30"), ("rotation", "rotation+zoom"),
        ("rotation:30", "rotation+zoom"), ("rotation+zoom", "zoom"),
        ("mixup", "cutmix"), ("trivial_augment", "rand_augment"),
    }  # fmt: skip


def test_strategies_are_to_be_tested_together_where_they_may_stand_together():
    """Two magnitudes of one strategy, or two policies, are no pipeline: the better one is meant."""
    gains = {"rotation": 0.01, "rotation:30": 0.02, "zoom": 0.005, "mixup": 0.03, "cutmix": 0.04}
    labels = np.arange(20) % 2
    logits = {name: np.eye(2)[np.stack([labels] * 2)] for name in (BASELINE, *gains)}
    effects = tuple(Effect(strategy=name, question="gain", estimate=g) for name, g in gains.items())
    findings = Findings(arms_of(logits, labels), effects, None)
    adopted = dict.fromkeys(gains, Judgement("adopt", "gain", ()))
    by_strategy = dict.fromkeys(gains, findings)
    assert _together(by_strategy, adopted) == {"rotation:30", "zoom", "cutmix"}
    adopted["cutmix"] = Judgement("avoid", "loss", ())
    assert _together(by_strategy, adopted) == {"rotation:30", "zoom", "mixup"}
