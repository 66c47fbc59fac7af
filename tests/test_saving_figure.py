"""Gain beside saving: only with costs, most saved first, told by shape as well as colour."""

import numpy as np

from cam_augment.report.figures import style
from cam_augment.report.figures.costs import gain_and_saving
from cam_augment.report.figures.sizes import PAGE
from tests.profiles import MEASURED, example_profile


def drawn(profile):
    with style.report_style():
        return gain_and_saving(profile).draw(PAGE)


def test_without_costs_there_is_no_figure():
    assert gain_and_saving(example_profile()) is None
    profile = example_profile(masked=True)
    rest = tuple(e for e in profile.effects if e.question != "gain_cost")
    assert gain_and_saving(profile.model_copy(update={"effects": rest})) is None


def test_rows_are_ordered_by_what_is_saved_on_both_sides():
    left, right = drawn(example_profile(masked=True)).axes
    saved = {strategy: 900 * row[0] for strategy, row in MEASURED.items()} | {"contrast": -9.0}
    order = sorted(saved, key=lambda name: -saved[name])
    assert [label.get_text() for label in left.get_yticklabels()] == order
    marks = [line for line in right.lines if line.get_marker() in style.MARKERS.values()]
    assert [float(line.get_xdata()[0]) for line in marks] == [saved[name] for name in order]
    assert len(left.texts) == len(right.texts) == len(MEASURED)


def test_what_is_beyond_noise_is_filled_and_the_rest_hollow():
    profile = example_profile(masked=True)
    _, right = drawn(profile).axes
    marks = [line for line in right.lines if line.get_marker() in style.MARKERS.values()]
    order = sorted(MEASURED, key=lambda n: -profile.effect(n, "gain_cost").estimate)
    for name, mark in zip(order, marks, strict=True):
        effect = profile.effect(name, "gain_cost")
        beyond = effect.p_adjusted <= 0.05 and not effect.low <= 0 <= effect.high
        assert (mark.get_markerfacecolor() != "white") == beyond, name
    assert {mark.get_markerfacecolor() == "white" for mark in marks} == {True, False}


def test_an_effect_without_an_interval_is_a_mark_alone():
    profile = example_profile(masked=True)
    effects = tuple(
        e.model_copy(update={"low": None, "high": None, "noise": None}) for e in profile.effects
    )
    left, _ = drawn(profile.model_copy(update={"effects": effects})).axes
    assert all(len(np.atleast_1d(line.get_xdata())) < 2 or line.get_xdata()[0] == 0
               for line in left.lines)  # fmt: skip
    assert "None" not in gain_and_saving(profile).alt
