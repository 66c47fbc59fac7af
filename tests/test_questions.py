"""What every question is held to, whoever wrote it."""

from dataclasses import dataclass

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.questions import Question, answer_of, question, questions_of
from cam_augment.records import DataSet, Maps, Split
from cam_augment.registry import QUESTIONS


@dataclass(frozen=True)
class Made(Question):
    """A question that answers as it is told to."""

    said: object = None

    kind = "made"
    version = 1

    @classmethod
    def asked(cls, run, plan, data):  # noqa: ARG003
        yield cls(cls.key_of(run, data))

    def answer(self, trainer, run, data):  # noqa: ARG002
        return self.said


@pytest.fixture(scope="module")
def data():
    split = Split(np.zeros((2, 4, 4, 1), np.float32), np.array([0, 1]))
    return DataSet("made", ("a", "b"), split, split, split, split)


@pytest.fixture
def entries(monkeypatch):
    """What a test enters does not stay."""
    len(QUESTIONS)
    monkeypatch.setattr(QUESTIONS, "_entries", dict(QUESTIONS._entries))


def variant(**changes):
    return type("Variant", (Made,), changes)


@pytest.mark.usefixtures("entries")
def test_a_question_is_entered_and_asked(data):
    assert question(Made) is Made
    plan = Plan.make({})
    questions = [
        candidate
        for candidate in questions_of(plan.runs()[0], plan, data)
        if candidate.kind == "made"
    ]
    assert questions == [Made(Made.key_of(plan.runs()[0], data))]
    assert QUESTIONS["made"].summary == "A question that answers as it is told to."
    assert QUESTIONS["made"].resolve({}) == {}


@pytest.mark.usefixtures("entries")
def test_what_a_profile_needs_is_asked_first(data):
    question(variant(kind="zest", needed=True))
    plan = Plan.make({})
    kinds = [candidate.kind for candidate in questions_of(plan.runs()[0], plan, data)]
    assert kinds == ["maps", "predictions", "predictions", "zest", "faithfulness"]


@pytest.mark.parametrize(
    "kind", ["trainings", "fits", "scores", "chance", "damaged", "../out", "a b"]
)
@pytest.mark.usefixtures("entries")
def test_a_kind_is_a_folder_of_its_own(kind):
    with pytest.raises(InputError, match="its name is that of a folder"):
        question(variant(kind=kind))


@pytest.mark.usefixtures("entries")
def test_a_kind_of_another_module_is_not_replaced():
    with pytest.raises(ValueError, match="two entries for question 'maps'"):
        question(variant(kind="maps"))


def test_a_key_names_all_that_decides_an_answer(data):
    one, other = Plan.make({}).runs()[:2]
    more = Split(np.ones((2, 4, 4, 1), np.float32), np.array([0, 1]))
    keys = [
        Made.key_of(one, data),
        Made.key_of(other, data),
        Made.key_of(one, DataSet("made", ("a", "b"), *(more,) * 4)),
        Made.key_of(one, data, "detail"),
        variant(version=2).key_of(one, data),
        variant(kind="other").key_of(one, data),
    ]
    assert len(set(keys)) == len(keys)
    assert Made.key_of(one, data) == keys[0]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([1, 2], "an answer is arrays by name; received <class 'list'>"),
        (Maps("key", "gradcam", "features", np.zeros((2, 1, 1))), "an answer is arrays by name"),
        ({"a": np.array([{}])}, "'a' holds no numbers, but object"),
        ({"a": ["text"]}, "'a' holds no numbers"),
    ],
)
def test_what_the_store_cannot_keep_is_no_answer(said, message, data):
    with pytest.raises(TypeError, match=message):
        answer_of(Made("key", said=said), None, None, data)


def test_numbers_of_any_kind_are_an_answer(data):
    numbers = {"share": 0.5, "kept": np.array([True]), "counts": [1, 2]}
    answer = answer_of(Made("key", said=numbers), None, None, data)
    assert {name: values.dtype.kind for name, values in answer.items()} == {
        "share": "f",
        "kept": "b",
        "counts": "i",
    }
