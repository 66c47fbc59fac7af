"""What is beyond noise is decided in one place."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cam_augment
from cam_augment.records import Effect
from cam_augment.statistics.significance import (
    change_finding,
    gain_finding,
    is_beyond_noise,
    is_significant,
    prediction_finding,
    shift_finding,
)

PACKAGE = Path(cam_augment.__file__).parent
NUMBERS = st.none() | st.floats(-1, 1)


def compares_with_alpha(path: Path) -> list[int]:
    """Return the lines in which something is compared with an alpha."""
    compared = (
        n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Compare)
    )
    return [
        node.lineno
        for node in compared
        for side in (node.left, *node.comparators)
        if getattr(side, "id", getattr(side, "attr", "")) == "alpha"
    ]


def test_one_place_compares_a_p_with_alpha():
    result = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "architectures"  # alpha is a network's width there
        if (lines := compares_with_alpha(path))
    }
    assert set(result) == {"statistics/significance.py"}
    assert len(result["statistics/significance.py"]) == 1


@given(p=st.none() | st.just(float("nan")) | st.floats(0, 1), low=NUMBERS, high=NUMBERS)
def test_no_rule_finds_anything_beyond_noise_with_a_large_p(p, low, high):
    findings = [
        gain_finding(p, low, high, 0.05),
        change_finding(p, low, 0.05),
        shift_finding(p, low, 0.05),
        prediction_finding(p, low, 0.05),
    ]
    if p is None or p != p:
        assert findings == [None] * 4
    elif p > 0.05:
        assert findings == ["within noise"] * 4
    assert not any(map(is_beyond_noise, findings)) or is_significant(p, 0.05)


@pytest.mark.parametrize(
    ("question", "estimate", "low", "high", "finding"),
    [
        ("gain", 0.02, 0.01, 0.03, "gains"),
        ("gain", -0.02, -0.03, -0.01, "loses"),
        ("gain", 0.02, -0.01, 0.05, "not settled"),
        ("gain", 0.02, None, None, "not settled"),
        ("gain_macro_f1", 0.02, -0.01, 0.05, "not settled"),
        ("gain_cost", -3.0, -5.0, -1.0, "loses"),
        ("excess_shift.pearson", 0.02, 0.01, 0.05, "moves"),
        ("excess_shift.pearson", 0.02, -0.01, 0.05, "not settled"),
        ("spread", 0.02, -0.01, 0.05, "rises"),
        ("focus", -0.02, -0.05, 0.01, "falls"),
    ],
)
def test_each_question_has_its_rule(question, estimate, low, high, finding):
    effect = Effect(
        strategy="s", question=question, estimate=estimate, low=low, high=high, p_adjusted=0.05
    )
    assert effect.finding is None
    assert effect.with_finding(0.05).finding == finding
    assert effect.with_finding(0.049).finding == "within noise"
    assert effect.model_copy(update={"p_adjusted": None}).with_finding(0.05).finding is None
