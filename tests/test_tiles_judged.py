"""Pictures are judged by their worst tile, and their tiles count together."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment import impact
from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import compare
from cam_augment.impact.scored import scored_tiles
from cam_augment.plan import Plan
from cam_augment.questions.validation import ValidationQuestion
from cam_augment.records import Fit, Maps
from cam_augment.records.answers import OfTiles
from cam_augment.report.tables.scores import tiles as tiles_table
from cam_augment.statistics import of_clusters
from cam_augment.statistics.groups import groups
from cam_augment.statistics.images import image_part
from cam_augment.statistics.misses import defect_scores, worst
from tests.answered import answered
from tests.cut_pictures import PLAN, read_tiles


@pytest.fixture(scope="module")
def data(parts):
    return read_tiles(parts)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 5), st.integers(-5, 5),
                          st.integers(-5, 5)), min_size=1, max_size=12))  # fmt: skip
def test_a_picture_is_as_its_worst_tile(rows):
    pictures = np.array([row[0] for row in rows])
    logits = np.array([row[1:] for row in rows], np.float32)
    judged = worst(logits, pictures, good=1)
    scores = defect_scores(logits, 1)
    for place, picture in enumerate(np.unique(pictures)):
        members = np.flatnonzero(pictures == picture)
        first = max(members, key=lambda tile: (scores[tile], -tile))
        np.testing.assert_array_equal(judged[place], logits[first])
        assert defect_scores(judged[place : place + 1], 1)[0] == scores[members].max()


@given(st.integers(0, 2**32 - 1))
def test_variance_of_clusters_is_that_of_their_sums(seed):
    """The twin: G / (G - 1) times the sum of the clusters' squared sums, over T^2."""
    rng = np.random.default_rng(seed)
    clusters = np.sort(rng.integers(0, 6, 30))
    clusters[:2] = 0, 7
    values, arms = rng.normal(size=(9, 30)), groups([4, 5])
    contrast = np.array([[-1.0, 1.0]])
    apart = of_clusters(values, clusters)
    np.testing.assert_allclose(apart.mean(axis=1), values.mean(axis=1))
    difference = values[4:].mean(0) - values[:4].mean(0)
    centred = difference - difference.mean()
    sums = np.array([centred[clusters == name].sum() for name in np.unique(clusters)])
    count = len(sums)
    whole = count / (count - 1) * (sums**2).sum() / 30**2
    np.testing.assert_allclose((arms.weights(contrast) @ apart).var(ddof=1) / count, whole)
    alone = np.arange(30)
    np.testing.assert_allclose(image_part(of_clusters(values, alone), arms, contrast),
                               image_part(values, arms, contrast))  # fmt: skip


def fits_of_models(data, better: float):
    """A plan, and fits of models that see defects by chance, ``better`` under rotation."""
    plan, rng, test = Plan.make(PLAN), np.random.default_rng(1), data.test
    good = test.tiles.good
    fits, maps = [], {}
    for run in plan.runs():
        gain = better if run.strategy.label == "rotation" else 0.0
        shows = (test.labels != good) & test.tiles.clear
        logits = rng.normal(size=(len(test), 2)).astype(np.float32)
        logits[shows, 1 - good] += 1 + gain
        of_tiles = OfTiles(logits, test.labels, test.tiles.clear, test.tiles.picture)
        probe = rng.normal(size=(len(data.probe), 2)).astype(np.float32)
        fits.append(Fit(run, test.judged(logits), probe, {}, 1.0, {}, tiles=of_tiles))
        values = rng.random((len(data.probe), 4, 4)).astype(np.float32)
        maps[run.key] = partial(Maps, run.key, "gradcam", "features", values)
    return plan, fits, maps


@pytest.fixture(scope="module")
def wide(parts):
    """The same parts, nearly all of them test pictures."""
    return read_tiles(parts, train=0.2, validation=0.1, probe=0.1, test=0.6)


def test_a_profile_judges_pictures_and_tells_of_tiles_beside(wide):
    plan, fits, maps = fits_of_models(wide, better=3.0)
    profile = impact.profile(plan, wide, fits, answered(maps), (), {}, None)
    pictures = len(wide.test.tiles.pictures)
    confusion = np.array(profile.confusion["baseline"])
    assert confusion.sum() == pytest.approx(pictures)
    labels = wide.test.judged_labels
    for fit, value in zip(fits, profile.points["accuracy"]["baseline"], strict=False):
        worst_scores = [
            (fit.tiles.logits[fit.tiles.picture == picture])[
                np.argmax(defect_scores(fit.tiles.logits[fit.tiles.picture == picture],
                                        wide.test.tiles.good))].argmax()
            for picture in wide.test.tiles.pictures
        ]  # fmt: skip
        assert value == pytest.approx(np.mean(worst_scores == labels))
    of_tiles = profile.effect("rotation", "gain_tiles_accuracy")

    def right(arm):
        """The mean share of clear tiles that an arm's models read rightly."""
        tiles = [fit.tiles for fit in fits if fit.run.strategy.label == arm]
        return np.mean([(t.logits.argmax(1) == t.labels)[t.clear].mean() for t in tiles])

    assert of_tiles.estimate == pytest.approx(right("rotation") - right("baseline"))
    assert profile.effect("rotation", "gain").estimate > 0
    assert profile.errors.good == "good"
    assert {probe.picture for probe in profile.probes} <= {
        wide.probe.tiles.caption(index) for index in range(len(wide.probe))
    }
    table = tiles_table(profile)
    assert [row["strategy"] for row in table.records()] == ["identity", "rotation"]
    assert "gain_tiles_auroc_finding" in table.columns
    assert impact.ImpactProfile.model_validate_json(profile.model_dump_json()) == profile


def test_tiles_of_a_picture_count_together(wide):
    plan, fits, maps = fits_of_models(wide, better=0.0)
    arms = Arms(plan, wide, fits, maps)
    score = scored_tiles(arms)["accuracy"]
    apart = compare(arms, replace(score, clusters=None)).contrasts
    together = compare(arms, score).contrasts
    np.testing.assert_array_equal(apart.estimate, together.estimate)
    assert (apart.image != together.image).any()
    assert set(score.clusters.tolist()) <= set(wide.test.tiles.pictures.tolist())


def test_decisions_are_fitted_on_pictures(data):
    plan = Plan.make(PLAN)

    class Model:
        def predict(self, images):
            return np.asarray(images[:])[:, :1, :2, 0].reshape(len(images), 2)

    answer = ValidationQuestion("0" * 32).answer(Model(), plan.runs()[0], data)
    pictures = data.validation.tiles.pictures
    assert answer["logits"].shape == (len(pictures), 2)
    np.testing.assert_array_equal(answer["labels"], data.validation.tiles.classes[pictures])
    assert answer["learned"].sum() == len(data.train.tiles.pictures)
