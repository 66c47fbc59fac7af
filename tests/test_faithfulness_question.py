"""The question of faithful maps: of one run's own model, which it leaves as it was."""

import keras
import numpy as np
import pytest

from cam_augment.plan import Choice, Plan
from cam_augment.questions import faithfulness, questions_of
from cam_augment.questions.faithfulness import FaithfulnessQuestion, fresh_weights
from cam_augment.questions.maps import MapsQuestion
from cam_augment.records import Split
from cam_augment.training import trainer as training
from tests.conftest import TINY
from tests.faithful_networks import data_of, one_cell
from tests.fits import complete


@pytest.fixture(scope="module")
def trained(data):
    """A run's own trainer with the run's trained weights, and what it was asked."""
    plan = Plan.make({**TINY, "checks": ["eigencam"]})
    run = plan.runs()[0]
    done = complete(run, questions_of(run, plan, data), None, data)
    trainer = training._trainer(
        run.architecture.model_dump_json(), run.recipe, data.train.images.shape[1:], 10
    )
    trainer.take(done.model)
    return trainer, run, done, questions_of(run, plan, data)


def question(cam="gradcam", **fields):
    return FaithfulnessQuestion("key", Choice(name=cam), **fields)


def test_the_fit_and_all_else_are_those_of_a_run_that_was_not_asked(trained, data):
    _, run, done, _ = trained
    plain = complete(run, [], None, data)
    np.testing.assert_array_equal(plain.fit.test_logits, done.fit.test_logits)
    np.testing.assert_array_equal(plain.fit.probe_logits, done.fit.probe_logits)
    other = training.Trainer(run.architecture, run.recipe, data.train.images.shape[1:], 10)
    weights = []
    for model in (plain.model, done.model):
        other.take(model)
        weights.append(other.model.get_weights())
    for one, twin in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, twin)


def test_a_later_question_meets_the_same_model(trained, data):
    trainer, run, done, questions = trained
    variables = [v.numpy() for v in trainer.model.variables]
    question().answer(trainer, run, data)
    for before, after in zip(variables, trainer.model.variables, strict=True):
        np.testing.assert_array_equal(before, after.numpy())
    maps = MapsQuestion("maps", Choice(name="gradcam")).answer(trainer, run, data)
    np.testing.assert_array_equal(maps.values, done.answers[questions[0].key].values)


@pytest.mark.parametrize("part", ["last", "all"])
def test_weights_come_back_even_where_something_fails(trained, part):
    trainer, *_ = trained
    before = [v.numpy() for v in trainer.model.variables]

    def changed():
        pairs = zip(before, trainer.model.variables, strict=True)
        return [v.path.split("/")[0] for old, v in pairs if not np.array_equal(old, v.numpy())]

    def fail():
        with fresh_weights(trainer.model, trainer.untrained(5), part):
            weights_inside.extend(changed())
            raise RuntimeError("in between")

    weights_inside = []
    with pytest.raises(RuntimeError, match="in between"):
        fail()
    assert set(weights_inside) == {"logits"} if part == "last" else len(set(weights_inside)) == 7
    assert changed() == []


def test_the_last_layer_of_a_model_inside_a_model_is_its_last():
    inner = one_cell()
    image = keras.Input((8, 8, 1))
    outer = keras.Model(image, inner(image))
    assert faithfulness._last_weights(outer) == inner.layers[-1].weights


def test_the_same_question_has_the_same_answer(trained, data):
    trainer, run, done, questions = trained
    again = question().answer(trainer, run, data)
    first = done.answers[next(q.key for q in questions if q.kind == "faithfulness")]
    assert set(again) == set(first)
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


def test_the_cost_is_what_the_docs_say(trained, data, monkeypatch):
    """4,301 images through the network and the maps of 300, for a hundred images."""
    trainer, run, *_ = trained
    predicted, looked = [], []
    predict, maps = training.Trainer.predict, training.Look.maps
    monkeypatch.setattr(
        training.Trainer, "predict", lambda s, x: predicted.append(len(x)) or predict(s, x)
    )
    monkeypatch.setattr(
        training.Look, "maps", lambda s, m, x, *rest: looked.append(len(x)) or maps(s, m, x, *rest)
    )
    many = data_of(np.repeat(data.probe.images, 4, axis=0), np.repeat(data.probe.labels, 4))
    question().answer(trainer, run, many)
    assert sum(predicted) == 4301
    assert looked == [100] * 3


def test_degenerate_maps_say_nothing_in_any_order(trained, data, monkeypatch):
    trainer, run, *_ = trained
    maps = training.Look.maps

    def some_empty(self, *arguments):
        return (maps(self, *arguments) + 1e-3) * (np.arange(30) % 3 > 0)[:, None, None]

    monkeypatch.setattr(training.Look, "maps", some_empty)
    result = question().answer(trainer, run, data)
    for name, values in result.items():
        if name in ("last", "all"):
            assert np.isnan(values[::3]).all()
        else:
            np.testing.assert_array_equal(
                np.isnan(values).reshape(3, 30, -1).all(axis=(0, 2)), np.arange(30) % 3 == 0
            )


def test_the_sample_has_the_classes_shares_whatever_their_order():
    labels = np.sort(np.arange(400) % 4)
    sample = faithfulness.sample_of(Split(np.zeros((400, 1, 1, 1), np.float32), labels))
    assert np.bincount(sample.labels).tolist() == [25] * 4


def test_only_baselines_are_asked_and_every_look_has_its_key(tiny, data):
    plan = Plan.make({**TINY, "checks": ["layercam", "target=predicted"]})
    kinds = {
        run.strategy.label: [q.kind for q in questions_of(run, plan, data)] for run in plan.runs()
    }
    assert kinds["baseline"] == ["maps"] * 3 + ["predictions"] * 2 + ["faithfulness"] * 3
    assert kinds["rotation"] == ["maps"] * 3 + ["predictions"] * 2
    keys = [q.key for run in plan.runs() for q in questions_of(run, plan, data)]
    assert len(set(keys)) == len(keys)
    questions = questions_of(tiny.runs()[0], tiny, data)
    assert questions == tuple(
        questions_of(plan.runs()[0], plan, data)[place] for place in (0, 3, 4, 5)
    )
