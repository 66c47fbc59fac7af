"""Frames that follow one another: flicker, flips, and whether attention follows what is marked."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, mannwhitneyu

from cam_augment import impact
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.pointing import pointing
from cam_augment.impact.attention.sequences import sequence_effects, succession_of
from cam_augment.impact.attention.shift import primary_shifts
from cam_augment.impact.claims import gain_tests
from cam_augment.impact.predictions.gains import gain_effects
from cam_augment.impact.scored import scored
from cam_augment.metrics.compare import compare
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Fit, Maps, Sequences, Split
from cam_augment.records.frame_pairs import frame_pairs
from cam_augment.report.figures.strip import strip
from cam_augment.report.overview import data_lines
from cam_augment.report.sentences import notice
from cam_augment.report.tables.sequences import sequences
from cam_augment.statistics.successive import (
    followed,
    greater_at_flips,
    mean_of_sequences,
    of_sequences,
)
from tests.answered import answered

PARTS, FRAMES, GRID = 12, 5, 6
STEADY, WILD, FOLLOWER = "rotation", "zoom", "shear"
PNG = "iVBORw0KGgo"  # how every one begins in base 64
STRATEGIES = ["identity", STEADY, WILD, FOLLOWER]


# ---- formulas, against slow or independent ones


@given(st.integers(0, 2**31))
def test_sequences_count_once_however_many_pairs_they_have(seed):
    rng = np.random.default_rng(seed)
    sequence = rng.integers(0, 4, 15)
    values = np.where(rng.random((3, 15)) < 0.2, np.nan, rng.random((3, 15)))
    measured = of_sequences(mean_of_sequences(values, sequence))
    for row, value in zip(values, measured.values, strict=True):
        means = [
            np.mean(pairs[np.isfinite(pairs)])
            for number in range(4)
            if np.isfinite(pairs := row[sequence == number]).any()
        ]
        assert value == pytest.approx(np.mean(means))
    np.testing.assert_allclose(measured.images.mean(axis=1), 0, atol=1e-12)


def test_a_model_without_any_map_has_no_flicker_and_takes_it_from_nobody():
    by_sequence = np.array([[0.1, 0.3], [np.nan, np.nan]])
    assert of_sequences(by_sequence).values[0] == pytest.approx(0.2)
    assert np.isnan(of_sequences(by_sequence).values[1])


def test_flicker_at_flips_is_the_share_of_pairs_of_pairs():
    rng = np.random.default_rng(0)
    distance, flips = rng.random(40).round(1), rng.random(40) < 0.3
    distance[3] = np.nan
    known = np.isfinite(distance)
    statistic = mannwhitneyu(distance[known & flips], distance[known & ~flips]).statistic
    share = statistic / ((known & flips).sum() * (known & ~flips).sum())
    measured = greater_at_flips(distance, flips)
    assert measured.values[0] == pytest.approx(share)
    assert measured.images.shape == (1, 40)
    assert measured.images.mean() == pytest.approx(0, abs=1e-12)
    for never in (np.zeros(40, bool), np.ones(40, bool)):
        assert np.isnan(greater_at_flips(distance, never).values[0])


def test_what_is_followed_is_the_slope_through_the_origin():
    rng = np.random.default_rng(1)
    marked, sequence = rng.normal(size=(30, 2)), np.arange(30) % 5
    moves = np.stack([0.7 * marked, rng.normal(size=(30, 2))])
    moves[1, 4] = np.nan
    measured = followed(moves, marked, sequence)
    assert measured.values[0] == pytest.approx(0.7)
    known = np.isfinite(moves[1]).all(axis=1)
    x, y = marked[known].ravel(), moves[1][known].ravel()
    mirrored = linregress(np.concatenate([x, -x]), np.concatenate([y, -y]))  # through the origin
    assert measured.values[1] == pytest.approx(mirrored.slope)
    np.testing.assert_allclose(measured.images.mean(axis=1), 0, atol=1e-12)
    assert np.isnan(followed(moves, np.full((30, 2), np.nan), sequence).values).all()


def test_influence_says_what_leaving_out_a_sequence_does():
    rng = np.random.default_rng(2)
    parts = 200
    marked, sequence = rng.normal(size=(2 * parts, 2)), np.repeat(np.arange(parts), 2)
    moves = marked[None] * rng.normal(0.5, 0.2, (1, 2 * parts, 1))
    whole = followed(moves, marked, sequence)
    for number in (0, 7):
        kept = sequence != number
        _, renumbered = np.unique(sequence[kept], return_inverse=True)
        less = followed(moves[:, kept], marked[kept], renumbered).values[0]
        expected = -whole.images[0, number] / (parts - 1)
        assert less - whole.values[0] == pytest.approx(expected, rel=0.1, abs=1e-6)


# ---- a study of constructed models


def probes():
    """A bright cell that passes from left to right, its row the part's number."""
    labels = np.repeat(np.arange(PARTS) % 4, FRAMES)
    masks = np.zeros((PARTS * FRAMES, GRID, GRID), bool)
    for image in range(len(masks)):
        masks[image, (image // FRAMES) % GRID, image % FRAMES] = True
    rng = np.random.default_rng(5)
    images = rng.random((len(masks), GRID, GRID, 1)).astype(np.float32)
    frames = [(f"part {i // FRAMES}", float(i % FRAMES)) for i in range(len(masks))]
    return Split(images, labels, masks), Sequences.of(frames)


def study(shuffle=None):
    """Models whose maps flicker, flip and follow as their arm says."""
    plan = Plan.make({"strategies": STRATEGIES, "bootstrap": 100, "permutations": 1000})
    split, frames = probes()
    order = np.arange(len(split)) if shuffle is None else shuffle
    data = DataSet("frames", tuple("abcd"), *[split.pick(order)] * 4, sequences=frames.pick(order))
    fits, maps = [], {}
    rng = np.random.default_rng(9)
    for run in plan.runs():
        arm = run.strategy.label
        noise = {STEADY: 0.05, WILD: 0.9}.get(arm, 0.4) + 0.02 * rng.random()
        base = np.repeat(rng.random((PARTS, GRID, GRID)), FRAMES, axis=0)
        values = 1 + base + noise * rng.random(base.shape)
        if arm == FOLLOWER:
            values = values + 30 * split.masks[:]
        wrong = rng.random(len(split)) < {STEADY: 0.02, WILD: 0.5}.get(arm, 0.2)
        logits = np.eye(4)[np.where(wrong, (split.labels + 1) % 4, split.labels)][order]
        fits.append(Fit(run, logits, logits, {}, 1.0, {}))
        maps[run.key] = Maps(run.key, "gradcam", "features", values[order].astype(np.float32))
    return plan, data, fits, {key: (lambda seen=seen: seen) for key, seen in maps.items()}


@pytest.fixture(scope="module")
def made():
    return study()


@pytest.fixture(scope="module")
def profile(made):
    plan, data, fits, maps = made
    return impact.profile(plan, data, fits, answered(maps), (), {})


def test_flicker_is_the_mean_distance_of_the_maps_of_successive_frames(made, profile):
    plan, _, fits, maps = made
    for arm in ("baseline", STEADY):
        runs = [maps[fit.run.key]().values for fit in fits if fit.run.strategy.label == arm]
        slow = [
            np.mean([
                1 - compare(plan.primary, values[[i]], values[[i + 1]])[0]
                for i in range(len(values) - 1) if (i + 1) % FRAMES
            ])
            for values in runs
        ]  # fmt: skip
        assert profile.points["flicker"][arm] == pytest.approx(slow)


def test_what_each_arm_was_made_to_do_is_found(profile):
    assert profile.effect(STEADY, "flicker").finding == "falls"
    assert profile.effect(WILD, "flicker").finding == "rises"
    assert profile.effect(STEADY, "flips").finding == "falls"
    assert profile.effect(WILD, "flips").finding == "rises"
    assert profile.effect(FOLLOWER, "following").finding == "rises"
    for question in ("flicker", "flips", "following"):
        assert profile.effect("identity", question).finding == "within noise"
    assert np.mean(profile.points["following"]["baseline"]) == pytest.approx(0, abs=0.02)


def test_intervals_leave_out_nothing_exactly_where_there_is_a_finding(profile):
    for question in ("flicker", "flips", "flicker_at_flips", "following"):
        for strategy in STRATEGIES:
            effect = profile.effect(strategy, question)
            assert (effect.low > 0 or effect.high < 0) == effect.beyond_noise


def test_the_order_of_the_probe_images_does_not_matter(profile):
    order = np.random.default_rng(3).permutation(PARTS * FRAMES)
    shuffled = succession_of(Arms(*study(order)))
    for arm, values in shuffled.scores["flicker"].values.items():
        assert profile.points["flicker"][arm] == pytest.approx(values)
    assert len(shuffled.pairs.first) == profile.steadiness.pairs == PARTS * (FRAMES - 1)


def test_frames_that_repeat_and_frames_of_two_classes_are_left_out_and_counted(made):
    data = made[1]
    images, labels = np.array(data.probe.images[:]), np.array(data.probe.labels)
    images[1] = images[0]
    labels[FRAMES + 2 : 2 * FRAMES] = 3
    pairs = frame_pairs(replace(data, probe=Split(images, labels, data.probe.masks)))
    assert (pairs.repeated, pairs.changing, pairs.interrupted) == (1, 1, 0)
    assert len(pairs) == PARTS * (FRAMES - 1) - 2
    assert not {0, FRAMES + 1} & set(pairs.first.tolist())
    assert not pairs.notices


def test_frames_that_are_lacking_part_those_on_either_side(made):
    data = made[1]
    rest = np.setdiff1d(np.arange(PARTS * FRAMES), [1, 2, FRAMES, 2 * FRAMES - 1, 2 * FRAMES + 3])
    fewer = replace(data, probe=data.probe.pick(rest), sequences=data.sequences.pick(rest))
    pairs = frame_pairs(fewer)
    assert pairs.interrupted == 2
    taken = np.stack([rest[pairs.first], rest[pairs.second]], axis=1)
    assert (np.diff(taken, axis=1) == 1).all()
    assert len(taken) == PARTS * (FRAMES - 1) - 7


def steady(data, **changes):
    """Return data whose sequences are one picture each, over and over."""
    firsts = np.arange(len(data.probe)) // FRAMES * FRAMES
    return replace(data, probe=replace(data.probe, images=data.probe.images[firsts]), **changes)


def alone(data):
    """Return data whose sequences are all in other splits."""
    lacking = np.setdiff1d(np.arange(len(data.probe)), np.arange(12))
    frames = [None] * len(lacking) + [("part", float(k)) for k in range(3)]
    return replace(
        data,
        probe=data.probe.pick(lacking),
        sequences=Sequences.of(frames).pick(np.arange(len(lacking))),
    )


@pytest.mark.parametrize(
    ("spoil", "counts", "words"),
    [
        (
            steady,
            (0, PARTS * (FRAMES - 1)),
            "of 60 frames of 12 .* of one picture twice 48, of",
        ),
        (alone, (0, 0), "no probe image is a frame of a sequence"),
    ],
)
def test_where_no_pair_is_left_counts_and_one_notice_say_so(made, spoil, counts, words):
    plan, data, fits, maps = made
    spoiled = spoil(data)
    shown = np.arange(len(spoiled.probe))
    fits = [replace(fit, probe_logits=fit.probe_logits[shown]) for fit in fits]
    seen = {key: load() for key, load in maps.items()}
    seen = {key: replace(one, values=one.values[shown]) for key, one in seen.items()}
    cut = {key: (lambda one=one: one) for key, one in seen.items()}
    result = impact.profile(plan, spoiled, fits, answered(cut), (), {})
    assert (result.steadiness.pairs, result.steadiness.repeated) == counts
    said = [sentence for note in result.warnings if "sequences." in note.code
            for sentence in [notice(note)]]  # fmt: skip
    assert len(said) == 1
    assert re.search(words, said[0])
    assert sequences(result) is None
    assert strip(result) is None
    assert f"WARNING: {said[0]}" in data_lines(spoiled)


def test_a_dry_run_says_how_many_frames_and_pairs_there_are(made):
    lines = [line for line in data_lines(made[1]) if "sequences" in line]
    assert lines == [
        "  sequences among the probe images: 12, frames: 60, pairs of successive frames: 48, left "
        "out: 0 of one picture, 0 of two classes, 0 with frames lacking between"
    ]
    plain = data_lines(replace(made[1], sequences=None))
    assert not [line for line in plain if "sequences" in line]


def test_without_sequences_nothing_is_said_of_them(made, profile):
    plan, data, fits, maps = made
    arms = Arms(plan, replace(data, sequences=None), fits, maps)
    assert succession_of(arms) is None
    assert sequence_effects(arms, None) == []
    plain = profile.model_copy(update={"steadiness": None})
    assert sequences(plain) is None
    assert strip(plain) is None


def test_without_masks_nothing_is_followed_and_all_else_stays(made, profile):
    plan, data, fits, maps = made
    bare = replace(data, probe=Split(data.probe.images, data.probe.labels))
    scores = succession_of(Arms(plan, bare, fits, maps)).scores
    assert set(scores) == {"flicker", "flips", "flicker_at_flips"}
    assert scores["flicker"].values[STEADY] == pytest.approx(profile.points["flicker"][STEADY])


def test_models_that_never_flip_are_not_asked_what_goes_with_flips(made):
    plan, data, fits, maps = made
    sure = [
        replace(fit, probe_logits=np.eye(4)[data.probe.labels])
        if fit.run.strategy.label == STEADY else fit
        for fit in fits
    ]  # fmt: skip
    scores = succession_of(Arms(plan, data, sure, maps)).scores
    assert "flicker_at_flips" not in scores
    assert scores["flips"].values[STEADY].tolist() == [0, 0, 0, 0]


def test_test_images_of_one_sequence_are_chosen_together(made):
    """Eight times the same frames say no more than one of them, and intervals stay as wide."""
    plan, data, fits, maps = made
    odd = np.eye(4)[(data.test.labels + np.arange(len(data.test)) % 2) % 4]
    fits = [replace(f, test_logits=odd) if f.run.strategy.label == STEADY else f for f in fits]
    times = np.repeat(np.arange(len(data.test)), 8)
    copied = Split(data.test.images[times], data.test.labels[times], None, times)
    many = [replace(fit, test_logits=fit.test_logits[times]) for fit in fits]
    together = replace(data, test=copied)
    once, right = Arms(plan, data, fits, maps), Arms(plan, together, many, maps)
    wrong = Arms(plan, replace(data, test=replace(copied, groups=None)), many, maps)
    effects = [gain_effects(arms, scored(arms, "accuracy"))[1] for arms in (once, right, wrong)]
    assert [effect.strategy for effect in effects] == [STEADY] * 3
    widths = [effect.high - effect.low for effect in effects]
    assert widths[1] == pytest.approx(widths[0])
    assert widths[2] < 0.7 * widths[0]
    errors = [gain_tests(arms).classes.error[:, 1] for arms in (once, right, wrong)]
    np.testing.assert_allclose(errors[1], errors[0])
    assert (errors[2] < 0.9 * errors[0]).all()


def copied(study, times=8):
    """Each probe image many times over, the copies a group: no more is known than before."""
    plan, data, fits, maps = study
    order = np.repeat(np.arange(len(data.probe)), times)
    probe = replace(data.probe.pick(order), groups=order)
    fits = [replace(fit, probe_logits=fit.probe_logits[order]) for fit in fits]
    many = {key: replace(load(), values=load().values[order]) for key, load in maps.items()}
    frames = data.sequences.pick(order)
    loads = {key: (lambda maps=maps: maps) for key, maps in many.items()}
    return plan, replace(data, probe=probe, sequences=frames), fits, loads


def looking_elsewhere_in_every_third(study):
    """Models of one strategy look at one corner in every third image, and others at the mark."""
    plan, data, fits, maps = study
    values = {key: load().values.copy() for key, load in maps.items()}
    for fit in fits:
        values[fit.run.key] += 30 * data.probe.masks[:]
        if fit.run.strategy.label == STEADY:
            values[fit.run.key][::3] = 0.1
            values[fit.run.key][::3, 0, 0] = 1
    seen = {key: replace(maps[key](), values=array) for key, array in values.items()}
    return plan, data, fits, {key: (lambda maps=maps: maps) for key, maps in seen.items()}


@pytest.mark.parametrize("measure", ["shift", "pointing"])
def test_probe_images_of_one_group_are_chosen_together(made, measure):
    """In the intervals of moved attention and of what attention finds."""
    some = looking_elsewhere_in_every_third(made)
    plan, data, fits, maps = copied(some)
    single = replace(data, probe=replace(data.probe, groups=None))
    studies = some, (plan, data, fits, maps), (plan, single, fits, maps)
    ends = {"shift": ends_of_shift, "pointing": ends_of_pointing}[measure]
    once, together, singly = (np.ptp(np.array(ends(Arms(*study))), axis=1) for study in studies)
    np.testing.assert_allclose(together, once, rtol=1e-5)
    assert singly.sum() < 0.6 * together.sum()


def ends_of_shift(arms):
    effect, _ = primary_shifts(arms, None)[STEADY]
    return [(effect.low, effect.high)]


def ends_of_pointing(arms):
    return [(part.low, part.high) for part in pointing(arms) if part.arm == STEADY]


def test_one_sequence_says_nothing_of_what_others_would(made):
    """Where a class has one test sequence no interval can leave out what another would do."""
    plan, data, fits, maps = made
    single = replace(data, test=replace(data.test, groups=data.test.labels))
    tests = gain_tests(Arms(plan, single, fits, maps))
    assert np.isnan(tests.classes.error).all()
    assert tests.losses.unseen.all()
    assert not tests.losses.surely.any()
    assert np.isfinite(tests.gains.error).all()  # there are four sequences in all


def test_a_gallery_of_0_keeps_every_picture_out_of_the_profile(made, profile):
    plan, data, fits, maps = made
    without = plan.model_copy(update={"gallery": 0})
    hidden = impact.profile(without, data, fits, answered(maps), (), {})
    assert PNG in profile.model_dump_json()
    assert PNG not in hidden.model_dump_json()


# ---- the report


def test_the_table_says_what_was_found(profile):
    rows = {row["strategy"]: row for row in sequences(profile).records()}
    words = sequences(profile).views[-1].text
    assert "Maps are steadier." in words(rows[STEADY])
    assert "More predictions flip." in words(rows[WILD])
    assert "Attention follows marked regions more." in words(rows[FOLLOWER])
    assert rows["baseline"]["flicker"] is None
    assert rows["baseline"]["flicker_mean"] > rows[STEADY]["flicker_mean"]


def test_the_strip_shows_frames_in_order_with_one_model_of_each_arm(profile):
    shown = profile.steadiness.strip
    assert [frame.frame for frame in shown.frames] == list(range(FRAMES))
    assert {"baseline", shown.strategy} == set(shown.frames[0].maps)
    assert strip(profile).name == "strip"
