"""Does attention find what is marked: hits and chance, and what follows from them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.pointing import missed_by_baselines, pointing
from cam_augment.metrics.strongest import hits, strongest, touching_cells
from cam_augment.records import Pointing
from cam_augment.records.attention import missed_classes
from cam_augment.report.values import place
from tests.arms import arms_of
from tests.simulation import profile_of, simulated


def slow_hits(maps, masks, clusters=None):
    """Own and chance, one cell at a time."""
    clusters = range(len(maps)) if clusters is None else clusters
    rows, columns = maps.shape[1:]
    rates, chance = [], []
    for i, cells in enumerate(maps):
        peaks = [(r, c) for r in range(rows) for c in range(columns) if cells[r, c] == cells.max()]

        def share(mask, peaks=peaks):
            count = 0
            for r, c in peaks:
                inside = [
                    mask[y, x]
                    for y in range(mask.shape[0])
                    for x in range(mask.shape[1])
                    if int((y + 0.5) * rows / mask.shape[0]) == r
                    and int((x + 0.5) * columns / mask.shape[1]) == c
                ]
                count += any(inside)
            return count / len(peaks)

        others = [share(mask) for j, mask in enumerate(masks)
                  if clusters[j] != clusters[i] and mask.any()]  # fmt: skip
        there = masks[i].any() and cells.max() > 0 and others
        rates.append(share(masks[i]) if there else np.nan)
        chance.append(np.mean(others) if there else np.nan)
    return np.array(rates), np.array(chance)


@settings(max_examples=60)
@given(
    arrays(np.float64, (4, 3, 2), elements=st.sampled_from([0.0, 0.5, 1.0])),
    arrays(bool, (4, 7, 5)),
    st.none() | st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_hits_are_those_of_the_slow_twin(maps, masks, clusters):
    both = hits(maps, masks, clusters), slow_hits(maps, masks, clusters)
    for fast, slow in zip(*both, strict=True):
        np.testing.assert_allclose(fast, slow)


@given(arrays(bool, (2, 9, 6)), st.integers(1, 5), st.integers(1, 6))
def test_every_pixel_lies_in_one_cell(masks, rows, columns):
    assert (touching_cells(masks, rows, columns).any(axis=(1, 2)) == masks.any(axis=(1, 2))).all()
    everywhere = np.ones((1, 9, 6), bool)
    assert touching_cells(everywhere, rows, columns).all()


def test_a_scratch_marks_every_cell_that_it_runs_through():
    mask = np.eye(8, dtype=bool)[None]
    np.testing.assert_array_equal(touching_cells(mask, 4, 4)[0], np.eye(4, dtype=bool))


def test_a_degenerate_map_has_no_strongest_cell():
    assert np.isnan(strongest(np.zeros((1, 2, 2)))).all()


def marked(images: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Masks of one cell each, in random places of an 8x8 grid, at 32x32; and the cells."""
    places = rng.integers(8, size=(images, 2))
    masks = np.zeros((images, 32, 32), bool)
    for mask, (row, column) in zip(masks, places, strict=True):
        mask[4 * row + 1, 4 * column + 1] = True
    return masks, places


def staring(images: int, rng, places=None) -> np.ndarray:
    """Maps that are strongest at these places, or always at the top left."""
    maps = 0.5 * rng.uniform(size=(images, 8, 8))
    places = np.zeros((images, 2), int) if places is None else places
    maps[np.arange(images), places[:, 0], places[:, 1]] = 1
    return maps


def test_looking_at_the_marks_and_at_one_place_are_told_apart():
    rng = np.random.default_rng(0)
    masks, places = marked(200, rng)
    share, chance = hits(staring(200, rng, places), masks)
    assert share.mean() == 1
    assert chance.mean() < 0.1
    share, chance = hits(staring(200, rng), masks)
    assert share.mean() == pytest.approx(chance.mean(), abs=1e-12)  # a fixed place is pure chance


@pytest.mark.parametrize(("parts", "is_judged"), [(5, True), (4, False)])
def test_a_class_has_as_many_marked_images_as_parts(parts, is_judged):
    """Twelve exposures of four parts say no more of what others would do than four."""
    maps = {label: np.random.default_rng(0).random((2, 12, 4, 4), np.float32)
            for label in ("baseline", "rotation")}  # fmt: skip
    logits = {label: np.zeros((2, 12, 2)) for label in maps}
    arms = arms_of(logits, np.zeros(12, int), maps=maps, groups=np.arange(12) % parts)
    arms.data = with_masks(arms.data, marked(12, np.random.default_rng(0))[0])
    assert bool(pointing(arms)) == is_judged


def with_masks(data, masks):
    return replace(data, probe=replace(data.probe, masks=masks))


class TestInAStudy:
    @staticmethod
    def study(follows: bool, better: float = 0.0):
        """Simulated models; class "b" has marks in random places, "a" always follows its own."""
        plan, data, fits, loaders = simulated(masks=True, better=better)
        rng = np.random.default_rng(1)
        masks, places = marked(len(data.probe), rng)
        masks[data.probe.labels > 1] = False
        data = with_masks(data, masks)
        for fit in fits:
            looked = places.copy()
            if not follows:
                looked[data.probe.labels == 1] = 0
            maps = staring(len(masks), rng, looked).astype(np.float32)
            maps_of_run = type(loaders[fit.run.key]())(fit.run.key, "gradcam", "features", maps)
            loaders[fit.run.key] = lambda maps_of_run=maps_of_run: maps_of_run
        return plan, data, fits, loaders

    def test_the_class_that_is_missed_is_named_with_the_place(self):
        profile = profile_of(*self.study(follows=False))
        missing = {(p.arm, p.name) for p in profile.pointing if p.missed}
        assert missing == {(arm, "b") for arm in profile.arms}
        warning = next(w for w in profile.warnings if w.code == "baselines.miss_class")
        assert warning.values["name"] == "b"
        assert (warning.values["place"], warning.values["there"]) == (0, 1.0)
        assert all(s.missed == ("b",) for s in profile.strategies)
        assert "adopt" not in {s.verdict for s in profile.strategies}

    def test_a_gain_that_misses_a_class_is_a_trade_off(self):
        plan, data, fits, loaders = self.study(follows=False, better=0.35)
        (gain,) = (s for s in profile_of(plan, data, fits, loaders).strategies
                   if s.strategy == "rotation")  # fmt: skip
        assert (gain.verdict, gain.reasons[-1].code) == ("trade-off", "marks.missed")
        values = gain.reasons[-1].values
        assert (values["name"], values["place"], values["there"]) == ("b", 0, 1.0)

    def test_where_attention_follows_nothing_is_said(self):
        profile = profile_of(*self.study(follows=True))
        assert {p.name for p in profile.pointing} == {"a", "b"}  # the others have no mask
        assert not any(p.missed for p in profile.pointing)
        assert all(p.hit == 1 and p.beyond == 1 for p in profile.pointing)
        assert "baselines.miss_class" not in {warning.code for warning in profile.warnings}

    def test_without_masks_nothing_is_asked(self):
        assert profile_of(*simulated()).pointing == ()


def pointing_with(**changes) -> Pointing:
    fields = {"arm": "baseline", "name": "scratch", "images": 50, "hit": 0.12, "chance": 0.1,
              "beyond": 0.02, "low": -0.1, "high": 0.14, "place": 0, "there": 0.8}  # fmt: skip
    return Pointing(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, True), ({"high": 0.5}, False), ({"high": None}, False), ({"chance": 0.6}, False)],
)
def test_missed_means_below_half_beyond_doubt(changes, expected):
    assert pointing_with(**changes).missed is expected
    assert bool(missed_classes((pointing_with(**changes),), "baseline")) is expected
    assert bool(missed_by_baselines((pointing_with(**changes),))) is expected
    assert not missed_classes((pointing_with(**changes),), "rotation")


@pytest.mark.parametrize(
    ("ninth", "words"),
    [(0, "top left"), (1, "top centre"), (3, "left"), (4, "centre"), (8, "bottom right")],
)
def test_places_have_names(ninth, words):
    assert place(ninth) == words


def test_classes_of_few_images_are_left_out():
    plan, data, fits, loaders = simulated(masks=True)
    masks = np.array(data.probe.masks)
    masks[np.flatnonzero(data.probe.labels == 0)[3:]] = False
    data = with_masks(data, masks)
    names = {p.name for p in pointing(Arms(plan, data, fits, loaders))}
    assert names == {"b", "c", "d"}
