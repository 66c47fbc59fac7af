"""Robustness: models are asked about corrupted images, and what strategies gain there is tested."""

import numpy as np
import pytest

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.corruptions import corrupt, variants
from cam_augment.impact.predictions.robustness import families
from cam_augment.plan import Plan
from cam_augment.questions import OWN, questions_of
from cam_augment.questions import robustness as asking
from cam_augment.questions.robustness import RobustnessQuestion, chosen
from cam_augment.records import DataSet, Split
from cam_augment.registry import CORRUPTIONS
from cam_augment.report.figures.robustness import MOST, robust_gains
from cam_augment.report.figures.sizes import COLUMN, PAGE
from cam_augment.report.tables.robustness import corruptions, robustness
from tests import drawn
from tests.answered import answered
from tests.simulation import simulated

VARIANTS = [(entry.name, strength) for entry, strength in variants()]


class Brightest:
    """Stands for a model: the class is the quarter of the image that is brightest."""

    def predict(self, images):
        halves = images.reshape(len(images), 2, 4, 2, 4).mean(axis=(2, 4))
        return halves.reshape(len(images), 4)


def data_of(count, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.random((count, 8, 8, 1), np.float32)
    split = Split(images, np.arange(count) % 4)
    return DataSet("made", tuple("abcd"), split, split, split, split)


def plan_of(**fields):
    return Plan.make({"robustness": True, "strategies": ["identity", "rotation"], **fields})


# ---- the question


def test_every_run_is_asked_where_the_plan_says_so_and_none_elsewhere():
    data = data_of(8)
    for wanted in (True, False):
        plan = plan_of(robustness=wanted)
        for run in plan.runs():
            kinds = [question.kind for question in questions_of(run, plan, data)]
            assert ("robustness" in kinds) == wanted


def test_a_key_follows_weights_test_images_and_corruptions(monkeypatch):
    plan, data = plan_of(), data_of(8)
    first, second = plan.runs()[:2]

    def key(run, data):
        (question,) = RobustnessQuestion.asked(run, plan, data)
        return question.key

    before = key(first, data)
    other = DataSet("made", data.classes, data.train, data.validation, data.probe,
                    data_of(8, seed=1).test)  # fmt: skip
    assert len({before, key(second, data), key(first, other)}) == 3
    registered = dict(CORRUPTIONS)
    del registered["jpeg"]
    monkeypatch.setattr(CORRUPTIONS, "_entries", registered)
    assert key(first, data) != before


@pytest.mark.parametrize("cache", [0, 2**27])
def test_the_answer_is_what_the_model_predicts_of_every_variant(monkeypatch, cache):
    monkeypatch.setattr(asking, "COUNT", 10)
    monkeypatch.setattr(asking, "CACHE_BYTES", cache)
    monkeypatch.setattr(asking, "BLOCK_BYTES", 3 * 8 * 8 * 4)  # blocks of three images
    data, model = data_of(23), Brightest()
    (question,) = RobustnessQuestion.asked(plan_of().runs()[0], plan_of(), data)
    predicted = question.answer(model, plan_of().runs()[0], data)["predicted"]
    numbers = chosen(23)
    assert predicted.shape == (len(VARIANTS), 10)
    assert predicted.dtype == np.int16
    images = data.test.images[numbers]
    for row, (name, strength) in zip(predicted, VARIANTS, strict=True):
        changed = corrupt(CORRUPTIONS[name], images, strength, numbers)
        np.testing.assert_array_equal(row, model.predict(changed).argmax(axis=1))


def test_images_are_spread_evenly_over_all():
    for count in (2, 999, 1000, 1001, 3750):
        numbers = chosen(count)
        assert len(numbers) == len(set(numbers)) == min(count, 1000)
        assert numbers[0] == 0
        assert numbers[-1] < count
        assert np.ptp(np.diff(numbers)) <= 1


def test_a_rotating_test_part_is_refused():
    with pytest.raises(InputError, match="rotating beside robustness"):
        plan_of(folds=3, test="rotating", baselines=6, seeds=3)


# ---- the effects


@pytest.fixture(scope="module")
def study():
    """Simulated models of which those of ``shear`` read blurred images better by half."""
    plan, data, fits, maps = simulated()
    plan = plan.model_copy(update={"robustness": True})
    labels, rng = data.test.labels[chosen(len(data.test))], np.random.default_rng(3)
    answers = {}
    for fit in fits:
        wrong = rng.random((len(VARIANTS), len(labels))) < 0.6
        if fit.run.strategy.label == "shear":
            blurred = [CORRUPTIONS[name].family == "blur" for name, _ in VARIANTS]
            wrong &= ~np.array(blurred)[:, None] | (rng.random(wrong.shape) < 0.2)
        answers[fit.run.key] = {"predicted": np.where(wrong, (labels + 1) % 4, labels)}
    return plan, data, fits, maps, answers


def profile_of(study, leave_out=()):
    plan, data, fits, maps, answers = study
    loaders = {
        k: lambda answer=answer: answer for k, answer in answers.items() if k not in leave_out
    }
    by_question = answered(maps, robustness={OWN: loaders})
    return impact.profile(plan, data, fits, by_question, (), {})


@pytest.fixture(scope="module")
def profile(study):
    return profile_of(study)


def shares(study, arm, names):
    """Return the share that each run of an arm reads rightly, over variants, by counting."""
    _, data, fits, _, answers = study
    labels = data.test.labels[chosen(len(data.test))]
    return [
        np.mean([
            answers[fit.run.key]["predicted"][place][image] == label
            for place, (name, _) in enumerate(VARIANTS) if name in names
            for image, label in enumerate(labels)
        ])
        for fit in fits if fit.run.strategy.label == arm
    ]  # fmt: skip


@pytest.mark.parametrize("family", [None, "blur", "noise"])
def test_an_effect_is_the_difference_of_the_shares_counted_one_by_one(study, profile, family):
    names = families()[family] if family else list(CORRUPTIONS)
    question = f"robustness.{family}" if family else "robustness"
    for arm in ("shear", "rotation"):
        difference = np.mean(shares(study, arm, names)) - np.mean(shares(study, "baseline", names))
        assert profile.effect(arm, question).estimate == pytest.approx(difference, abs=1e-12)


def test_what_helps_against_blur_is_found_there_and_nowhere_else(profile):
    for family in families():
        findings = {
            s.strategy: profile.effect(s.strategy, f"robustness.{family}").finding
            for s in profile.strategies
        }
        assert findings.pop("shear") == ("gains" if family == "blur" else "within noise")
        assert set(findings.values()) == {"within noise"}


def test_the_interval_leaves_out_nothing_exactly_where_there_is_a_finding(profile):
    effects = [e for e in profile.effects if e.question.startswith("robustness")]
    assert len(effects) == 5 * (1 + len(families()))
    for effect in effects:
        assert (effect.low > 0 or effect.high < 0) == effect.beyond_noise


def test_the_record_holds_the_score_of_every_arm_at_every_strength(study, profile):
    record = profile.robustness
    assert [c.name for c in record.corruptions] == list(CORRUPTIONS)
    assert record.score == "accuracy"
    blur = next(c for c in record.corruptions if c.name == "motion_blur")
    assert len(blur.scores["shear"]) == 3
    assert np.mean(blur.scores["shear"]) == pytest.approx(
        np.mean(shares(study, "shear", ["motion_blur"]))
    )
    contrast = next(c for c in record.corruptions if c.name == "low_contrast")
    assert contrast.strategies == ("contrast",)


def test_a_run_without_an_answer_is_left_out(study, profile):
    _, _, fits, _, _ = study
    lost = next(fit.run.key for fit in fits if fit.run.strategy.label == "zoom")
    less = profile_of(study, {lost})
    assert (
        less.effect("zoom", "robustness").estimate != profile.effect("zoom", "robustness").estimate
    )
    assert less.effect("shear", "gain") == profile.effect("shear", "gain")
    assert profile_of(study, {fit.run.key for fit in fits}).robustness is None


def test_another_score_decides_where_the_plan_says_so(study):
    plan, data, *rest = study
    rare = np.where(data.test.labels == 3, 0, data.test.labels)
    rare[:3] = 3
    split = Split(data.test.images, rare)
    other = DataSet("uneven", data.classes, split, split, split, split)
    for gain, score in (("macro_f1", "macro_f1"), ("auroc", "balanced_accuracy")):
        study = plan.model_copy(update={"gain": gain}), other, *rest
        assert profile_of(study).robustness.score == score


# ---- the report


def test_tables_name_what_strategies_have_practised(profile):
    rows = {row["strategy"]: row for row in robustness(profile).records()}
    assert rows["contrast"]["practised"] == "light"
    assert rows["shear"]["practised"] == ""
    light = [view for view in robustness(profile).views if view.title.startswith("Light")]
    assert light[0].text(rows["contrast"]).endswith("*")
    assert not light[0].text(rows["shear"]).endswith("*")
    assert len(corruptions(profile).rows) == len(CORRUPTIONS) * len(profile.arms)


def test_studies_that_do_not_ask_have_no_such_tables(study):
    plan, data, fits, maps, _ = study
    plain = impact.profile(plan, data, fits, answered(maps), (), {})
    assert plain.robustness is None
    assert robustness(plain) is None
    assert robust_gains(plain) is None
    assert corruptions(plain) is None
    assert not [e for e in plain.effects if e.question.startswith("robustness")]


def marks_of(axes):
    """Return row to the marks in it: where, which, and whether it is filled."""
    marks = {}
    for line in axes.lines:
        if len(line.get_xdata()) == 1 and line.get_marker() not in ("None", ""):
            mark = line.get_xdata()[0], line.get_marker(), line.get_markerfacecolor() != "white"
            marks.setdefault(line.get_ydata()[0], []).append(mark)
    return marks


@pytest.mark.parametrize("size", [COLUMN, PAGE], ids=lambda size: size.name)
def test_the_figure_shows_every_gain_filled_beyond_noise_and_starred_where_practised(profile, size):
    panels = drawn.draw(robust_gains(profile), size).axes
    heads = [axes.get_xlabel().split(",")[0].lower() for axes in panels]
    assert sorted(heads[1:]) == sorted(families())
    questions = ["robustness", *(f"robustness.{family}" for family in heads[1:])]
    rows = [label.get_text() for label in panels[0].get_yticklabels()]
    assert sorted(rows) == sorted(s.strategy for s in profile.strategies)
    for axes, question in zip(panels, questions, strict=True):
        assert axes.get_xlim() == panels[0].get_xlim()
        for row, strategy in enumerate(rows):
            effect = profile.effect(strategy, question)
            gain, *stars = marks_of(axes)[row]
            assert gain[0] == pytest.approx(100 * effect.estimate)
            assert gain[2] == effect.beyond_noise
            is_practised = strategy == "contrast" and question == "robustness.light"
            assert [mark for _, mark, _ in stars] == ["*"] * is_practised


def test_the_figure_says_in_words_what_is_beyond_noise(profile):
    gain = f"{100 * profile.effect('shear', 'robustness.blur').estimate:+.1f}"
    assert f"(beyond seed noise: blur {gain})" in robust_gains(profile).alt
    assert robust_gains(profile).alt.count("beyond seed noise") == 1


@pytest.mark.parametrize("count", [1, MOST + 1])
def test_any_number_of_strategies_finds_room(profile, count):
    model = profile.strategies[0]
    names = [f"rotation:{n}+random_erasing:0.9,probability=1" for n in range(count)]
    effects = [
        effect.model_copy(update={"strategy": name})
        for name in names
        for effect in profile.effects
        if effect.strategy == model.strategy
    ]
    strategies = tuple(model.model_copy(update={"strategy": name}) for name in names)
    crowd = profile.model_copy(update={"strategies": strategies, "effects": tuple(effects)})
    for size in (COLUMN, PAGE) if count == 1 else (COLUMN,):
        drawing = drawn.draw(robust_gains(crowd), size)
        assert len(drawing.axes) == (1 if count > MOST else 1 + len(families()))
        assert drawn.clipped(drawing) == drawn.overlapping(drawing) == []
        assert ("over all corruptions alone" in robust_gains(crowd).caption) == (count > MOST)
