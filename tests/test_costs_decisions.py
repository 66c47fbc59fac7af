"""Decisions of least expected cost, against brute force and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from cam_augment.plan.costs import Costs
from cam_augment.statistics import (
    cheapest,
    offset,
    probabilities,
    temperature,
)
from tests.priced import CLASSES, SHORT


def random_case(seed, images=60, classes=4):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=images - classes)])
    logits = 3 * rng.normal(size=(images, classes)) + 2 * np.eye(classes)[labels]
    return rng, logits, labels


@given(st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_the_decision_is_that_of_brute_force(seed):
    rng, logits, _ = random_case(seed)
    costs = rng.exponential(size=(4, 4)) * (1 - np.eye(4))
    chances = probabilities(logits, 1.7, rng.normal(size=4))
    for p, decided in zip(chances, cheapest(chances, costs), strict=True):
        expected = [
            sum(p[true] * costs[true, decision] for true in range(4)) for decision in range(4)
        ]
        assert expected[decided] == pytest.approx(min(expected))


def test_the_decision_by_hand():
    """Golden: miss 50, false alarm 1. A part is passed where P(defect) < 1 / 51."""
    costs = [[0, 1], [50, 0]]
    at = 1 / 51
    chances = [[1 - p, p] for p in (0.0, at * 0.99, at * 1.01, 0.4, 1.0)]
    assert cheapest(chances, costs).tolist() == [0, 0, 1, 1, 1]


def test_of_defects_that_cost_the_same_the_likeliest_is_taken():
    costs = Costs.parse(SHORT).matrix(CLASSES)
    chances = [[0.5, 0.1, 0.4], [0.5, 0.4, 0.1], [0.999, 0.0006, 0.0004]]
    assert cheapest(chances, costs).tolist() == [2, 1, 0]


def test_equal_costs_decide_for_the_likeliest_class():
    _, logits, _ = random_case(1)
    chances = probabilities(logits)
    np.testing.assert_array_equal(cheapest(chances, 1 - np.eye(4)), logits.argmax(axis=1))


def test_probabilities_of_huge_logits_stay_numbers():
    assert probabilities([[1e4, -1e4]], 0.01).tolist() == [[1, 0]]


@given(st.integers(0, 200), st.sampled_from([None, [3, 1, 1, 1], [1, 1, 1, 40]]))
@settings(max_examples=30, deadline=None)
def test_the_temperature_has_the_least_likelihood(seed, learned):
    """Held against scipy, on the likelihood as it is defined."""
    _, logits, labels = random_case(seed)
    shares = np.bincount(labels, minlength=4) / len(labels)
    learned = shares if learned is None else learned
    shift = np.log(shares) - np.log(np.maximum(learned, 0.5) / np.maximum(learned, 0.5).sum())

    def loss(log_heat):
        chances = probabilities(logits, np.exp(log_heat), shift)
        losses = -np.log(chances[np.arange(len(labels)), labels])
        unknown = -(np.log(chances) @ shares).mean()  # one image of which the mix is known
        return losses.sum() + unknown

    result = minimize_scalar(loss, bounds=(-4.6, 4.6), method="bounded", options={"xatol": 1e-9})
    assert temperature(logits, labels, learned) == pytest.approx(np.exp(result.x), rel=1e-4)


def test_the_temperature_of_many_images_is_that_which_made_their_labels():
    rng = np.random.default_rng(0)
    for true in (0.5, 1.0, 2.5):
        logits = 3 * rng.normal(size=(20_000, 3))
        chances = probabilities(logits, true)
        labels = (rng.random((len(logits), 1)) > chances.cumsum(axis=1)).sum(axis=1)
        counts = np.bincount(labels)
        assert temperature(logits, labels, counts) == pytest.approx(true, rel=0.05)


def test_images_that_are_all_read_rightly_make_no_certainty():
    logits = 5 * np.eye(2)[np.arange(100) % 2]
    heat = temperature(logits, np.arange(100) % 2, [1, 1])
    wrong = probabilities([[5.0, 0.0]], heat)[0, 1]
    assert wrong == pytest.approx(0.5 / 101, rel=1e-6)  # half of one image in 101


def test_logits_that_say_nothing_have_a_bounded_temperature():
    assert np.isfinite(temperature(np.zeros((6, 2)), [0, 1] * 3, [1, 1]))
    against = temperature([[5.0, 0.0], [0.0, 5.0]], [1, 0], [1, 1])
    assert against == pytest.approx(100, rel=1e-6)


def test_another_mix_is_bayes_rule():
    """Two normal classes, whose posterior is known under every mix."""
    x = np.linspace(-4, 4, 9)
    likelihood = np.exp(-0.5 * (x[:, None] - [-1.0, 1.0]) ** 2)

    def posterior(mix):
        joint = likelihood * mix
        return joint / joint.sum(axis=1, keepdims=True)

    learned, production = np.array([300, 100]), np.array([0.99, 0.01])
    logits = np.log(posterior(learned / 400)) + 7
    result = probabilities(logits, 1.0, offset(learned, production))
    np.testing.assert_allclose(result, posterior(production), rtol=1e-9)


def test_a_class_that_is_never_met_is_never_decided_for():
    chances = probabilities([[0.0, 9.0, 1.0]], 1.0, offset([1, 1, 1], [0.5, 0, 0.5]))
    assert chances[0, 1] == 0
    assert np.isfinite(offset([5, 0], [0.5, 0.5])).all()
