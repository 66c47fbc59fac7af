"""A rotating test part: every image but the probes is judged by models that have not seen it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.datasets.folds import check_folds, folds_of, parts_of
from cam_augment.impact.arms import Arms
from cam_augment.impact.claims import gain_tests
from cam_augment.impact.moderated import compare
from cam_augment.impact.scored import scored
from cam_augment.plan import Plan
from cam_augment.questions.keys import training_key
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.records import DataSet, Fit, Maps, Split
from cam_augment.statistics import against, groups, rotating_contrast
from cam_augment.statistics.deciding import decide
from tests.answered import answered

FIELDS = {
    "folds": 5, "test": "rotating", "baselines": 10, "seeds": 5, "bootstrap": 100,
    "permutations": 1000, "metrics": ["pearson"], "strategies": ["identity", "rotation", "zoom"],
}  # fmt: skip
CLASSES, GRID = 2, 4


def data_of(images: int = 100, grouped: bool = True, seed: int = 0) -> DataSet:
    """Images whose pixels are their number; groups of two, some over the data's own splits."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(images, dtype=np.float32)
    pixels = np.broadcast_to(numbers[:, None, None, None], (images, GRID, GRID, 1)) / images
    labels = (np.arange(images) // 2 % 3 == 0).astype(np.int64)
    order = rng.permutation(images)

    def split(part):
        groups = part // 2 if grouped else None
        return Split(pixels[part], labels[part], None, groups)

    train, validation, probe, test = np.split(
        order, [images // 2, images * 6 // 10, images * 7 // 10]
    )
    # A probe's partner is no image of the pool: groups of the pool are whole.
    loose = np.isin(train // 2, probe // 2)
    return DataSet("made", ("good", "bad"), split(train[~loose]), split(validation), split(probe),
                   split(test))  # fmt: skip


def numbers_of(split: Split, images: int = 100) -> set[int]:
    return set(np.rint(split.images[:, 0, 0, 0] * images).astype(int).tolist())


def test_every_image_outside_the_probes_is_judged_once_by_models_that_have_not_seen_it():
    data, plan = data_of(), Plan.make(FIELDS)
    pool = numbers_of(data.train) | numbers_of(data.validation) | numbers_of(data.test)
    baselines = [run for run in plan.runs() if run.strategy.label == "baseline"]
    by_fold = {}
    for run in baselines:
        train, validation, test = map(numbers_of, parts_of(data, run))
        assert len(train) + len(validation) + len(test) == len(pool)
        assert train | validation | test == pool
        by_fold.setdefault(run.fold[0], []).append(test)
    assert [len(tests) for tests in by_fold.values()] == [2] * 5
    assert sum(len(tests[0]) for tests in by_fold.values()) == len(pool)
    assert not pool & numbers_of(data.probe)


def test_groups_are_whole_and_classes_have_their_shares():
    data = data_of()
    splits = (data.train, data.validation, data.test)
    images, labels, owner = (
        np.concatenate([getattr(split, name) for split in splits])
        for name in ("images", "labels", "groups")
    )
    pool = Split(images, labels, None, owner)
    parts = folds_of(pool, 5)
    owners = [set(pool.groups[part].tolist()) for part in parts]
    assert sum(map(len, owners)) == len(set.union(*owners))
    shares = [pool.labels[part].mean() for part in parts]
    assert np.ptp(shares) < 0.15


def test_a_class_that_cannot_be_in_every_fold_is_refused_in_one_line():
    data, plan = data_of(), Plan.make(FIELDS)
    check_folds(data, plan)
    rare = replace(data, classes=("good", "bad", "rare"))
    with pytest.raises(InputError, match="class 'rare' of made has 0 images outside the probes"):
        check_folds(rare, plan)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"folds": None}, "test: received rotating with folds = none"),
        ({"folds": 2}, "folds = 2; a fold is judged"),
        ({"predictors": True}, "test: received rotating beside predictors"),
        ({"costs": "miss=5,false_alarm=1,good=good"}, "test: received rotating beside costs"),
        ({"test": "rotated"}, "rotating"),
    ],
)
def test_what_cannot_rotate_is_refused_in_one_line(fields, words):
    with pytest.raises(InputError, match=words) as error:
        Plan.make(FIELDS | fields)
    assert len(str(error.value).splitlines()) == 1


def test_keys_name_all_images_but_the_probes_and_their_groups():
    data, plan = data_of(), Plan.make(FIELDS)
    run, fixed = plan.runs()[0], Plan.make(FIELDS | {"test": "fixed"}).runs()[0]
    assert run.training != fixed.training
    assert "test" not in fixed.model_dump(mode="json")  # keys of before
    other = replace(data, probe=data_of(seed=1).probe)
    assert training_key(run, other) == training_key(run, data)
    changed = replace(data, test=Split(data.test.images[:-1], data.test.labels[:-1], None,
                                       data.test.groups[:-1]))  # fmt: skip
    assert training_key(run, changed) != training_key(run, data)
    assert training_key(fixed, changed) == training_key(fixed, data)
    loose = replace(data, test=replace(data.test, groups=None))
    assert training_key(run, loose) != training_key(run, data)
    keys = [PredictionsQuestion.on(split, run, data).key for split in ("test", "probe")]
    assert len(set(keys)) == 2


class Trainer:
    """Answers with the number of every image, so that it is seen which it was asked about."""

    def predict(self, images):
        return np.repeat(images[:, 0, 0], 2, axis=1)


def test_a_run_is_asked_about_its_own_test_images():
    data, run = data_of(), Plan.make(FIELDS).runs()[3]
    question = PredictionsQuestion.on("test", run, data)
    answer, test = question.answer(Trainer(), run, data), parts_of(data, run).test
    np.testing.assert_array_equal(answer["logits"][:, 0], test.images[:, 0, 0, 0])
    np.testing.assert_array_equal(answer["labels"], test.labels)
    probes = PredictionsQuestion.on("probe", run, data).answer(Trainer(), run, data)
    assert set(probes) == {"logits"}


# ---- statistics


def test_one_fold_s_difference_is_one_number():
    """By hand: two contrasts, five folds, one and two models a fold."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=20)
    models = groups([10, 5, 5], folds=np.r_[np.arange(10) % 5, np.arange(5), np.arange(5)])
    result = rotating_contrast(values, models, against(3))
    base = values[:10].reshape(2, 5).mean(axis=0)
    d = np.array([values[10:15] - base, values[15:] - base])
    s2 = d.var(axis=1, ddof=1)
    drawn = (6 * s2.mean() + 4 * s2) / 10
    np.testing.assert_allclose(result.estimate, d.mean(axis=1))
    np.testing.assert_allclose(result.variance, drawn / 5)
    assert result.df.tolist() == [8, 8]  # no more than the four of each contrast
    np.testing.assert_array_equal(result.image, result.variance)


def test_folds_in_which_an_arm_has_no_model_do_not_count():
    values = np.array([1.0, 2, 3, 4, 5, 9, 9, 9])
    models = groups([5, 3], folds=[0, 1, 2, 3, 4, 0, 1, 2])
    result = rotating_contrast(values, models, against(2))
    assert result.estimate[0] == pytest.approx(np.mean([8, 7, 6]))
    assert result.variance[0] == pytest.approx(1 / 3)
    few = rotating_contrast(values[:6], groups([5, 1], folds=[0, 1, 2, 3, 4, 0]), against(2))
    assert np.isnan(few.estimate[0])


def coverage(studies: int, strategies: int, seed: int, unlike: float = 1.0) -> float:
    """Return how often intervals of level .95 hold the truth, where images tell arms apart.

    What an arm does to an image is shared by all of its models (sd .3 of a class' odds), as by
    all strategies (sd .3); models have a noise of their own on every image and as a whole.
    """
    rng, images, folds = np.random.default_rng(seed), 300, 5
    fold = np.arange(images) % folds
    sizes = [10, *[5] * strategies]
    fold_of = np.concatenate([np.arange(n) % folds for n in sizes])
    models, contrasts = groups(sizes, fold_of), against(len(sizes))
    hits = []
    for _ in range(studies):
        common = rng.normal(0, 0.3, images)
        values = []
        for arm, size in enumerate(sizes):
            of_model = rng.normal(0, 0.3 * (unlike if arm == 1 else 1), images) + (arm > 0) * common
            for model in range(size):
                part = fold == model % folds
                noise = rng.normal(0, 0.05) + rng.normal(0, 0.3, part.sum()).mean()
                values.append(of_model[part].mean() + noise)
        result = rotating_contrast(np.array(values), models, contrasts)
        p = decide(result, 0.05).p  # the truth over all images is 0 for every strategy
        hits.extend(p > 0.05)
    return float(np.mean(hits))


def test_intervals_hold_the_truth():
    assert coverage(400, 6, seed=0) == pytest.approx(0.95, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("strategies", "unlike"), [(1, 1.0), (3, 1.0), (10, 1.0), (6, 2.0)])
def test_intervals_hold_the_truth_whatever_the_design(strategies, unlike):
    assert coverage(2000, strategies, seed=1, unlike=unlike) >= 0.935


# ---- a profile


def simulated(better: float = 0.0):
    """Models that are right by chance, ``better`` under rotation, each on its own fold."""
    plan, data, rng = Plan.make(FIELDS), data_of(), np.random.default_rng(1)
    fits, maps = [], {}
    for run in plan.runs():
        labels = parts_of(data, run).test.labels
        chance = 0.6 + (better if run.strategy.label == "rotation" else 0)
        right = rng.random(len(labels)) < chance
        logits = 2 * np.eye(2)[np.where(right, labels, 1 - labels)] + rng.normal(
            0, 0.1, (len(labels), 2)
        )
        probe = rng.normal(size=(len(data.probe), 2))
        fits.append(
            Fit(run, logits.astype(np.float32), probe.astype(np.float32), {}, 1.0, {}, labels)
        )
        values = rng.random((len(data.probe), GRID, GRID)).astype(np.float32)
        maps[run.key] = partial(Maps, run.key, "gradcam", "features", values)
    return plan, data, fits, maps


def test_a_profile_of_a_rotating_test_part():
    plan, data, fits, maps = simulated(better=0.35)
    profile = impact.profile(plan, data, fits, answered(maps), (), {}, None)
    gain = profile.effect("rotation", "gain")
    accuracies = [(f.test_logits.argmax(1) == f.test_labels).mean() for f in fits
           if f.run.strategy.label == "rotation"]  # fmt: skip
    assert np.mean(accuracies) == pytest.approx(profile.strategies[1].accuracy)
    assert gain.finding == "gains"
    assert gain.low > 0.1
    assert profile.effect("zoom", "gain").finding == "within noise"
    assert profile.effect("rotation", "gain_auroc").estimate > 0.2
    assert profile.league is not None
    assert profile.finite_test_share is None
    assert {curve.arm for curve in profile.reliability} == set(profile.arms)
    assert impact.ImpactProfile.model_validate_json(profile.model_dump_json()) == profile


def test_what_would_decide_is_more_pictures():
    """More models on the same pictures would not make the folds' differences more alike."""
    plan, data, fits, maps = simulated(better=0.05)
    arms = Arms(plan, data, fits, maps)
    result = gain_tests(arms)
    np.testing.assert_array_equal(result.gains.image, result.gains.variance)
    assert compare(arms, scored(arms, "accuracy")).labels == result.labels
    profile = impact.profile(plan, data, fits, answered(maps), (), {}, None)
    steps = {s.next_step.code for s in profile.strategies if s.verdict == "undecided"}
    assert steps <= {"step.images", "step.class_images", "step.at_margin", "step.none"}
