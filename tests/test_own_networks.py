"""Networks of one's own of any form: trained and looked at, or refused before any training."""

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.questions import questions_of
from cam_augment.records import DataSet, Split
from cam_augment.training.trainer import Trainer, private_seeds
from tests.conftest import TINY
from tests.fits import complete

SHAPE = (28, 28, 1)


def plan_of(function, **settings) -> Plan:
    network = {"name": "own", "source": f"tests.own_networks:{function}", **settings}
    return Plan.make(
        {**TINY, "architecture": network, "recipe": {"epochs": 1, "precision": "float32"}}
    )


def completed(plan, data, model=None):
    run = plan.runs()[0]
    questions = [q for q in questions_of(run, plan, data) if q.kind in ("maps", "faithfulness")]
    return complete(run, questions, model, data), questions


FORMS = {
    "nested": "base/last",
    "pooled": "base/last",
    "added": "last",
    "one_batch": "last",
    "written_softmax": "last",
    "subclassed": "last",
    "regularised": "last",
}


@pytest.mark.parametrize("function", FORMS)
def test_any_form_is_trained_looked_at_and_taken_from_the_store(function, data):
    plan = plan_of(function)
    first, questions = completed(plan, data)
    maps = first.answers[questions[0].key]
    assert maps.layer == FORMS[function]
    assert min(maps.values.shape[1:]) >= 4
    assert first.fit.test_logits.shape == (len(data.test), 10)
    again, _ = completed(plan, data, first.model)
    np.testing.assert_array_equal(again.answers[questions[0].key].values, maps.values)


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_a_softmax_changes_neither_training_nor_maps(activation, data):
    """Trained on the logits before it: never a softmax of a softmax."""
    plan = plan_of("flat", options={"activation": activation})
    softmax, questions = completed(plan, data)
    plain, plain_questions = completed(plan_of("flat"), data)
    np.testing.assert_allclose(softmax.fit.test_logits, plain.fit.test_logits, atol=1e-5)
    one, other = softmax.answers[questions[0].key], plain.answers[plain_questions[0].key]
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)
    assert one.remarks == ({"outputs": "softmax"} if activation == "softmax" else {})


def test_one_unit_is_trained_as_two_classes(data):
    def two(split):
        return Split(split.images, split.labels % 2)

    parts = (two(s) for s in (data.train, data.validation, data.probe, data.test))
    completion, questions = completed(plan_of("one_unit"), DataSet("two", ("even", "odd"), *parts))
    assert completion.fit.test_logits.shape[1] == 2
    assert not completion.fit.test_logits[:, 0].any()
    assert completion.answers[questions[0].key].remarks == {"outputs": "unit.sigmoid"}


@pytest.fixture
def untrained(monkeypatch):
    monkeypatch.setattr(Trainer, "train", lambda *_: pytest.fail("it was trained"))


@pytest.mark.parametrize(
    ("function", "settings", "words"),
    [
        ("by_hand", {}, "add up to 1, and its graph does not show"),
        ("one_unit", {}, "tells 2 classes apart; the data set has 10"),
        ("perceptron", {}, "no layer with a grid of 2x2 or more"),
        ("augmenting", {}, "in layers of its own: mirror;"),
        ("augmenting", {"options": {"kind": "rotation"}}, "in layers of its own: mirror;"),
        ("augmenting", {"options": {"kind": "noise"}}, "in layers of its own: mirror;"),
        ("augmenting", {"options": {"kind": "hidden"}}, "in layers of its own: mirror;"),
        ("augmenting", {"options": {"kind": "nested"}}, "in layers of its own: s/mirror;"),
        ("flat", {"layer": "lost"}, "no layer 'lost' with a grid. Did you mean 'last'?"),
    ],
)
@pytest.mark.usefixtures("untrained")
def test_what_cannot_be_asked_is_refused_before_training(function, settings, words, data):
    with pytest.raises(InputError) as caught:
        completed(plan_of(function, **settings), data)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_outputs_that_a_person_explains_are_trained_as_they_are_said_to_be(data):
    plain, _ = completed(plan_of("flat"), data)
    said, _ = completed(plan_of("by_hand", ends_in="probabilities"), data)
    shares = [np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
              for logits in (said.fit.test_logits, plain.fit.test_logits)]  # fmt: skip
    np.testing.assert_allclose(*shares, atol=1e-4)


def test_permissions_leave_the_key_and_what_outputs_are_changes_it():
    key = plan_of("flat").runs()[0].key
    assert plan_of("flat", augments=True).runs()[0].key == key
    assert plan_of("flat", ends_in="").runs()[0].key == key
    assert plan_of("flat", ends_in="logits").runs()[0].key != key


def test_layers_that_augment_may_be_allowed(data):
    plan = plan_of("augmenting", augments=True)
    assert completed(plan, data)[0].fit.test_logits.shape == (len(data.test), 10)


@pytest.mark.usefixtures("data")
def test_a_subclassed_model_in_a_file_is_refused(tmp_path):
    from tests import own_networks

    with private_seeds(0):
        model = own_networks.subclassed(SHAPE, 10)
        model(np.zeros((1, *SHAPE), np.float32))
    model.save(tmp_path / "mine.keras")
    network = {"name": "own", "source": str(tmp_path / "mine.keras")}
    plan = Plan.make({**TINY, "architecture": network})
    with pytest.raises(InputError, match=r"cannot be read|subclassed model"):
        Trainer(plan.architecture, plan.recipe, SHAPE, 10)
