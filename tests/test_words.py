"""Numbers as they are written: rounded, they lie on their side of what they are held to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.report.phrases.verdicts import REASONS
from cam_augment.report.values import fill
from cam_augment.report.words import LEVELS, MINUS, number, p_value, percent, points, span, sums

FINEST = 1e-6  # what six decimals can tell


def value_of(text):
    return float(text.replace(MINUS, "-").replace(",", "").rstrip("\N{NO-BREAK SPACE}%"))


@pytest.mark.parametrize("write", [number, points, percent, sums(22335.7, 1961.8, 42709.6)])
@given(low=st.floats(-1, 1), width=st.floats(0, 1))
def test_an_end_of_an_interval_has_its_sign(write, low, width):
    ends = span(low, low + width, write).strip("[]").split(", ")
    for end, text in zip((low, low + width), ends, strict=True):
        if abs(end) > FINEST:
            assert value_of(text) * end > 0


@given(
    st.floats(0.002, 1) | st.sampled_from(LEVELS).flatmap(lambda x: st.floats(x - 1e-3, x + 1e-3))
)
def test_a_p_value_lies_on_its_side_of_every_level(p):
    for level in LEVELS:
        if abs(p - level) > FINEST:
            assert (float(p_value(p)) <= level) == (p <= level)


@given(bound=st.floats(0, 0.01), margin=st.sampled_from([0.005, 0.0025, 0.01]))
def test_a_bound_lies_on_its_side_of_the_margin(bound, margin):
    values = {"estimate": -0.01, "low": -0.03, "high": 0.01, "bound_high": bound, "margin": margin}
    shown = fill(REASONS["gain.open"], values).split("at most ")[1].split(";")[0]
    if abs(bound - margin) > FINEST / 100:
        assert (value_of(shown) < 100 * margin) == (bound < margin)


@given(st.floats(-0.03, -0.01))
def test_a_loss_lies_on_its_side_of_what_a_class_may_lose(loss):
    values = {"name": "5", "margin": 0.02, "loss": -0.1, "loss_high": loss}
    shown = fill(REASONS["class.surely_loses"], values).rsplit(" ", 1)[1].rstrip(")")
    if abs(loss + 0.02) > FINEST / 100:
        assert (value_of(shown) < -2) == (loss < -0.02)
