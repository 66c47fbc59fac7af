"""Focus by class and by size, and attention off the product: what is found, and nothing else."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.focus import (
    focus_changes,
    of_classes,
    of_sizes,
    over_strategies,
)
from cam_augment.metrics.focus import focus, off_product
from cam_augment.records import Maps, Split
from cam_augment.report.answers import answers
from cam_augment.report.tables.focus import focus as table_of
from cam_augment.statistics import differences_test
from tests.profiles import MEASURED, decided, example_profile
from tests.simulation import GRID, IMAGES, profile_of, simulated

# ---- several differences


def slow_p(a, b) -> list[float]:
    """Every relabelling in a loop; standardised by the spread over all models."""
    values = np.concatenate([a, b])
    spread = values.std(axis=0)

    def sizes(chosen):
        chosen_values = np.isin(np.arange(len(values)), chosen)
        return (
            np.abs(values[chosen_values].mean(axis=0) - values[~chosen_values].mean(axis=0))
            / spread
        )

    observed = sizes(range(len(a)))
    largest = [sizes(c).max() for c in combinations(range(len(values)), len(a))]
    return [np.mean([most >= value - 1e-9 for most in largest]) for value in observed]


@pytest.mark.parametrize("seed", range(3))
def test_p_of_several_differences_is_that_of_the_loop(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal([2, 0, 0, -1], size=(3, 4)), rng.normal(size=(5, 4))
    np.testing.assert_allclose(differences_test(a, b), slow_p(a, b))


def test_groups_without_spread_and_models_without_a_value_take_no_part():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    a[:, 1] = b[:, 1] = 7
    a[0, 2] = np.nan
    p = differences_test(a, b)
    assert np.isnan(p[1])
    np.testing.assert_array_equal(p[[0, 2]], differences_test(a[1:, [0, 2]], b[:, [0, 2]]))
    assert np.isnan(differences_test(a * np.nan, b)).all()


def test_folds_are_relabelled_within():
    blocks = np.array([0, 1, 0, 0, 1, 1])
    a = np.array([[1.0, 0], [11, 1]])
    b = np.array([[0.0, 0.5], [0.2, 0.1], [10, 0.4], [10.2, 0.9]])
    assert differences_test(a, b, blocks=blocks)[0] == pytest.approx(1 / 9)


def test_no_group_is_found_in_more_than_alpha_of_null_studies():
    rng = np.random.default_rng(5)
    result = [
        (differences_test(rng.normal(size=(4, 6)), rng.normal(size=(6, 6))) <= 0.05).any()
        for _ in range(1200)
    ]
    assert np.mean(result) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(result))
    assert np.mean(result) >= 0.05 - 3 * np.sqrt(0.05 * 0.95 / len(result)) - 2 / 210


def test_correction_over_strategies_holds_whichever_groups_are_true():
    p = np.array([[0.002, 0.4], [0.01, 0.02], [np.nan, np.nan]])
    adjusted = over_strategies(p, "holm")
    np.testing.assert_allclose(adjusted, np.minimum(1, 2 * p))
    both = over_strategies(p, "bh")
    np.testing.assert_allclose(both[:2], [[0.008, 0.4], [0.02, 0.08 / 3]])


# ---- which images


def test_sizes_are_thirds_of_the_marked_images():
    shares = np.concatenate([np.zeros(9), np.linspace(0.01, 0.3, 30)])
    groups = of_sizes(shares)
    assert [(group.name, len(group.images)) for group in groups] == [
        ("small", 10), ("medium", 10), ("large", 10),
    ]  # fmt: skip
    assert max(shares[groups[0].images]) < min(shares[groups[1].images])
    assert min(shares[groups[0].images]) > 0


@pytest.mark.parametrize("shares", [np.full(30, 0.1), np.zeros(30), np.linspace(0.1, 0.2, 8)])
def test_sizes_that_do_not_differ_or_of_few_images_are_none(shares):
    assert of_sizes(shares) == []


def test_classes_of_few_marked_images_are_left_out():
    labels, shares = np.repeat([0, 1], 6), np.full(12, 0.1)
    shares[:2] = 0
    assert [group.name for group in of_classes(labels, ("a", "b"), shares)] == ["b"]


def test_images_that_were_chosen_together_count_once():
    labels, shares = np.repeat([0, 1], 8), np.full(16, 0.1)
    parts = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 8, 8, 8])
    groups = of_classes(labels, ("a", "b"), shares, parts)
    assert [group.name for group in groups] == ["b"]
    sizes = np.linspace(0.1, 0.3, 16)
    assert [group.name for group in of_sizes(sizes)] == ["small", "medium", "large"]
    assert of_sizes(sizes, parts) == []


# ---- a study


def marked_study(gain=3.0):
    """Small and large marks; ``rotation`` looks at small ones ``gain`` times as much."""
    plan, data, fits, loaders = simulated(seed=1, masks=True)
    small = np.arange(IMAGES) % 2 == 0
    masks = np.zeros((IMAGES, GRID, GRID), bool)
    masks[small, :1, :2] = True
    masks[~small, :4, :4] = True
    probe = replace(data.probe, masks=masks)
    for fit in fits:
        if fit.run.strategy.label == "rotation":
            values = loaders[fit.run.key]().values.copy()
            values[small] *= np.where(masks[small], np.float32(gain), 1)
            loaders[fit.run.key] = lambda v=values, r=fit.run: Maps(r.key, "gradcam", "f", v)
    return plan, replace(data, probe=probe), fits, loaders


def test_a_change_in_small_marks_alone_is_found_there_alone():
    study = marked_study()
    profile = profile_of(*study)
    sizes = {(e.strategy, e.name): e for e in profile.focus
             if e.by == "size" and e.question == "focus"}  # fmt: skip
    assert {name for _, name in sizes} == {"small", "large"}
    result = {key for key, effect in sizes.items() if effect.p_adjusted <= 0.05}
    assert result == {("rotation", "small")}
    small = sizes["rotation", "small"]
    assert small.p == pytest.approx(1 / 495)
    assert small.p_adjusted == pytest.approx(4 / 495)  # the control is none of the family
    assert small.low > 0
    assert (small.images, small.least, small.most) == (20, 2 / 36, 2 / 36)
    assert sizes["rotation", "large"].p_adjusted > 0.05
    _, data, fits, loaders = study
    chosen = np.arange(0, IMAGES, 2)
    levels = [
        np.nanmean(focus(loaders[f.run.key]().values, data.probe.masks)[chosen])
        for f in fits if f.run.strategy.label == "rotation"
    ]  # fmt: skip
    assert small.own == pytest.approx(np.mean(levels))
    assert small.estimate == pytest.approx(small.own - small.baseline)


PARTS, COPIES = 8, 5


def exposures():
    """The arms of a study whose probe images are marked exposures of few parts."""
    plan, data, fits, _ = simulated(masks=True)
    part = np.repeat(np.arange(PARTS), COPIES)
    masks = np.zeros((len(part), GRID, GRID), bool)
    masks[:, :2, :2] = True
    images = np.zeros((len(part), GRID, GRID, 1), np.float32)
    probe = Split(images, np.zeros(len(part), int), masks, part)
    plan = plan.model_copy(update={"bootstrap": 100})
    fits = [f for f in fits if f.run.strategy.label in ("baseline", "rotation")]
    return Arms(plan, replace(data, probe=probe), fits, {})


def drawn_scores(arms, rng):
    """Focus that a strategy changes by what the part decides, on average by nothing."""
    change = np.repeat(rng.normal(0, 0.3, PARTS), COPIES)

    def of_run(label):
        return (label == "rotation") * change + rng.normal(0, 0.02, PARTS * COPIES)

    return {"focus": {label: [of_run(label) for _ in arms.fits(label)] for label in arms.labels}}


def test_intervals_hold_what_other_parts_would_show():
    """Where parts differ, five exposures of a part are one image: 95 % intervals hold 0."""
    rng, arms, known = np.random.default_rng(8), exposures(), []
    for _ in range(80):
        changes = focus_changes(arms, drawn_scores(arms, rng))
        (change,) = [c for c in changes if (c.by, c.strategy) == ("class", "rotation")]
        known.append(change.low <= 0 <= change.high)
    assert 0.9 <= np.mean(known) <= 0.99  # .59 of exposures by themselves, .03 of models alone


def test_classes_are_asked_by_every_metric_of_masks():
    profile = profile_of(*marked_study())
    pairs = {(e.question, e.name) for e in profile.focus if e.by == "class"}
    metrics = {"focus", "pointing_game", "relevance_rank"}
    assert pairs == {(metric, name) for metric in metrics for name in "abcd"}


def test_without_masks_there_is_nothing():
    profile = profile_of(*simulated())
    assert profile.focus == ()
    assert table_of(profile) is None


def test_a_strategy_without_answers_has_no_row():
    plan, data, fits, loaders = marked_study()
    rest = [f for f in fits if f.run.strategy.label != "zoom"]
    profile = profile_of(plan, data, rest, loaders)
    assert {e.strategy for e in profile.focus} == {"identity", "rotation", "shear", "contrast"}


# ---- off the product


def test_a_map_on_the_product_alone_has_nothing_off_it():
    region = np.zeros((2, 8, 8), bool)
    region[:, 2:6, 2:6] = True
    maps = np.stack([region[0], np.ones((8, 8))]).astype(float)
    np.testing.assert_allclose(off_product(maps, region), [0, 0.75])
    share = region.mean(axis=(1, 2))
    np.testing.assert_allclose(off_product(maps, region), 1 - focus(maps, region) * share)


def test_attention_off_the_product_is_an_effect_like_others():
    plan, data, fits, loaders = simulated(moved=2.0)
    region = np.zeros((IMAGES, GRID, GRID), bool)
    region[5:, 1:5, 1:5] = True
    profile = profile_of(plan, replace(data, product=region), fits, loaders)
    assert profile.validity["outlined_images"] == IMAGES - 5
    values = [off_product(loaders[f.run.key]().values, region)[5:].mean()
              for f in fits if f.run.strategy.label == "baseline"]  # fmt: skip
    np.testing.assert_allclose(profile.points["off_product"]["baseline"], values)
    effect = profile.effect("rotation", "off_product")
    assert None not in (effect.estimate, effect.low, effect.p, effect.p_adjusted)
    assert profile.focus == ()
    place = answers(profile)[0].answers[0]
    assert "Off the product" in place.sentence
    assert place.finding in ("more", "less", "same")
    without = profile_of(plan, data, fits, loaders)
    assert "off_product" not in without.points
    assert [s.verdict for s in without.strategies] == [s.verdict for s in profile.strategies]


def test_less_off_the_product_is_more_of_what_matters():
    profile = example_profile()
    effects = tuple(
        e.model_copy(update={"question": "off_product", "estimate": -0.1, "p_adjusted": 0.01})
        for e in profile.effects if e.question == "spread"
    )  # fmt: skip
    changed = decided(profile.model_copy(update={"effects": (*profile.effects, *effects)}))
    assert {row.answers[0].finding for row in answers(changed)} == {"more"}


def test_data_without_a_product_are_as_they_were():
    data = simulated()[1]
    outlined = data.with_marks(product=np.ones((IMAGES, GRID, GRID), bool))
    assert outlined.fingerprint == data.fingerprint
    assert outlined.probe is data.probe
    assert outlined.regions != data.regions


# ---- the table


def test_the_table_has_a_row_for_each_strategy_and_group():
    table = table_of(example_profile(masked=True))
    assert len(table.rows) == len(MEASURED) * 13
    bold = [row for row in table.records() if table.views[3].mark(row)]
    assert [(row["strategy"], row["name"]) for row in bold] == [("translation", "small")]
    assert table.views[1].text(bold[0]) == "small: 0.40\xa0% to 1.1\xa0% of the image"


def test_a_metric_that_was_not_measured_in_a_group_is_a_dash():
    profile = example_profile(masked=True)
    rest = tuple(e for e in profile.focus if (e.question, e.name) != ("pointing_game", "3"))
    table = table_of(profile.model_copy(update={"focus": rest}))
    row = next(row for row in table.records() if row["name"] == "3")
    assert table.views[4].text(row) == "–"
