"""Margins of a plan: read, kept, refused in one line."""

import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.plan.margins import Margins


def test_margins_have_defaults_and_are_read_as_text_or_table():
    assert Plan.make({}).margins == Margins()
    text = Plan.make({"margins": "gain=0.01, class=0.05"}).margins
    assert text == Plan.make({"margins": {"gain": 0.01, "class": 0.05}}).margins
    assert (text.gain, text.recall, text.focus, text.cost) == (0.01, 0.05, 0.05, 0.01)


def test_margins_come_back_as_they_stand_in_a_plan():
    plan = Plan.make({"margins": "class=0.05"})
    assert Plan.make(plan.model_dump(mode="json")) == plan


def test_a_setting_reaches_one_margin():
    assert Plan.make({"margins": {"gain": 0.02}}, {"margins.class": "0.1"}).margins.toml == {
        "gain": 0.02, "class": 0.1, "focus": 0.05, "cost": 0.01
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("gain=-0.1", "gain: received '-0.1'; a margin is a number above 0, at most 1"),
        ({"class": 1.5}, "class: received 1.5; a margin is a number above 0, at most 1"),
        ({"gain": 0}, "gain: received 0; a margin"),
        ({"gain": True}, "gain: received True; a margin"),
        ("gain=nan", "gain: received 'nan'; a margin"),
        ("gian=0.1", "no margin 'gian' (received '0.1'). Did you mean 'gain'?"),
        ("0.1", "received '0.1'; expected NAME=NUMBER, such as gain=0.01"),
        (0.1, "received 0.1; expected a table of gain, class, focus, cost"),
    ],
)
def test_what_is_refused(value, words):
    with pytest.raises(InputError) as refusal:
        Plan.make({"margins": value})
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ("acuracy", "Did you mean 'accuracy'"),
        ("recall_at_fpr:1.5", "above 0 and below 1"),
        ("recall_at_fpr", "above 0 and below 1"),
        ("log_loss", "reported beside what decides"),
        (3, "expected the name of a score"),
    ],
)
def test_a_score_that_cannot_decide_is_refused_in_one_line(gain, words):
    with pytest.raises(InputError, match=words) as error:
        Plan.make({"gain": gain})
    assert "gain: " in str(error.value)
    assert "\n" not in str(error.value)
