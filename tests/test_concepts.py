"""Factors of what models see: asked for by a plan, answered by patches of probe images."""

from dataclasses import dataclass

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.questions import concepts as asking
from cam_augment.questions import questions_of
from cam_augment.questions.concepts import ConceptsQuestion, patches_of
from tests.patches import (
    GRID,
    IMAGES,
    data_of,
    plan_of,
)

# ---- the plan


def test_a_plan_names_factors_or_numbers_them():
    assert plan_of(concepts=0).concepts is None
    assert plan_of(concepts="8").concepts.factors == 8
    named = plan_of(concepts={"factors": 2, "names": ["edges", "dots"]})
    assert named.concepts.names == ("edges", "dots")
    again = Plan.make(named.model_dump(mode="json", exclude_none=True))
    assert again == named


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "received -1; a whole number of factors, 0"),
        (True, "received True; a whole number"),
        (2.5, "received 2.5; a whole number"),
        ("many", "received 'many'; a whole number"),
        (33, "received 33; a whole number of factors, 0 .* to 32"),
        ({"names": ["a"]}, "the table lacks 'factors'"),
        ({"factor": 2}, "no field 'factor' .* Did you mean 'factors'"),
        ({"factors": 2, "names": ["a"]}, "names: received 1 for 2 factors"),
        ({"factors": 2, "names": ["a", "a"]}, "received 'a' twice"),
        ({"factors": 2, "names": ["a", ""]}, "names: received ''"),
        ({"factors": 2, "names": "ab"}, "names: received 'ab'; a list"),
    ],
)
def test_what_is_no_number_of_factors_is_refused_in_one_line(value, message):
    with pytest.raises(InputError, match=f"^plan: concepts: {message}") as error:
        plan_of(concepts=value)
    assert "\n" not in str(error.value)


# ---- the question


@dataclass
class Seen:
    """Stands for a look: what it gives is known from the image, the cell and the channel."""

    grid: tuple = GRID
    channels: int = 6
    block: int = 7
    layer: str = "made"

    def activations(self, images):
        cells = np.arange(np.prod(self.grid) * self.channels).reshape(*self.grid, self.channels)
        return np.asarray(images).mean(axis=(1, 2))[:, None, None] * (cells - 40.0)


class Model:
    def __init__(self, **fields):
        self.seen = Seen(**fields)

    def view(self, _layer):
        return self.seen


def question_of(plan, data, place=0):
    (question,) = ConceptsQuestion.asked(plan.runs()[place], plan, data)
    return question


def test_every_run_is_asked_where_the_plan_says_so_and_none_elsewhere():
    for wanted in (3, 0):
        plan, data = plan_of(concepts=wanted), data_of()
        for run in plan.runs():
            kinds = [question.kind for question in questions_of(run, plan, data)]
            assert ("concepts" in kinds) == bool(wanted)


def test_a_key_follows_weights_layer_and_probe_images_and_nothing_else(monkeypatch):
    data = data_of()
    key = question_of(plan_of(), data).key
    same = (
        plan_of(concepts=7),
        plan_of(concepts={"factors": 1, "names": ["all"]}),
        plan_of(cam="hirescam", cam_target="predicted"),
    )
    assert {question_of(plan, data).key for plan in same} == {key}
    others = {
        question_of(plan_of(), data, place=1).key,
        question_of(plan_of(cam_layer="-2"), data).key,
        question_of(plan_of(), data_of(IMAGES + 1)).key,
    }
    monkeypatch.setattr(asking, "COUNT", 10)
    others.add(question_of(plan_of(), data).key)
    assert len(others | {key}) == 5


@pytest.mark.parametrize("count", [3, 47, 10_000])
def test_patches_are_spread_over_the_images_and_none_comes_twice(monkeypatch, count):
    monkeypatch.setattr(asking, "COUNT", count)
    places = patches_of(IMAGES, GRID)
    assert len(places) == len({tuple(place) for place in places}) == min(count, IMAGES * 20)
    assert (places < (IMAGES, *GRID)).all()
    of_image = np.bincount(places[:, 0], minlength=IMAGES)
    assert np.ptp(of_image) <= 1


def test_the_answer_is_what_the_layer_gives_in_each_patch(monkeypatch):
    monkeypatch.setattr(asking, "COUNT", 100)
    data, model = data_of(), Model()
    answer = question_of(plan_of(), data).answer(model, None, data)["activations"]
    assert answer.dtype == np.float16
    every = model.seen.activations(data.probe.images[:])
    rows = np.array([every[tuple(place)] for place in patches_of(IMAGES, GRID)])
    np.testing.assert_allclose(answer, rows / np.abs(rows).max(), atol=1e-3)


@pytest.mark.parametrize(
    ("factors", "images", "fields", "message"),
    [
        (7, 30, {}, "concepts: received 7 factors; layer 'made' has 6 channels"),
        (30, 1, {"channels": 64}, "received 30 factors; layer 'made' has 20 patches"),
    ],
)
def test_more_factors_than_a_layer_can_have_are_refused_beforehand(
    factors, images, fields, message
):
    question = question_of(plan_of(concepts=factors), data_of(images))
    with pytest.raises(InputError, match=message):
        question.check(Model(**fields))
    question_of(plan_of(), data_of()).check(Model())
