"""The first screen as data: places on its axis, checks, rows, and what they rest on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.impact import judging, verdicts
from cam_augment.impact.arms import Arms
from cam_augment.impact.mean_maps import mean_by_image, mean_maps
from cam_augment.impact.turned import LEAST, MOST, turned
from cam_augment.records import Notice, Stop
from cam_augment.report import queries
from cam_augment.report.decision import decision
from cam_augment.report.decision.checks import LEARNED_FROM, MOST_LEAKS, checks
from cam_augment.report.decision.forest import EDGE, GAP, Axis, forest
from cam_augment.report.decision.views import views
from cam_augment.report.figures.mean_maps import pictures
from cam_augment.report.order import in_one_order
from tests.profiles import MEASURED, changed, example_profile
from tests.simulation import simulated

VALUES = st.floats(-200, 200, allow_nan=False)


# ---- places


@given(VALUES, VALUES, st.floats(0.1, 10), st.floats(0.5, 100), st.floats(0.5, 100))
def test_places_keep_the_order_of_values(one, other, unit, left, right):
    axis = Axis(unit, -left, right)
    first, second = sorted([one, other])
    assert EDGE <= axis.place(first) <= axis.place(second) <= 100 - EDGE
    assert axis.place(-left) == EDGE
    assert axis.place(right) == 100 - EDGE


def test_near_zero_places_are_even():
    axis = Axis(1.0, -0.1, 0.1)
    steps_ = np.diff([axis.place(x) for x in np.linspace(-0.1, 0.1, 9)])
    np.testing.assert_allclose(steps_, steps_[0], rtol=0.01)


def test_ticks_stand_apart_and_every_model_is_on_the_axis():
    profile = example_profile()
    axis = forest(profile)
    places = [tick.place for tick in axis.ticks]
    assert min(np.diff(places)) >= GAP
    assert axis.band[0] < axis.zero < axis.band[1]
    for row in decision(profile).rows:
        assert len(row.drawing.models) == 4
        assert all(EDGE <= mark.place <= 100 - EDGE for mark in row.drawing.models)
    assert len(axis.baselines) == 8


# ---- checks: each can be passed, and can fail


def states(profile) -> dict[str, str]:
    return {check.text: check.state for check in checks(profile)}


def test_a_sound_study_passes_its_checks():
    assert states(example_profile().model_copy(update={"finite_test_share": None})) == {
        "control is quiet": "passes",
        "maps pass their check": "passes",
    }


def test_a_loud_control_and_near_copies_are_said():
    profile = changed(example_profile(), "identity", verdict="not quiet")
    assert "fails" in states(profile).values()
    blocked = changed(example_profile(), "zoom", reasons=(Notice.of("block.leaks", share=0.034),))
    text = "3.4\N{NO-BREAK SPACE}% of the test images nearly repeat one that models learned from"
    assert any(text in said and state == "fails" for said, state in states(blocked).items())


def overlap(part: str, other: str, number: int) -> dict:
    return {"count": number, "of": 200, "part": part, "other": other}


NEAR = Notice.of(
    "pictures.near_duplicates",
    overlaps=[overlap("test", "train", 2), overlap("test", "validation", 1),
              overlap("test", "probe", 50), overlap("probe", "train", 50)],
    pairs=[],
)  # fmt: skip


def test_near_copies_are_said_where_no_gain_is_blocked_by_them():
    profile = example_profile()
    noted = states(profile.model_copy(update={"warnings": (NEAR,)}))
    (said,) = [text for text in noted if "nearly repeat" in text]
    assert said.startswith("1.5\N{NO-BREAK SPACE}% of the test images")
    assert noted[said] == "fails"
    few = Notice.of("pictures.near_duplicates", overlaps=[overlap("test", "train", 2)], pairs=[])
    assert states(profile.model_copy(update={"warnings": (few,)})) == states(profile)


def test_near_copies_in_other_folds_count_where_the_test_part_rotates():
    folds = Notice.of("folds.near_duplicates", count=33, of=1100, pairs=[])
    profile = example_profile().model_copy(update={"warnings": (NEAR, folds)})
    plan = profile.plan.model_copy(update={"folds": 5, "test": "rotating"})
    assert plan.rotates
    rotating = states(profile.model_copy(update={"plan": plan}))
    assert any(text.startswith("3.0\N{NO-BREAK SPACE}% of the") for text in rotating)


def test_the_report_calls_leaks_what_the_verdicts_do():
    assert MOST_LEAKS == judging.MOST_LEAKS
    assert LEARNED_FROM == verdicts.LEARNED_FROM


def test_a_control_that_lies_off_is_said_though_it_is_quiet():
    def of_control(gain: float, **fields) -> list[str]:
        profile = changed(example_profile(), "identity", **fields)
        effects = tuple(
            e.model_copy(update={"estimate": gain})
            if (e.strategy, e.question) == ("identity", "gain") else e
            for e in profile.effects
        )  # fmt: skip
        result = states(profile.model_copy(update={"effects": effects}))
        return [text for text, state in result.items() if "lies" in text and state == "remark"]

    said = "the control lies 1.7 points off: effects of that size are noise here"
    assert of_control(-0.0174) == of_control(0.0174) == [said]
    assert of_control(-0.004) == []
    assert of_control(-0.0174, verdict="not quiet") == []


def test_maps_that_fail_are_said_and_hatched():
    profile = example_profile()
    look = profile.faithful[0]
    poor = look.model_copy(update={"deletion": look.deletion.model_copy(update={"better": ()})})
    failed = profile.model_copy(update={"faithful": (poor, *profile.faithful[1:])})
    assert states(failed)["maps do no better than random cells: they decide nothing"] == "fails"
    assert decision(failed).doubtful
    assert "Hatched" in decision(failed).legend
    assert not decision(profile).doubtful
    unasked = profile.model_copy(update={"faithful": ()})
    assert states(unasked)["maps were not checked"] == "remark"


@pytest.mark.parametrize(("share", "state"), [(0.56, "remark"), (0.2, "passes")])
def test_the_noise_of_few_test_images_is_said(share, state):
    profile = example_profile().model_copy(update={"finite_test_share": share})
    assert [s for text, s in states(profile).items() if "test images" in text] == [state]


# ---- rows and views


def test_a_sure_gain_below_what_is_found_is_likely_overestimated():
    profile = example_profile()
    rows = {row.strategy: row for row in decision(profile).rows}
    assert rows["zoom"].caution == ""
    doubtful = changed(profile, "zoom", smallest_gain=0.02)
    rows = {row.strategy: row for row in decision(doubtful).rows}
    assert rows["zoom"].caution == "likely overestimated"
    assert rows["horizontal_flip"].caution == ""


@pytest.mark.parametrize(
    ("runs", "said"), [(4, "4 models each, 8 baselines"), (6, "4 to 6 models each, 8 baselines")]
)
def test_the_head_says_how_many_models_each_strategy_has(runs, said):
    assert decision(changed(example_profile(), "zoom", runs=runs)).headline.facts[1] == said


@pytest.mark.parametrize(("low", "written"), [
    (0.002, "±0.91"), (0.00003, "[+0.003, +2.22]"), (-0.00003, "[−0.003, +2.22]"),
])  # fmt: skip
def test_an_interval_does_not_leave_open_on_which_side_of_0_it_ends(low, written):
    profile = example_profile()
    gain = profile.effect("zoom", "gain")
    near = gain.model_copy(update={"estimate": 0.0111, "low": low, "high": 0.0222 - low})
    effects = tuple(near if effect == gain else effect for effect in profile.effects)
    rows = decision(profile.model_copy(update={"effects": effects})).rows
    assert next(row.interval for row in rows if row.strategy == "zoom") == written


def test_no_gain_worth_having_shows_the_bound_that_it_goes_by():
    """The line alone, whose interval is two-sided, may reach beyond the margin."""

    def of_zoom(**fields):
        screen = decision(changed(example_profile(), "zoom", **fields))
        row = next(row for row in screen.rows if row.strategy == "zoom")
        return row.drawing, screen.legend

    bounds = {"bound_low": -0.004, "bound_high": 0.003}
    axis = forest(example_profile()).axis
    drawing, legend = of_zoom(rule="no gain", **bounds)
    assert [mark.place for mark in drawing.bounds] == [axis.place(0.3)]
    assert "at most +0.30" in drawing.text
    assert "wholly to its right" in legend
    assert of_zoom(rule="gains", **bounds)[0].bounds == ()
    drawing, legend = of_zoom(rule="equivalent", **bounds)
    assert [mark.text for mark in drawing.bounds] == ["at least −0.40", "at most +0.30"]
    assert "Small tick" in legend


def test_a_page_without_such_a_bound_does_not_explain_it():
    profile = example_profile()
    for strategy in profile.strategies:
        profile = changed(profile, strategy.strategy, rule="gains")
    assert "Small tick" not in decision(profile).legend


def test_the_first_screen_names_the_score_that_decides():
    profile = example_profile()
    assert decision(profile).mean.startswith("accuracy ")
    assert not [fact for fact in decision(profile).headline.facts if "gain" in fact]
    plan = profile.plan.model_copy(update={"gain": "macro_f1"})
    other = decision(profile.model_copy(update={"plan": plan}))
    assert other.mean.startswith("macro-F1 ")
    assert other.headline.facts[-1] == "gain in macro-F1"


def test_a_line_names_the_class_that_pays_where_the_gain_does_not_say_why():
    loss = Notice.of("class.surely_loses", name="c", loss=-0.0985)
    fall = Notice.of("gain.falls", estimate=-0.02)

    def line(*reasons: Notice) -> str:
        profile = changed(example_profile(), "zoom", verdict="avoid", reasons=reasons)
        return dict(decision(profile).headline.lines)["avoid"]

    assert "(c −9.8)" in line(loss)
    assert "(" not in line(fall, loss)


def test_a_second_study_differs_by_the_root_of_two():
    profile = example_profile()
    view = next(view for view in views(profile) if view.strategy == "zoom")
    low, high = (
        float(end.replace("−", "-"))
        for end in dict(view.facts)["A second study would find"].strip("[]").split(", ")
    )
    effect = profile.effect("zoom", "gain")
    assert high - low == pytest.approx(100 * 2**0.5 * (effect.high - effect.low), abs=0.02)


def test_models_with_answers_are_of_those_planned_up_to_the_last_stage():
    profile = example_profile().model_copy(update={"models": ()})
    second = Stop(strategy="zoom", stage=2, models=6, baselines=12, reason="last")
    staged = changed(profile, "zoom", runs=5).model_copy(update={"stages": (second,)})
    said = {view.strategy: dict(view.facts)["Models with answers"] for view in views(staged)}
    assert said["zoom"] == "5 of 6"
    assert said["rotation"] == "4 of 4"
    assert queries.baselines(staged) == 12


def test_bars_are_sorted_by_loss_and_in_proportion_over_all_strategies():
    profile = example_profile()
    widest = max(abs(gain.gain) for gain in profile.class_gains)
    for view in views(profile):
        gains = sorted(g.gain for g in profile.class_gains if g.strategy == view.strategy)
        assert [bar.loss for bar in view.classes] == [gain < 0 for gain in gains]
        widths = [bar.width for bar in view.classes]
        np.testing.assert_allclose(widths, np.abs(gains) / widest * 48, atol=0.01)


def test_bars_of_changes_within_the_margin_are_short():
    profile = example_profile()
    margin = profile.plan.margins.recall
    small = tuple(g.model_copy(update={"gain": margin / 4}) for g in profile.class_gains)
    for view in views(profile.model_copy(update={"class_gains": small})):
        assert {bar.width for bar in view.classes} == {12}


def test_pictures_share_one_scale():
    import base64
    import io

    from PIL import Image

    profile = example_profile()
    shown = pictures(profile)
    assert set(shown) == {"baseline", *MEASURED}
    assert all(len(row) == 11 for row in shown.values())
    assert shown["baseline"][0].difference is None

    def pixels(uri: str) -> np.ndarray:
        picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
        return np.asarray(picture.convert("RGB"), float)

    first = next(m for m in profile.mean_maps if (m.arm, m.name) == ("zoom", ""))
    brightness = pixels(shown["zoom"][0].map).sum(axis=2)
    cells = np.asarray(first.cells)
    assert brightness.shape == cells.shape
    assert (np.argsort(brightness.ravel())[-5:] == np.argsort(cells.ravel())[-5:]).mean() > 0.5


# ---- one order


def test_one_order_changes_no_number_and_keeps_the_tree():
    profile = example_profile()
    ordered = in_one_order(profile)
    names = [strategy.strategy for strategy in queries.ranked(profile)]
    assert [strategy.strategy for strategy in ordered.strategies] == names
    assert ordered.arms == ("baseline", *names)
    assert list(dict.fromkeys(gain.strategy for gain in ordered.class_gains)) == names
    assert set(ordered.class_gains) == set(profile.class_gains)
    assert queries.tree_order(ordered) == queries.tree_order(profile)
    assert in_one_order(ordered) == ordered


def test_all_records_of_arms_are_in_the_one_order():
    """But effects, which go by question, and images turned, which the views take by strategy."""
    ordered = in_one_order(example_profile())
    names = [strategy.strategy for strategy in ordered.strategies]
    sorted_fields = set()
    for field in type(ordered).model_fields.keys() - {"effects", "turned"}:
        records = getattr(ordered, field)
        if isinstance(records, tuple) and records and {"strategy", "arm"} & set(dir(records[0])):
            arms = dict.fromkeys(getattr(r, "strategy", "") or r.arm for r in records)
            assert [arm for arm in arms if arm != "baseline"] == [n for n in names if n in arms]
            sorted_fields.add(field)
    assert {"strategies", "reliability", "class_gains"} <= sorted_fields


# ---- what the profile keeps


@pytest.fixture(scope="module")
def arms() -> Arms:
    plan, data, fits, maps = simulated(better=0.3)
    return Arms(plan, data, fits, maps)


def test_mean_maps_are_the_means_of_shares(arms):
    by_key = {(m.arm, m.name): m for m in mean_maps(arms, mean_by_image(arms))}
    assert len(by_key) == 6 * 5
    for arm in arms.labels:
        slow = np.zeros_like(arms.stacks(arm)[0][0], float)
        members = [i for i, label in enumerate(arms.data.probe.labels) if label == 2]
        for stack in arms.stacks(arm):
            for index in members:
                slow += stack[index] / stack[index].sum() / len(members) / len(arms.stacks(arm))
        record = by_key[arm, "c"]
        np.testing.assert_allclose(record.cells, slow, atol=1e-6)
        assert record.images == len(members)
        assert np.sum(record.cells) == pytest.approx(1, abs=1e-4)


def test_images_are_turned_by_models_and_the_most_come_first(arms):
    records = turned(arms, mean_by_image(arms))
    right = {arm: arms.probe_right(arm).mean(axis=0) for arm in arms.labels}
    for strategy in arms.strategies:
        change = right[strategy] - right["baseline"]
        of_strategy = [r for r in records if r.strategy == strategy]
        fixed = [r.index for r in of_strategy if r.after > r.before]
        assert [change[i] for i in fixed] == sorted(change[change >= LEAST])[::-1][:MOST]
        broken = [r.index for r in of_strategy if r.after < r.before]
        assert [change[i] for i in broken] == sorted(change[change <= -LEAST])[:MOST]
        assert all(r.after == right[strategy][r.index] for r in of_strategy)


def test_without_a_gallery_no_picture_is_kept(arms):
    plan = arms.plan.model_copy(update={"gallery": 0})
    fits = [fit for label in arms.labels for fit in arms.fits(label)]
    closed = Arms(plan, arms.data, fits, {fit.run.key: lambda f=fit: arms.maps(f) for fit in fits})
    by_image = mean_by_image(closed)
    assert turned(closed, by_image) == ()
    assert mean_maps(closed, by_image)


def test_a_column_that_would_be_empty_is_left_out():
    from cam_augment.report.formats.html import notebook

    profile = example_profile()
    blank = tuple(s.model_copy(update={"attention": None}) for s in profile.strategies)
    earlier = profile.model_copy(update={"strategies": blank})
    assert 'class="attention"' in notebook(profile)
    assert 'class="attention"' not in notebook(earlier)
