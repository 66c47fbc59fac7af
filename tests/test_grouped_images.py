"""Images that were chosen together count together: exposures of a part say no more than one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention.checks import agreement
from cam_augment.impact.attention.within import within_strategies
from cam_augment.impact.claims import claims_of, gain_tests, outlook_of
from cam_augment.impact.judging import judge, next_step
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.predictions.league import league_of
from cam_augment.impact.scored import all_scored
from cam_augment.plan import BASELINE
from cam_augment.records import Split
from cam_augment.records.tiles import Tiles
from cam_augment.statistics import finite_test_variance
from cam_augment.statistics.resampling import resample
from cam_augment.statistics.scoring import COST, RECALL, SCORES
from tests.arms import arms_of

LABELS = np.repeat([0, 1], [40, 20])
SIZES = {BASELINE: 6, "rotation": 4, "zoom": 4}
COPIES = 3


def study(copies: int, grouped: bool):
    """The same models on each image once, or on copies of it that are a group, or are not."""
    rng = np.random.default_rng(0)
    skill = {BASELINE: 0.8, "rotation": 2.0, "zoom": 0.7}
    hard = rng.normal(0, 1, (len(LABELS), 2))
    logits = {
        label: rng.normal(size=(n, len(LABELS), 2)) + hard + skill[label] * np.eye(2)[LABELS]
        for label, n in SIZES.items()
    }
    maps = {label: rng.random((n, len(LABELS), 4, 4), np.float32) for label, n in SIZES.items()}
    image = np.repeat(np.arange(len(LABELS)), copies)
    return arms_of(
        {label: of_arm[:, image] for label, of_arm in logits.items()},
        LABELS[image],
        maps={label: of_arm[:, image] for label, of_arm in maps.items()},
        groups=image if grouped else None,
    )


ONCE, TOGETHER, SINGLY = study(1, False), study(COPIES, True), study(COPIES, False)
MEASURED = [{RECALL: f"{RECALL}:0.1"}.get(name, name) for name in SCORES if name != COST]


@pytest.mark.parametrize("name", MEASURED)
def test_copies_of_images_change_no_interval_of_a_score(name):
    once, together, singly = (
        moderated_effects(arms, "gain", all_scored(arms, [name])[name])
        for arms in (ONCE, TOGETHER, SINGLY)
    )
    widths = np.zeros(2)
    for first, second, third in zip(once, together, singly, strict=True):
        assert second.estimate == pytest.approx(first.estimate)
        assert (second.low, second.high) == pytest.approx((first.low, first.high), rel=0.02)
        widths += (second.high - second.low, third.high - third.low)
    assert widths[1] < widths[0]


def test_claims_of_classes_and_ranks_heed_groups():
    once, together = (gain_tests(arms) for arms in (ONCE, TOGETHER))
    np.testing.assert_allclose(together.classes.variance, once.classes.variance)
    ranks = [
        league_of(arms, all_scored(arms, ["accuracy"])["accuracy"]) for arms in (ONCE, TOGETHER)
    ]
    for first, second in zip(ranks[0].pairs, ranks[1].pairs, strict=True):
        assert (second.low, second.high) == pytest.approx((first.low, first.high))


def test_what_the_finite_test_set_does_to_seeds_is_that_of_groups():
    parts = [
        finite_test_variance(arms.right(BASELINE), arms.test_clusters)
        for arms in (ONCE, TOGETHER, SINGLY)
    ]
    assert parts[1] == pytest.approx(parts[0])
    assert parts[2] == pytest.approx(parts[0] / COPIES)


def test_the_order_of_strategies_and_the_relation_within_them_heed_groups():
    rng = np.random.default_rng(1)
    first = rng.normal(size=(9, 40)) + np.arange(9)[:, None] / 20
    second = first + rng.normal(size=first.shape)
    copies = [np.repeat(each, COPIES, axis=1) for each in (first, second)]
    once = agreement(first, second, 500, 0.05)
    clusters = np.repeat(np.arange(40), COPIES)
    assert agreement(*copies, 500, 0.05, clusters=clusters) == pytest.approx(once)
    assert np.ptp(agreement(*copies, 500, 0.05)[1:]) < np.ptp(once[1:])


def test_the_relation_within_a_strategy_heeds_groups():
    rng = np.random.default_rng(2)
    distance = rng.random((10, 10, len(LABELS)))
    distance = distance + distance.transpose(1, 0, 2)
    widths = []
    for arms, copies in ((ONCE, 1), (TOGETHER, COPIES), (SINGLY, COPIES)):
        (answer,) = within_strategies(arms, {"rotation": np.repeat(distance, copies, axis=2)})
        widths.append((answer.low, answer.high))
    assert widths[1] == pytest.approx(widths[0], rel=0.01)  # ties
    assert np.ptp(widths[2]) < np.ptp(widths[1])


@pytest.mark.parametrize("sizes", [[3] * 6, [1, 2, 3, 7, 5], [1] * 7, [9, 1, 2]])
@pytest.mark.parametrize("seed", range(3))
def test_exposures_of_one_part_are_no_pair_of_different_images(sizes, seed):
    """Maps of a part are strongest in one cell, which is no other part's: r is -1 / 15 of two."""
    clusters = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    maps = np.eye(16)[clusters].reshape(-1, 4, 4)
    level = scoring.chance("pearson", [maps], seed, 10 + clusters)
    assert level == pytest.approx(-1 / 15)
    alone = scoring.chance("pearson", [maps], seed, np.arange(len(clusters)))
    assert alone == scoring.chance("pearson", [maps], seed)
    assert np.isnan(scoring.chance("pearson", [maps], seed, np.zeros(len(clusters))))


@given(st.data())
def test_a_draw_takes_whole_clusters_and_keeps_rare_classes(data):
    clusters = np.array(data.draw(st.lists(st.integers(0, 6), min_size=2, max_size=20)))
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(clusters),
                                         max_size=len(clusters))))  # fmt: skip
    counts = resample(labels, draws=20, clusters=clusters)
    for cluster in np.unique(clusters):
        assert (np.ptp(counts[:, clusters == cluster], axis=1) == 0).all()
    classes, images = np.unique(labels, return_counts=True)
    rarest = classes[images.argmin()]
    assert (counts[:, labels == rarest].sum(axis=1) > 0).all()
    np.testing.assert_array_equal(
        resample(labels, draws=20, clusters=np.arange(len(labels))), resample(labels, draws=20)
    )


def test_a_split_knows_what_was_chosen_together():
    images, labels = np.zeros((6, 4, 4, 1), np.float32), np.zeros(6, np.int64)
    tiles = Tiles(np.array([1, 1, 0, 0, 2, 2]), np.zeros((6, 2), int), np.ones(6, bool),
                  np.zeros(3, int), tuple("abc"), 0)  # fmt: skip
    groups = np.array([7, 7, 5, 5, 7, 7])
    assert Split(images, labels).clusters is None
    assert Split(images, labels, groups=np.arange(6)).clusters is None
    np.testing.assert_array_equal(Split(images, labels, groups=groups).judged_clusters, groups)
    cut = Split(images, labels, tiles=tiles)
    np.testing.assert_array_equal(cut.clusters, tiles.picture)
    assert cut.judged_clusters is None
    cut = Split(images, labels, groups=groups, tiles=tiles)
    np.testing.assert_array_equal(cut.clusters, groups)
    np.testing.assert_array_equal(cut.judged_clusters, [5, 7, 7])


@pytest.mark.parametrize("alone", [True, False])
def test_a_gain_beside_a_class_of_one_image_or_group_is_told_of(alone):
    """What other images of the class would say is not known, and that is what is said."""
    labels = np.repeat([0, 1, 2], [200, 200, 1 if alone else 12])
    rng, skill = np.random.default_rng(0), {BASELINE: 1.0, "rotation": 2.0}
    logits = {
        label: rng.normal(size=(n, len(labels), 3)) + skill[label] * np.eye(3)[labels]
        for label, n in ((BASELINE, 8), ("rotation", 4))
    }
    groups = np.minimum(np.arange(len(labels)), 400)
    result = gain_tests(arms_of(logits, labels, groups=groups))
    judgement = judge(claims_of(result, "rotation"))
    assert judgement.verdict == "undecided"
    step = next_step(judgement, outlook_of(result, "rotation", judgement, 0.025), 0)
    assert (step.code, step.values) == (
        "step.class_few",
        {"name": "c", "now": int((labels == 2).sum())},
    )


def test_an_arm_that_is_far_worse_than_the_baselines_alone_is_a_loss():
    rng, skill = np.random.default_rng(0), {BASELINE: 3.0, "rotation": 0.3}
    logits = {
        label: rng.normal(size=(n, 200, 2)) + skill[label] * np.eye(2)[np.arange(200) % 2]
        for label, n in ((BASELINE, 4), ("rotation", 4))
    }
    result = gain_tests(arms_of(logits, np.arange(200) % 2))
    assert claims_of(result, "rotation").gain == "loses"
