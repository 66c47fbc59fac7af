"""Optimal transport: our simplex against POT's solver and a linear program."""

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cam_augment.metrics import simplex, transport
from cam_augment.metrics.grid import shares

GRIDS = [(1, 2), (2, 2), (1, 7), (3, 5), (7, 7), (8, 8)]


def pot(a, b):
    cost = transport.ground(*a.shape[1:])
    return [ot.emd2(x.ravel(), y.ravel(), cost) for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("size", [*GRIDS, (8, 9)], ids=str)
@pytest.mark.parametrize("power", [1, 10], ids=["even", "peaked"])
def test_least_work_is_what_pot_finds(size, power):
    rng = np.random.default_rng(size)
    a, b = (shares(rng.random((20, *size)) ** power) for _ in range(2))
    np.testing.assert_allclose(transport.least_work(a, b), pot(a, b), atol=1e-12)


@settings(max_examples=60)
@given(st.data(), st.sampled_from(GRIDS))
def test_maps_of_few_levels_have_many_ties_and_the_same_least_work(data, size):
    levels = arrays.arrays(np.int64, (3, *size), elements=st.integers(0, 3))
    first = np.arange(np.prod(size)).reshape(size) == 0  # no map is empty
    a, b = (shares(np.maximum(data.draw(levels), first)) for _ in range(2))
    np.testing.assert_allclose(transport.least_work(a, b), pot(a, b), atol=1e-12)


def test_single_cells_are_as_far_apart_as_they_lie():
    cells = np.eye(64).reshape(-1, 8, 8)
    first, second = np.divmod(np.arange(64 * 64), 64)
    work = transport.least_work(cells[first], cells[second])
    np.testing.assert_allclose(work, transport.ground(8, 8).ravel(), atol=1e-15)


def test_equal_maps_need_no_work_and_maps_without_mass_have_none():
    maps = shares(np.stack([np.eye(3), np.zeros((3, 3))]))
    assert transport.least_work(maps, maps)[0] == 0
    assert np.isnan(transport.least_work(maps, maps)[1])


def test_a_value_does_not_depend_on_the_other_images():
    rng = np.random.default_rng(3)
    a, b = (shares(rng.random((9, 7, 7))) for _ in range(2))
    apart = [transport.least_work(a[i : i + 1], b[i : i + 1])[0] for i in range(9)]
    assert transport.least_work(a, b).tolist() == apart


def test_what_the_simplex_leaves_open_is_solved_by_pot(monkeypatch):
    monkeypatch.setattr(simplex, "solve", lambda _surplus, _cost, _near, work: work.fill(-1))
    rng = np.random.default_rng(4)
    a, b = (shares(rng.random((3, 4, 4))) for _ in range(2))
    np.testing.assert_allclose(transport.least_work(a, b), pot(a, b), atol=1e-12)


def test_without_pivots_the_simplex_says_that_it_has_no_answer():
    """Run as plain Python, where the limit can be set; a limit of none leaves all open."""
    rng = np.random.default_rng(5)
    a, b = (shares(rng.random((4, 5, 5))) for _ in range(2))
    surplus, work = (a - b).reshape(4, -1), np.empty(4)
    saved = simplex.PIVOTS
    try:
        simplex.PIVOTS = 0
        solve = plain(simplex)
        solve(surplus, transport.ground(5, 5), transport.nearest(5, 5), work)
    finally:
        simplex.PIVOTS = saved
    assert (work == -1).all()


def plain(module):
    """Return ``solve`` of the module with every compiled function as plain Python."""
    names = [name for name, value in vars(module).items() if hasattr(value, "py_func")]
    space = dict(vars(module))
    for name in names:
        function = getattr(module, name).py_func
        space[name] = type(function)(function.__code__, space, name, function.__defaults__)
    return space["solve"]
