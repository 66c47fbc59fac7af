"""What every metric keeps, whatever it compares; a new one enters by existing."""

import re
from pathlib import Path

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.metrics.compare import compare, distance, prepare
from cam_augment.plan import Plan
from cam_augment.registry import METRICS
from cam_augment.report import parts
from cam_augment.report.contents import Report
from cam_augment.report.formats.markdown import markdown
from cam_augment.report.naming import metric_name
from tests import simulation, twins
from tests.test_focus import some_masks
from tests.test_similarity import blobs, some_stack

KINDS = {"maps": "two .*maps", "map": "of a map|cells of a map", "mask": "mask",
         "product": "product", "predictions": "predictions"}  # fmt: skip

PLACED = ("mask", "product")


def kind(name):
    return METRICS[name].compares


def of_kind(*kinds):
    return [name for name in METRICS if kind(name) in kinds]


def arguments(name, images=6):
    """Return what a metric takes: one stack or two, or maps and masks."""
    if kind(name) == "map":
        return [blobs(1, images)]
    if kind(name) in PLACED:
        return [blobs(1, images), some_masks(2, images)]
    return [some_stack(name, 1, images), some_stack(name, 2, images)]


def value(name, *stacks):
    two = kind(name) in ("maps", "predictions")
    return compare(name, *stacks) if two else METRICS[name](*stacks)


every_metric = pytest.mark.parametrize("name", METRICS)
of_two_stacks = pytest.mark.parametrize("name", of_kind("maps", "predictions"))
of_maps = pytest.mark.parametrize("name", of_kind("maps", "map", *PLACED))


@every_metric
def test_its_traits_say_what_it_is(name):
    assert METRICS[name].unit
    assert (METRICS[name].optimum is not None) == (kind(name) in ("maps", "predictions"))


@every_metric
def test_the_list_says_what_it_takes(name):
    summary = METRICS[name].summary
    assert re.search(KINDS[kind(name)], summary), summary
    assert summary.endswith(".")
    assert len(summary) < 100


@every_metric
@pytest.mark.parametrize("images", [1, 6])
@pytest.mark.parametrize("scalar", [np.float32, np.float64])
def test_one_finite_float_per_image(name, images, scalar):
    first, *others = arguments(name, 6)
    stacks = [first[:images].astype(scalar), *(stack[:images] for stack in others)]
    values = value(name, *stacks)
    assert values.shape == (images,)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()


@every_metric
def test_no_image_depends_on_the_others(name):
    stacks = arguments(name)
    values = value(name, *stacks)
    alone = [value(name, *(stack[i : i + 1] for stack in stacks))[0] for i in range(6)]
    np.testing.assert_allclose(alone, values, rtol=1e-12, atol=1e-14)
    order = np.random.default_rng(0).permutation(6)
    moved = value(name, *(stack[order] for stack in stacks))
    np.testing.assert_allclose(moved, values[order], rtol=1e-12, atol=1e-14)


@every_metric
def test_the_input_is_left_as_it_was_and_the_answer_stays(name):
    stacks = arguments(name)
    before = [stack.copy() for stack in stacks]
    for stack in stacks:
        stack.setflags(write=False)
    values = value(name, *stacks)
    np.testing.assert_array_equal(value(name, *stacks), values)
    for stack, copy in zip(stacks, before, strict=True):
        np.testing.assert_array_equal(stack, copy)


@every_metric
def test_it_has_a_slow_twin_and_equals_it(name):
    stacks = arguments(name, 2 if name == "wasserstein" else 6)
    slow = [getattr(twins, name)(*(one.tolist() for one in pair)) for pair in zip(*stacks)]  # noqa: B905
    np.testing.assert_allclose(value(name, *stacks), slow, atol=1e-9)


@of_maps
def test_degenerate_maps_are_nan_and_only_they(name):
    maps, *others = arguments(name)
    maps[1], maps[2, 3, 3], maps[4, 0, 6] = 0, np.inf, np.nan
    broken = [False, True, True, False, True, False]
    np.testing.assert_array_equal(np.isnan(value(name, maps, *others)), broken)
    if kind(name) == "maps":
        np.testing.assert_array_equal(np.isnan(value(name, *others, maps)), broken)
        assert np.isnan(value(name, maps, maps)).tolist() == broken
        assert np.isnan(distance(name, value(name, maps, *others))).sum() == 3


@of_maps
def test_negative_values_and_wrong_shapes_are_named(name):
    maps, *others = arguments(name)
    flat = [stack[0] for stack in (maps, *others)]
    with pytest.raises(ValueError, match=r"received shape|are \[image"):
        value(name, *flat)
    maps[0, 0, 0] = -0.1
    with pytest.raises(ValueError, match=r"not negative; received a minimum of -0\.1"):
        value(name, maps, *others)


@of_maps
@pytest.mark.parametrize("flip", [np.s_[:, ::-1], np.s_[:, :, ::-1]], ids=["rows", "columns"])
def test_a_joint_flip_changes_nothing(name, flip):
    stacks = arguments(name)
    flipped = value(name, *(stack[flip] for stack in stacks))
    np.testing.assert_allclose(flipped, value(name, *stacks), atol=1e-9)


@of_maps
def test_a_joint_turn_changes_nothing(name):
    stacks = arguments(name)
    turned = value(name, *(stack.swapaxes(1, 2) for stack in stacks))
    np.testing.assert_allclose(turned, value(name, *stacks), atol=1e-9)


@of_maps
def test_no_metric_sees_the_scale_of_a_map(name):
    first, *others = arguments(name)
    factors = 10.0 ** np.arange(-30, 30, 10)[:, None, None]
    scaled = value(name, first * factors, *others)
    np.testing.assert_allclose(scaled, value(name, first, *others), rtol=1e-6, atol=1e-9)


@of_maps
@pytest.mark.parametrize("size", [(1, 6), (2, 2), (3, 3), (5, 9), (14, 14)])
def test_grids_of_other_sizes_give_a_value_or_nan_and_no_warning(name, size):
    stacks = [blobs(seed, 4, *size) + np.float32(0.01) for seed in (1, 2)]
    stacks[1:] = stacks[1:] if kind(name) == "maps" else [some_masks(2, 4)] * (kind(name) in PLACED)
    values = value(name, *stacks)  # a warning is an error in all tests
    assert values.shape == (4,)
    undefined = {"ssim": min(size) < 3, "regional_pearson": size == (3, 3)}
    assert np.isnan(values).all() == undefined.get(name, False)


@of_two_stacks
def test_optimum_against_itself_and_never_beyond(name):
    a = some_stack(name, 1, 40 if METRICS[name].expensive else 400)
    optimum, better = METRICS[name].optimum, METRICS[name].better
    values = compare(name, a, a)
    np.testing.assert_allclose(values, optimum, atol=1e-9)
    assert (values <= optimum if better == "higher" else values >= optimum).all()
    np.testing.assert_allclose(distance(name, values), 0, atol=1e-9)
    nearly = compare(name, a, a * (1 + 1e-9 * np.random.default_rng(0).random(a.shape)))
    assert (nearly <= optimum if better == "higher" else nearly >= optimum).all()


@of_two_stacks
def test_symmetric_or_directed(name):
    a, b = arguments(name)
    there, back = compare(name, a, b), compare(name, b, a)
    if METRICS[name].directed:
        assert not np.isclose(there, back).any()
    else:
        np.testing.assert_allclose(there, back, atol=1e-12)


@of_two_stacks
def test_prepared_once_serves_every_pair(name):
    a, b = arguments(name)
    first, second = prepare(name, a), prepare(name, b)
    assert len(first) == len(second) == 6
    expected = METRICS[name](first, second)
    METRICS[name](second, first)
    METRICS[name](first, first)
    np.testing.assert_array_equal(METRICS[name](first, second), expected)
    np.testing.assert_array_equal(METRICS[name](first[2:4], second[2:4]).shape, (2,))


@of_two_stacks
def test_better_is_what_is_nearer(name):
    a, b = arguments(name, 20)
    near, far = compare(name, a, 0.9 * a + 0.1 * b).mean(), compare(name, a, b).mean()
    assert (near > far) == (METRICS[name].better == "higher")
    assert distance(name, near) < distance(name, far)


@pytest.mark.parametrize("name", of_kind("map"))
def test_better_is_where_attention_gathers(name):
    y, x = np.mgrid[:7, :7]
    narrow, wide = (np.exp(-((y - 3) ** 2 + (x - 3) ** 2) / (2 * sd**2)) for sd in (0.8, 2))
    gathered, scattered = METRICS[name](np.stack([narrow, wide]))
    assert (gathered > scattered) == (METRICS[name].better == "higher")


@pytest.mark.parametrize("name", of_kind(*PLACED))
class TestMasks:
    def test_better_is_on_the_mask(self, name):
        maps, masks = np.zeros((2, 7, 7)), np.zeros((2, 28, 28), bool)
        maps[:] = np.exp(-((np.mgrid[:7, :7] - 3) ** 2).sum(axis=0))
        masks[0, 12:16, 12:16], masks[1, :4, :4] = True, True
        on, beside = METRICS[name](maps, masks)
        assert (on > beside) == (METRICS[name].better == "higher")

    def test_images_without_a_mark_are_nan_and_only_they(self, name):
        maps, masks = blobs(1, 6), some_masks(2)
        maps[1], masks[3] = 0, False
        missing = np.isnan(METRICS[name](maps, masks))
        np.testing.assert_array_equal(missing, [False, True, False, True, False, False])

    def test_masks_of_another_count_are_named(self, name):
        with pytest.raises(ValueError, match=r"one for each of 6 maps; received shape \(5, 28, 21"):
            METRICS[name](blobs(1, 6), some_masks(2, images=5))


def study_by(metrics, primary, grid=6, masks=False):
    """Return the profile of a study of simulated models, judged by other metrics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "GRID", grid)
        plan, *answers = simulation.simulated(moved=2.0, masks=masks)
    named = plan.model_copy(update={"metrics": tuple(metrics), "primary": primary})
    return simulation.profile_of(named, *answers)


def test_every_metric_works_through_a_study():
    names = of_kind("maps")
    profile = study_by(names, "kendall", masks=True)
    for name in names:
        shift = profile.effect("rotation", f"excess_shift.{name}")
        assert shift.estimate > 0, name
        assert shift.p == pytest.approx(1 / 495), name
        assert np.isfinite(profile.chance[name]), name
    for name in of_kind("map", "mask"):
        assert profile.effect("rotation", name).estimate is not None, name
    assert profile.effect("rotation", "excess_shift.prediction_kl").estimate is not None
    parts.discover()
    written = Report(profile)
    assert all(f"| {metric_name(name)} |" in markdown(written) for name in names)
    assert written.drawings


@pytest.mark.parametrize(("name", "grid"), [("ssim", 2), ("regional_pearson", 3)])
def test_a_metric_that_a_grid_does_not_define_is_a_hole_and_no_crash(name, grid):
    profile = study_by(["pearson", name], name, grid)
    assert profile.effect("rotation", f"excess_shift.{name}").estimate is None
    assert set(profile.chance) == {"pearson"}
    assert profile.effect("rotation", "excess_shift.pearson").estimate is not None
    parts.discover()
    assert markdown(Report(profile))


def test_a_plan_takes_every_metric_of_two_maps_and_no_other():
    names = of_kind("maps")
    assert Plan.make({"metrics": names, "primary": names[-1]}).metrics == tuple(names)
    for name in set(METRICS) - set(names):
        with pytest.raises(InputError, match=f"'{name}' does not compare two stacks of maps"):
            Plan.make({"metrics": ["pearson", name]})


def test_no_metric_enters_a_plan_that_does_not_name_it():
    assert Plan.make({}).metrics == (
        "pearson", "spearman", "mad", "msd", "overlap", "wasserstein", "centroid_shift",
    )  # fmt: skip


def test_the_reference_has_every_metric_with_what_it_takes():
    page = Path(__file__).parent.parent / "docs" / "reference" / "entries.md"
    section = page.read_text("utf-8").split("## Metrics\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    inputs = {"maps": "two maps", "map": "a map", "mask": "a map and a mask",
             "product": "a map and the product's region",
             "predictions": "two predictions"}  # fmt: skip
    written = {name: takes for names, takes, *_ in rows for name in re.findall(r"`(\w+)`", names)}
    assert written == {name: inputs[kind(name)] for name in METRICS}
