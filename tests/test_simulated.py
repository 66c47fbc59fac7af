"""Verdicts in known worlds: the aims in short form, and that the simulation is what it says."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.truth import report
from benchmarks.truth.alarms import clopper_pearson
from benchmarks.truth.judged import Design, gone_through
from benchmarks.truth.simulated import (
    DEFAULT,
    ONE,
    Truth,
    adopted_below,
    alarms,
    at_margin,
    held_true,
    measured,
    pairs,
    truth_of,
)
from benchmarks.truth.worlds import draw, names, world

STUDIES, NULLS = 150, 400


def not_refuted(share: float, total: int, aim: float) -> bool:
    """Whether a share in so many does not speak against being at most the aim."""
    return clopper_pearson(round(share * total), total)[0] <= aim


def test_verdicts_reach_their_aims_in_the_default_design():
    result = pairs("M", world(), DEFAULT, STUDIES)
    verdicts = 2 * 9 * STUDIES
    decided = round((1 - result.undecided) * verdicts)
    assert not_refuted(1 - result.right, decided, 0.01)
    assert not_refuted(result.undecided, verdicts, 0.25)
    assert not_refuted(result.against, 9 * STUDIES, 0.01)
    assert result.models < 66  # of 6 + 12 for all
    assert set(result.counts) <= {
        "adopt",
        "trade-off",
        "undecided",
        "no gain worth having",
        "avoid",
    }


AIMS = dict.fromkeys(names(), 0.05) | {"as seen": 0.06, "one arm twice as noisy": 0.06}


@pytest.mark.parametrize(("name", "aim"), AIMS.items())
def test_nothing_is_claimed_of_nothing(name, aim):
    for alarm in alarms(name, world(name), DEFAULT, NULLS):
        assert alarm.low <= aim, alarm


def test_more_stages_leave_less_undecided_and_ask_for_fewer_models_than_all():
    one, two = (pairs("M", world(), design, STUDIES) for design in (ONE, DEFAULT))
    assert two.undecided < one.undecided
    assert 48 == one.models < two.models < 66


def test_a_stopped_strategy_keeps_its_verdict_and_models():
    drawn = draw(world(), 40, 8, 16, 3750, np.random.default_rng(3))
    few, many = (gone_through(drawn, Design(((4, 8), most), 3750)) for most in ((5, 9), (8, 16)))
    stopped = few.models == 4
    assert stopped.any()
    assert (~stopped).any()
    np.testing.assert_array_equal(many.models, np.where(stopped, 4, 8))
    np.testing.assert_array_equal(many.verdict[stopped], few.verdict[stopped])
    assert (many.verdict[~stopped] != few.verdict[~stopped]).any()


def test_claims_are_held_against_the_truth():
    truth = world()
    strategies = len(truth.arms) - 1
    every = np.array([["adopt"] * strategies, ["avoid"] * strategies, ["undecided"] * strategies])
    (adopt, avoid, undecided), are_known = held_true(truth_of(truth), every)
    assert are_known.all()
    flip = truth.arms.index("horizontal_flip") - 1
    noise = truth.arms.index("gaussian_noise") - 1  # a class loses more than two points
    assert not adopt[flip]
    assert not adopt[noise]
    assert adopt.sum() == strategies - 2
    assert (avoid[flip], avoid[noise], avoid.sum()) == (True, True, 2)
    assert undecided.all()


def test_adopted_strategies_of_small_gain_are_counted_where_the_truth_is_known():
    least, most = np.array([0.001, 0.004, 0.006, -0.01]), np.array([0.003, 0.006, 0.01, 0.0])
    truth = Truth((least, most), (np.zeros(4), np.zeros(4)))
    verdicts = np.array([["adopt", "adopt", "adopt", "avoid"],
                         ["undecided", "adopt", "adopt", "adopt"]])  # fmt: skip
    assert adopted_below(truth, verdicts) == (2, 4)


def test_studies_are_drawn_as_the_world_says():
    truth = replace(world("as seen"), image_sd=np.zeros(11 - 1))
    drawn = draw(truth, 400, 4, 8, 2500, np.random.default_rng(4))
    accuracy = drawn.arms.mean(axis=2)
    sd = np.sqrt(accuracy.var(axis=2, ddof=1).mean(axis=0))
    np.testing.assert_allclose(sd, truth.sd[1:], rtol=0.1)
    gain = accuracy.mean(axis=(0, 2)) - drawn.baselines.mean()
    np.testing.assert_allclose(gain, truth.gain, atol=0.0006)
    recalls = drawn.baselines * 250
    np.testing.assert_allclose(recalls, recalls.round(), atol=1e-9)
    margin = at_margin(truth)
    assert margin.effect.mean() == 0
    assert set(margin.effect.ravel()) == {-0.02, 0.02}


def test_the_files_hold_every_design_and_world():
    files = report.of_simulated(*measured(quick=True))
    assert set(files) == {"simulated.json", "simulated.md", "simulated.csv"}
    text = files["simulated.md"].decode()
    assert all(f"| {name} |" in text for name in names())
    assert "4+8, then 6+12, then 8+16" in text
