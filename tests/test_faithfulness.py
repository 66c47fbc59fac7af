"""Deletion and insertion: known maps win, slow twins agree, fresh weights are told apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.cams import deletion
from cam_augment.networks.network import Network
from cam_augment.questions import faithfulness
from cam_augment.study.given import Given
from tests.faithful_networks import RUN, answer, bright, data_of, one_cell


def test_the_cell_that_the_network_looks_at_is_the_first_to_matter():
    """Golden: the class stands at softmax(4) until the one cell goes, and at one half after."""
    data = bright()
    result = answer(one_cell(), data)
    sure = 1 / (1 + np.exp(-4))
    lit = faithfulness.sample_of(data.probe).labels == 1
    assert np.isnan(result["deletion"][:, ~lit]).all()  # no cell speaks for class 0: no map
    for name, after in (("deletion", [sure, *[0.5] * 8]), ("insertion", [0.5, *[sure] * 8])):
        curves = result[f"{name}_curve"][0, lit]
        np.testing.assert_allclose(curves, np.broadcast_to(after, curves.shape), atol=1e-6)
    area = (0.5 * (sure + 0.5) + 7 * 0.5) / 8
    np.testing.assert_allclose(result["deletion"][0, lit], area, atol=1e-6)
    for other in (1, 2):
        assert (result["deletion"][0] <= result["deletion"][other])[lit].all()
        assert (result["insertion"][0] >= result["insertion"][other])[lit].all()
    assert np.nanmean(result["deletion"][1] - result["deletion"][0]) > 0.3  # a corner goes last
    assert np.nanmean(result["deletion"][2] - result["deletion"][0]) > 0.05


def test_a_cell_in_the_middle_is_found_by_the_centre_too():
    result = answer(one_cell((1, 2)), bright())
    assert np.nanmax(np.abs(result["deletion"][1] - result["deletion"][0])) < 0.061  # a step


def twin(image, target, values, noise, filling, probability):
    """Deletion and insertion of one image, cell by cell and pixel by pixel."""
    rows, columns = values.shape
    cells = sorted(np.ndindex(rows, columns), key=lambda c: (-values[c], noise[c]))
    steps = min(8, len(cells))
    deleted, inserted = image.copy(), filling.copy()
    curves, done = [[], []], 0
    for step in range(steps + 1):
        while done < step * len(cells) // steps:
            for i, j in np.ndindex(image.shape[:2]):
                middle = (i + 0.5) * rows / image.shape[0], (j + 0.5) * columns / image.shape[1]
                if (int(middle[0]), int(middle[1])) == cells[done]:
                    deleted[i, j], inserted[i, j] = filling[i, j], image[i, j]
            done += 1
        for curve, changed in zip(curves, (deleted, inserted), strict=True):
            curve.append(probability(changed[None])[0, target])
    return curves


@pytest.mark.parametrize(
    ("sides", "grid"), [((8, 8), (4, 4)), ((17, 22), (9, 11)), ((6, 7), (2, 3)), ((5, 4), (1, 2))]
)
def test_the_batch_does_what_one_image_at_a_time_does(sides, grid):
    rng = np.random.default_rng(0)
    images, filling = rng.random((3, *sides, 2)), rng.random((*sides, 2))
    weights = rng.normal(size=(images[0].size, 3))
    values = rng.integers(0, 3, size=(2, 3, *grid)).astype(float)  # with ties
    noise, targets = rng.random((2, 3, grid[0] * grid[1])), np.array([0, 2, 1])

    def probability(x):
        return faithfulness.softmax(x.reshape(len(x), -1) @ weights)

    orders = np.array([deletion.places(v, n) for v, n in zip(values, noise, strict=True)])
    result = deletion.curves(images, targets, orders, grid, filling, probability)
    for order, image in np.ndindex(2, 3):
        expected = twin(
            images[image], targets[image], values[order, image],
            noise[order, image].reshape(grid), filling, probability,
        )  # fmt: skip
        np.testing.assert_allclose([curve[order, image] for curve in result], expected)
        areas = [sum((a + b) / 2 for a, b in itertools.pairwise(c)) for c in expected]
        np.testing.assert_allclose(
            [deletion.area(curve[order, image]) for curve in result],
            np.array(areas) / (len(expected[0]) - 1),
        )


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 20), st.integers(0, 20))
def test_each_pixel_belongs_to_one_cell_and_no_cell_is_empty(rows, columns, more, wider):
    cells = deletion.cell_of_pixels((rows, columns), (rows + more, columns + wider))
    assert set(cells.ravel()) == set(range(rows * columns))
    heights = np.bincount(cells[:, 0] // columns)
    assert heights.max() - heights.min() <= 1
    assert (np.diff(cells, axis=0) >= 0).all()


@given(st.integers(2, 400))
def test_steps_are_equal_as_far_as_whole_cells_go(cells):
    counts = deletion.counts(cells)
    assert (counts[0], counts[-1]) == (0, cells)
    assert len(counts) == min(8, cells) + 1
    assert np.ptp(np.diff(counts)) <= 1


def test_no_position_is_favoured_among_equal_cells():
    noise = np.random.default_rng(0).random((4000, 12))
    first = deletion.places(np.zeros((4000, 3, 4)), noise)
    np.testing.assert_allclose(first.mean(axis=0), 5.5, atol=0.25)
    values = np.broadcast_to(deletion.centre_prior((3, 4), (9, 12)), (4000, 3, 4))
    places = deletion.places(values, noise).mean(axis=0).reshape(3, 4)
    np.testing.assert_allclose(places, places[::-1, ::-1], atol=0.25)
    np.testing.assert_allclose(places[1], [6.5, 0.5, 0.5, 6.5], atol=0.3)


def test_the_centre_prior_has_the_order_of_a_gaussian():
    rows, columns = np.indices((5, 7))
    y, x = (rows + 0.5) / 5 - 0.5, (columns + 0.5) / 7 - 0.5
    gaussian = np.exp(-((y * 40) ** 2 + (x * 28) ** 2) / (2 * 7**2))
    prior = deletion.centre_prior((5, 7), (40, 28))
    higher = prior.ravel()[:, None] > prior.ravel()
    assert (gaussian.ravel()[:, None] > gaussian.ravel())[higher].all()


@pytest.mark.parametrize("cam", ["hirescam", "eigencam"])
def test_maps_are_held_against_those_of_fresh_weights(cam):
    data = data_of(np.random.default_rng(0).random((6, 8, 8, 1)), np.ones(6, np.int64))
    learned, last, fresh = one_cell((0, 3)), one_cell((2, 1)), one_cell((2, 1))
    fresh.layers[1].set_weights([np.array([1.0, 0, 0, 0]).reshape(2, 2, 1, 1)])
    result = answer(learned, data, cam, fresh=fresh)
    sample = faithfulness.sample_of(data.probe)
    maps, of_last, of_all = (
        Given(Network(model), "seen").view().maps(cam, sample.images, sample.labels)
        for model in (learned, last, fresh)
    )
    for part, others in (("last", of_last), ("all", of_all)):
        expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(maps, others)]  # noqa: B905
        np.testing.assert_allclose(result[part], expected, atol=1e-5)
        blind = (cam, part) == ("eigencam", "last")  # this method knows no last layer
        assert (np.array(expected) > 0.9999).all() == blind


def drawn_orders(run, monkeypatch):
    """Return the places of a run's cells in its three orders, int [order, image, cell]."""
    orders = []
    monkeypatch.setattr(
        deletion, "places", lambda *given: orders.append(places(*given)) or orders[-1]
    )
    answer(one_cell(), data_of(np.ones((4, 8, 8, 1)), np.ones(4, np.int64)), run=run)
    return np.array(orders)


places = deletion.places


def test_another_run_draws_other_orders(monkeypatch):
    """All is drawn but what the values decide: the cell that the network looks at comes first."""
    runs = [RUN.model_copy(update={"seed": seed}) for seed in (0, 0, 7)]
    one, again, other = (drawn_orders(run, monkeypatch) for run in runs)
    np.testing.assert_array_equal(one, again)
    assert (one != other).any(axis=(1, 2)).all()
    assert (one[0, :, 3] == 0).all()
    assert (other[0, :, 3] == 0).all()


def test_the_predicted_class_is_followed_where_the_look_is_at_it():
    """Bright images of class 0, of which the network makes class 1."""
    model = one_cell()
    kernel = model.layers[-1].kernel.numpy()
    kernel[12, 0] = 1.0
    model.layers[-1].kernel.assign(kernel)
    data = data_of(np.ones((4, 8, 8, 1)), np.zeros(4, np.int64))
    for target, logit in (("true", 1), ("predicted", 4)):
        start = answer(model, data, target=target)["deletion_curve"][..., 0]
        np.testing.assert_allclose(start, np.exp(logit) / (np.exp(1) + np.exp(4)), atol=1e-6)
