"""What mistakes cost: plans, decisions, savings, verdicts, and a study from end to end."""

import os
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import spearmanr

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.impact.predictions.costs import cost_notices, model_decisions, within_classes
from cam_augment.plan import Plan
from cam_augment.plan.costs import Costs, parts_of, production
from cam_augment.questions import OWN, questions_of
from cam_augment.records import (
    DataSet,
    Effect,
    Fit,
    ImpactProfile,
    Maps,
    Notice,
    Split,
    load_profile,
)
from cam_augment.report import money as in_money
from cam_augment.report import parts, price, prose, queries
from cam_augment.report.contents import Report
from cam_augment.report.decision import decision
from cam_augment.report.decision.views import views
from cam_augment.report.formats.html import html
from cam_augment.report.formats.markdown import markdown
from cam_augment.report.language import speaking
from cam_augment.statistics import (
    against,
    cheapest,
    contrast,
    decide,
    groups,
    image_part,
    offset,
    probabilities,
    temperature,
)
from cam_augment.store import Store
from cam_augment.study.run import load_data, run_study
from tests.answered import answered

SHORT = {"miss": 50, "false_alarm": 1, "good": "clean"}
FULL = {"scratch": {"clean": 50, "pit": 1}, "clean": {"scratch": 1}}
CLASSES = ("clean", "scratch", "pit")


# ---- plans


def test_the_short_form_is_the_matrix_that_it_says():
    costs = Costs.parse(SHORT | {"confusion": 2})
    assert costs.matrix(CLASSES).tolist() == [[0, 1, 1], [50, 0, 2], [50, 2, 0]]
    text = "miss=50, false_alarm=1,good=clean,confusion=2"
    assert Costs.parse(text) == costs


def test_the_full_form_is_taken_as_it_stands():
    costs = Costs.parse(FULL)
    assert costs.matrix(CLASSES).tolist() == [[0, 1, 0], [50, 0, 1], [0, 0, 0]]
    assert costs.good is None
    assert Costs.parse(FULL | {"good": "clean"}).good == "clean"


def test_a_class_may_be_called_good():
    assert Costs.parse({"good": {"bad": 1}, "bad": {"good": 9}}).matrix(["bad", "good"]).tolist() \
        == [[0, 9], [1, 0]]  # fmt: skip
    short = Costs.parse({"miss": 9, "false_alarm": 1, "good": "good"})
    assert short.matrix(["bad", "good"]).tolist() == [[0, 9], [1, 0]]


BAD = [
    ({"costs": {"miss": -1, "false_alarm": 1, "good": "clean"}}, ["plan: costs: miss", "-1"]),
    ({"costs": {"miss": float("inf"), "false_alarm": 1, "good": "a"}}, ["miss", "inf", "finite"]),
    ({"costs": {"miss": float("nan"), "false_alarm": 1, "good": "a"}}, ["miss", "nan", "finite"]),
    ({"costs": {"miss": True, "false_alarm": 1, "good": "a"}}, ["miss", "True", "number"]),
    ({"costs": {"miss": 0, "false_alarm": 0, "good": "a"}}, ["no mistake costs anything"]),
    ({"costs": {"a": {"b": 0}}}, ["no mistake costs anything"]),
    ({"costs": {"mis": 1, "false_alarm": 0, "good": "a"}}, ["'mis'", "Did you mean 'miss'?"]),
    ({"costs": {"miss": 1, "false_alarm": 0}}, ["lacks 'good'"]),
    ({"costs": {"miss": 1, "good": "a"}}, ["lacks 'false_alarm'"]),
    ({"costs": {"miss": 1, "false_alarm": 1, "good": 3}}, ["good: received 3"]),
    ({"costs": {"a": {"b": 1}, "c": 3}}, ["c: received 3", "tables"]),
    ({"costs": {"a": {"b": "much"}}}, ["a.b: received 'much'"]),
    ({"costs": {"a": {"a": 2, "b": 1}}}, ["a.a: received 2", "right decision costs 0"]),
    ({"costs": {}}, ["costs: received {}"]),
    ({"costs": 7}, ["costs: received 7"]),
    ({"costs": "miss"}, ["'miss'", "name=number"]),
    ({"parts": {"clean": 0.9}}, ["parts", "no costs"]),
    ({"costs": SHORT, "parts": {"clean": 1.5}}, ["parts: clean: received 1.5", "0 to 1"]),
    ({"costs": SHORT, "parts": {"clean": -0.5}}, ["parts: clean", "-0.5"]),
    ({"costs": SHORT, "parts": {"clean": 0.9, "pit": 0.2}}, ["parts: the shares sum to 1.1"]),
    ({"costs": SHORT, "parts": 3}, ["parts: received 3"]),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_what_cannot_be_is_refused_in_one_line(fields, words):
    with pytest.raises(InputError) as caught:
        Plan.make(fields)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"costs": SHORT | {"good": "claen"}}, ["costs: no class 'claen'", "mean 'clean'"]),
        ({"costs": {"scratch": {"clen": 1}}}, ["costs: no class 'clen'", "mean 'clean'"]),
        ({"costs": {"scrach": {"clean": 1}}}, ["costs: no class 'scrach'", "mean 'scratch'"]),
        ({"costs": SHORT, "parts": {"stian": 0.1}}, ["parts: no class 'stian'", "mean 'stain'"]),
    ],
)
def test_an_unknown_class_is_refused_when_the_data_are_there(fields, words, tmp_path, monkeypatch):
    data = {"name": "surfaces", "size": 16, "train": 8, "validation": 4, "probe": 4, "test": 8}
    plan = Plan.make({"dataset": data} | fields)
    with pytest.raises(InputError) as caught:
        load_data(plan)
    message = str(caught.value)
    assert "\n" not in message
    for word in [*words, "clean, scratch, pit, stain"]:
        assert word in message, message
    monkeypatch.chdir(tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("costs", [SHORT, FULL, FULL | {"good": "clean"}])
def test_a_plan_with_costs_can_be_written_and_read_again(costs, tmp_path):
    from cam_augment.report.toml import dumps

    plan = Plan.make({"costs": costs, "parts": {"clean": 0.98, "a b.c": 0.01}})
    (tmp_path / "again.toml").write_text(dumps(plan.model_dump()), "utf-8")
    assert Plan.read(tmp_path / "again.toml") == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_costs_do_not_make_models_anew():
    fields = {"recipe": {"precision": "float32"}, "dataset": {"name": "mnist", "test": 2500}}
    plain = Plan.make(fields)
    priced = Plan.make(fields | {"costs": SHORT, "parts": {"clean": 0.99}})
    assert [run.key for run in priced.runs()] == [run.key for run in plain.runs()]
    assert plain.runs()[0].key == "0f09f33c5fa1f8a6e8f5c3d2516e5036"


def test_the_command_takes_costs_and_parts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["--dry-run", "--costs", "miss=50,false_alarm=1,good=7", "--parts", "7=0.98"]
    assert main(words) == 0
    assert main([*words[:2], "miss=50,false_alarm=1,good=ten"]) == 2
    assert "costs: no class 'ten' in the data" in capsys.readouterr().err
    assert main(["--dry-run", "--costs", "miss=x,false_alarm=1,good=7"]) == 2
    assert "option --costs: miss: received 'x'" in capsys.readouterr().err
    assert main(["--dry-run", "--set", "costs.7.1=5", "--set", "costs.1.7=1"]) == 0
    assert not any(tmp_path.iterdir())


# ---- the mix of production


LABELS = np.array([0, 0, 1, 1, 1, 2])


def test_without_parts_production_is_as_the_test_images_are():
    assert production(None, CLASSES, LABELS).tolist() == [2 / 6, 3 / 6, 1 / 6]


def test_what_named_classes_leave_goes_to_the_others():
    np.testing.assert_allclose(production({"clean": 0.96}, CLASSES, LABELS), [0.96, 0.03, 0.01])
    ppm = production({"clean": 0.9996}, CLASSES, LABELS)  # a small rest is a rest too
    np.testing.assert_allclose(ppm, [0.9996, 0.0003, 0.0001])
    rounded = production({"clean": 0.333, "scratch": 0.333, "pit": 0.333}, CLASSES, LABELS)
    np.testing.assert_allclose(rounded, [1 / 3] * 3)


def test_a_mix_that_the_test_images_cannot_show_is_refused():
    with pytest.raises(InputError, match=r"parts: 'pit' has a share of 0\.1, but no test image"):
        production({"pit": 0.1}, CLASSES, LABELS[:5])
    with pytest.raises(InputError, match=r"parts: the shares sum to 0\.7"):
        production(parts_of("clean=0.5,scratch=0.1,pit=0.1"), CLASSES, LABELS)


# ---- decisions


def random_case(seed, images=60, classes=4):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=images - classes)])
    logits = 3 * rng.normal(size=(images, classes)) + 2 * np.eye(classes)[labels]
    return rng, logits, labels


@given(st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_the_decision_is_that_of_brute_force(seed):
    rng, logits, _ = random_case(seed)
    costs = rng.exponential(size=(4, 4)) * (1 - np.eye(4))
    chances = probabilities(logits, 1.7, rng.normal(size=4))
    for own, decided in zip(chances, cheapest(chances, costs), strict=True):
        expected = [sum(own[true] * costs[true, taken] for true in range(4)) for taken in range(4)]
        assert expected[decided] == pytest.approx(min(expected))


def test_the_decision_by_hand():
    """Golden: miss 50, false alarm 1. A part is passed where P(defect) < 1 / 51."""
    costs = [[0, 1], [50, 0]]
    at = 1 / 51
    chances = [[1 - p, p] for p in (0.0, at * 0.99, at * 1.01, 0.4, 1.0)]
    assert cheapest(chances, costs).tolist() == [0, 0, 1, 1, 1]


def test_of_defects_that_cost_the_same_the_likeliest_is_taken():
    costs = Costs.parse(SHORT).matrix(CLASSES)
    chances = [[0.5, 0.1, 0.4], [0.5, 0.4, 0.1], [0.999, 0.0006, 0.0004]]
    assert cheapest(chances, costs).tolist() == [2, 1, 0]


def test_equal_costs_decide_for_the_likeliest_class():
    _, logits, _ = random_case(1)
    chances = probabilities(logits)
    np.testing.assert_array_equal(cheapest(chances, 1 - np.eye(4)), logits.argmax(axis=1))


def test_probabilities_of_huge_logits_stay_numbers():
    assert probabilities([[1e4, -1e4]], 0.01).tolist() == [[1, 0]]


@given(st.integers(0, 200), st.sampled_from([None, [3, 1, 1, 1], [1, 1, 1, 40]]))
@settings(max_examples=30, deadline=None)
def test_the_temperature_has_the_least_likelihood(seed, learned):
    """Held against scipy, on the likelihood as it is defined."""
    _, logits, labels = random_case(seed)
    shares = np.bincount(labels, minlength=4) / len(labels)
    learned = shares if learned is None else learned
    shift = np.log(shares) - np.log(np.maximum(learned, 0.5) / np.maximum(learned, 0.5).sum())

    def loss(log_heat):
        chances = probabilities(logits, np.exp(log_heat), shift)
        each = -np.log(chances[np.arange(len(labels)), labels])
        unknown = -(np.log(chances) @ shares).mean()  # one image of which the mix is known
        return each.sum() + unknown

    found = minimize_scalar(loss, bounds=(-4.6, 4.6), method="bounded", options={"xatol": 1e-9})
    assert temperature(logits, labels, learned) == pytest.approx(np.exp(found.x), rel=1e-4)


def test_the_temperature_of_many_images_is_that_which_made_their_labels():
    rng = np.random.default_rng(0)
    for true in (0.5, 1.0, 2.5):
        logits = 3 * rng.normal(size=(20_000, 3))
        chances = probabilities(logits, true)
        labels = (rng.random((len(logits), 1)) > chances.cumsum(axis=1)).sum(axis=1)
        counts = np.bincount(labels)
        assert temperature(logits, labels, counts) == pytest.approx(true, rel=0.05)


def test_images_that_are_all_read_rightly_make_no_certainty():
    logits = 5 * np.eye(2)[np.arange(100) % 2]
    heat = temperature(logits, np.arange(100) % 2, [1, 1])
    wrong = probabilities([[5.0, 0.0]], heat)[0, 1]
    assert wrong == pytest.approx(0.5 / 101, rel=1e-6)  # half of one image in 101


def test_logits_that_say_nothing_have_a_bounded_temperature():
    assert np.isfinite(temperature(np.zeros((6, 2)), [0, 1] * 3, [1, 1]))
    against = temperature([[5.0, 0.0], [0.0, 5.0]], [1, 0], [1, 1])
    assert against == pytest.approx(100, rel=1e-6)


def test_another_mix_is_bayes_rule():
    """Two normal classes, whose posterior is known under every mix."""
    x = np.linspace(-4, 4, 9)
    likelihood = np.exp(-0.5 * (x[:, None] - [-1.0, 1.0]) ** 2)

    def posterior(mix):
        joint = likelihood * mix
        return joint / joint.sum(axis=1, keepdims=True)

    learned, met = np.array([300, 100]), np.array([0.99, 0.01])
    logits = np.log(posterior(learned / 400)) + 7
    found = probabilities(logits, 1.0, offset(learned, met))
    np.testing.assert_allclose(found, posterior(met), rtol=1e-9)


def test_a_class_that_is_never_met_is_never_decided_for():
    chances = probabilities([[0.0, 9.0, 1.0]], 1.0, offset([1, 1, 1], [0.5, 0, 0.5]))
    assert chances[0, 1] == 0
    assert np.isfinite(offset([5, 0], [0.5, 0.5])).all()


# ---- costs of arms


def study(seed=0, careful=0.0, parts=None, costs=None, folds=None):
    """Simulated models; ``careful``: what "rotation" adds to the logits of the true classes."""
    plan = Plan.make(
        {
            "strategies": ["identity", "rotation", "zoom", "shear", "contrast"],
            "metrics": ["pearson"], "bootstrap": 200, "permutations": 1000, "folds": folds,
            "costs": costs or {"miss": 20, "false_alarm": 1, "good": "a"}, "parts": parts,
        }
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.zeros(60, int), np.arange(60) % 3])
    images = rng.uniform(size=(len(labels), 6, 6, 1)).astype(np.float32)
    split = Split(images, labels)
    data = DataSet("simulated", tuple("abc"), split, split, split, split)

    def logits(run):
        helped = careful * (run.strategy.label == "rotation")
        values = 1.2 * rng.normal(size=(len(labels), 3))
        return (values + (2 + helped) * np.eye(3)[labels]).astype(np.float32)

    fits, maps, held = [], {}, {}
    for run in plan.runs():
        fits.append(Fit(run, logits(run), logits(run), {}, 1.0, {"numpy": "2"}))
        seen = Maps(run.key, "gradcam", "features", rng.uniform(size=(len(labels), 6, 6)))
        maps[run.key] = lambda seen=seen: seen
        answer = {"logits": logits(run), "labels": labels, "learned": np.bincount(labels)}
        held[run.key] = lambda answer=answer: answer
    return plan, data, fits, maps, held


def profile_of(plan, data, fits, maps, held) -> ImpactProfile:
    return impact.profile(plan, data, fits, answered(maps, validation={OWN: held}), [], {})


def test_the_cost_of_a_model_by_hand():
    """Golden: two good parts and two defects; one miss, one false alarm, in two mixes."""
    plan = Plan.make({"costs": {"miss": 20, "false_alarm": 1, "good": "a"}, "strategies": "zoom"})
    labels = np.array([0, 0, 1, 1])
    split = Split(np.zeros((4, 4, 4, 1), np.float32), labels)
    data = DataSet("x", ("a", "b"), split, split, split, split)
    logits = np.array([[2, 0], [0, 2], [2, 0], [0, 2]], np.float32)
    fits = [Fit(run, logits, logits, {}, 1.0, {}) for run in plan.runs()]
    arms = impact.Arms(plan, data, fits, {})
    even = model_decisions(arms, {})
    assert not even.fitted
    assert even.cost("zoom").tolist() == [[0, 1000, 20_000, 0]] * 4
    assert even.cost("zoom").mean() == 1000 * (0.5 * 0.5 * 20 + 0.5 * 0.5 * 1)
    arms.plan = Plan.make(plan.model_dump() | {"parts": {"a": 0.99}})
    rare = model_decisions(arms, {})
    assert rare.cost("zoom").mean() == pytest.approx(1000 * (0.01 * 0.5 * 20 + 0.99 * 0.5 * 1))
    misses = np.array([[False, False], [True, False]])
    assert rare.share("zoom", misses) == pytest.approx(5)


def decisions_of(arms, held):
    return model_decisions(arms, {"validation": {OWN: held}})


def test_the_fitted_decision_by_hand():
    """Calibrated, undone from the mix learned from, for production; each step written out."""
    plan, data, fits, maps, held = study(parts={"a": 0.9})
    found = decisions_of(impact.Arms(plan, data, fits, maps), held)
    fit, answer = fits[3], held[fits[3].run.key]()
    counts = np.bincount(data.test.labels)
    heat = temperature(answer["logits"], answer["labels"], counts)
    met = np.array([0.9, 0.05, 0.05])
    joint = np.exp(fit.test_logits.astype(float) / heat) * met / (counts / counts.sum())
    costs = np.array([[0, 1, 1], [20, 0, 0], [20, 0, 0]])
    passed = joint[:, 1:].sum(axis=1) * 20 < joint[:, 0]
    np.testing.assert_array_equal(found.decisions("baseline")[3] == 0, passed)
    weight = (met / (counts / counts.sum()))[data.test.labels]
    paid = costs[data.test.labels, found.decisions("baseline")[3]]
    np.testing.assert_allclose(found.cost("baseline")[3], 1000 * weight * paid)


def test_balanced_losses_learned_every_class_as_often():
    plan, data, fits, maps, held = study()
    plan = Plan.make(plan.model_dump() | {"recipe": {"class_weights": "balanced"}})
    weighed = []
    for run, fit in zip(plan.runs(), fits, strict=True):
        held[run.key] = held[fit.run.key]
        weighed.append(replace(fit, run=run))
    found = decisions_of(impact.Arms(plan, data, weighed, maps), held)
    answer = held[weighed[0].run.key]()
    heat = temperature(answer["logits"], answer["labels"], [1, 1, 1])
    assert found._decisions[weighed[0].run.key].temperature == pytest.approx(heat)
    chances = probabilities(weighed[0].test_logits, heat, offset([1, 1, 1], found.shares))
    np.testing.assert_array_equal(found.decisions("baseline")[0], cheapest(chances, found.costs))


def test_least_expected_cost_costs_less_than_the_likeliest_class():
    costs = {each.arm: each for each in profile_of(*study()).costs.arms}
    assert all(each.cost < each.cost_argmax for each in costs.values())
    assert all(each.misses < each.misses_argmax for each in costs.values())
    assert all(each.false_alarms > each.false_alarms_argmax for each in costs.values())
    assert all(each.temperature > 0 for each in costs.values())


def test_a_planted_saving_is_found_and_nothing_else():
    profile = profile_of(*study(careful=3.0))
    found = profile.effect("rotation", "gain_cost")
    assert 0 < found.low < found.estimate < found.high
    assert found.relabelling_p == pytest.approx(1 / 495)
    assert found.p < found.p_adjusted < 0.05
    assert found.finding == "gains"
    fitted, plain = profile.points["cost_fitted"], profile.points["cost_argmax"]
    assert np.mean(plain["rotation"]) < np.mean(fitted["rotation"])
    assert np.mean(fitted["baseline"]) < np.mean(plain["baseline"])
    expected = np.mean(fitted["baseline"]) - np.mean(plain["rotation"])
    assert found.estimate == pytest.approx(expected)
    assert found.noise == pytest.approx(np.std(fitted["baseline"], ddof=1))
    rules = {arm.arm: arm.rule for arm in profile.costs.arms}
    assert (rules["baseline"], rules["rotation"]) == ("fitted", "argmax")
    (rotation,) = [each for each in profile.strategies if each.strategy == "rotation"]
    assert "cost.falls" in {reason.code for reason in rotation.reasons}
    quiet = [profile.effect(s, "gain_cost").p_adjusted for s in profile.arms[1:] if s != "rotation"]
    assert sum(p > 0.05 for p in quiet) >= 3


@pytest.fixture(scope="module")
def by_cost():
    """A study in which cost decides, and rotation saves."""
    plan, *rest = study(careful=3.0)
    return profile_of(plan.model_copy(update={"gain": "cost"}), *rest)


def test_cost_decides_as_a_share_of_the_baselines(by_cost):
    """What is less is better, and p and the side of 0 are those of the cost itself."""
    whole = np.mean(by_cost.points["cost"]["baseline"])
    for strategy in by_cost.arms[1:]:
        gain, saved = (by_cost.effect(strategy, q) for q in ("gain", "gain_cost"))
        assert gain.estimate == pytest.approx(saved.estimate / whole)
        assert (gain.low, gain.high) == pytest.approx((saved.low / whole, saved.high / whole))
        assert (gain.p, gain.finding) == (pytest.approx(saved.p), saved.finding)
    (rotation,) = (s for s in by_cost.strategies if s.strategy == "rotation")
    first = rotation.reasons[0]
    assert (first.code, first.values["score"]) == ("gain.rises", "cost")
    assert first.values["margin"] == by_cost.plan.margins.cost == 0.01
    # It is the gain, and is not counted once more beside it.
    assert not [r for s in by_cost.strategies for r in s.reasons if r.code.startswith("cost.")]


def test_the_report_says_that_cost_decides(by_cost):
    from cam_augment.report.figures.costs import gain_and_saving

    with_points = queries.gains_of_runs(by_cost, "rotation")
    assert np.mean(with_points) == pytest.approx(by_cost.effect("rotation", "gain").estimate)
    text = " ".join(prose.summary(by_cost).paragraphs)
    assert "the share that a strategy saves of the baselines' cost" in text
    assert gain_and_saving(by_cost) is None  # both sides would be the same


def test_cost_decides_only_where_mistakes_have_a_cost():
    with pytest.raises(InputError, match="gain: received 'cost'; this plan has no costs") as error:
        Plan.make({"gain": "cost"})
    assert len(str(error.value).splitlines()) == 1


def test_scores_are_held_against_savings_too():
    profile = profile_of(*study())
    found = {c.score: c for c in profile.cost_correlations}
    assert found["excess_shift.pearson"].primary
    assert not {"gain", "gain_macro_f1", "gain_cost"} & set(found)
    saved, moved = (
        [profile.effect(s, question).estimate for s in profile.arms[1:]]
        for question in ("gain_cost", "excess_shift.pearson")
    )
    rho = spearmanr(moved, saved).statistic
    assert found["excess_shift.pearson"].rho == pytest.approx(rho)


def test_costs_with_folds_relabel_within_them():
    plan, data, fits, maps, held = study(folds=4)
    found = profile_of(plan, data, fits, maps, held).effect("rotation", "gain_cost")
    assert found.smallest_p == pytest.approx(1 / 3**4)
    assert found.low < found.estimate < found.high


def test_where_one_model_was_not_asked_all_decide_for_the_likeliest_class():
    plan, data, fits, maps, held = study()
    del held[fits[-1].run.key]
    profile = profile_of(plan, data, fits, maps, held)
    assert not profile.costs.fitted
    assert {each.cost for each in profile.costs.arms} == {None}
    assert Notice.of("costs.unfitted", count=1) in profile.warnings
    asked = profile_of(plan, data, fits, maps, {})
    assert asked.points["cost"] == profile.points["cost"]
    assert "cost_argmax" not in profile.points


def test_a_class_of_few_test_images_is_warned_of():
    plan, data, fits, maps, held = study(parts={"c": 0.2})
    kept = np.flatnonzero((data.test.labels < 2) | (np.arange(120) > 110))
    test = Split(data.test.images[kept], data.test.labels[kept])
    fits = [replace(fit, test_logits=fit.test_logits[kept]) for fit in fits]
    profile = profile_of(plan, replace(data, test=test), fits, maps, held)
    (few,) = [each.values for each in profile.warnings if each.code == "costs.few_images"]
    assert (few["name"], few["count"]) == ("c", 3)


@pytest.fixture(scope="module")
def decided():
    return decisions_of(impact.Arms(*study()[:4]), study()[4])


def test_models_that_cost_more_than_none_are_warned_of(decided, monkeypatch):
    found = notices(decided, monkeypatch, (900, 800), (700, 800))
    (notice,) = [notice for notice in found if notice.code == "costs.blind_lower"]
    assert notice.values["blind"] == pytest.approx(1000 * 80 / 120)  # all are called a defect
    assert (notice.values["name"], notice.values["baseline_cost"]) == ("b", 800.0)


def notices(decided, monkeypatch, baseline, rotation, **found):
    """Return the notices where arms cost as told: by fitted decisions, then by plain ones."""
    costs = {"baseline": baseline, "rotation": rotation}
    monkeypatch.setattr(
        decided, "cost", lambda label, plain=False: np.full((4, 3), float(costs[label][plain]))
    )
    told = {"strategy": "rotation", "question": "gain_cost", "low": 1.0, "high": 3.0}
    told |= {"p_adjusted": 0.001} | found
    return cost_notices(decided, [Effect(estimate=0.0, **told).with_finding(0.05)])


def test_fitted_decisions_that_cost_more_are_warned_of(decided, monkeypatch):
    higher = Notice.of("costs.plain_lower", fitted=386.0, plain=211.0)
    assert notices(decided, monkeypatch, (386, 211), (300, 200)) == [higher]
    assert notices(decided, monkeypatch, (211, 386), (200, 300)) == []
    assert notices(decided, monkeypatch, (211, 211), (200, 200)) == []


def test_a_saving_that_plain_decisions_turn_over_is_warned_of(decided, monkeypatch):
    (notice,) = notices(decided, monkeypatch, (255, 300), (211, 386))
    assert notice.code == "costs.fitted_decides"
    assert notice.values == {
        "strategy": "rotation", "fitted": 211.0, "fitted_baseline": 255.0,
        "plain": 386.0, "plain_baseline": 300.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rotation", "found"),
    [
        ((211, 290), {}),  # less by both
        ((211, 386), {"p_adjusted": 0.2}),  # not beyond noise
        ((211, 386), {"low": -1.0}),  # its interval holds none
        ((211, 386), {"low": None, "high": None}),
    ],
)
def test_a_saving_that_is_none_or_holds_is_not_warned_of(decided, monkeypatch, rotation, found):
    assert notices(decided, monkeypatch, (255, 300), rotation, **found) == []


def test_a_study_without_costs_says_nothing_of_them():
    plan, data, fits, maps, held = study()
    plain = Plan.make(plan.model_dump() | {"costs": None})
    profile = profile_of(plain, data, fits, maps, held)
    assert profile.costs is None
    assert profile.cost_correlations == ()
    assert "gain_cost" not in {effect.question for effect in profile.effects}
    assert "cost" not in profile.points
    text = html(Report(profile))
    assert "What it saves" not in text
    assert "cost rises" not in text
    codes = {reason.code for each in profile.strategies for reason in each.reasons}
    assert not any(code.startswith("cost.") for code in codes)


# ---- the interval


def test_within_classes_keeps_the_means_and_the_variance_of_a_stratified_sample():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 10])
    values = rng.normal(size=(1, 40)) + 5 * labels
    inside = within_classes(values, labels)
    assert inside.mean() == pytest.approx(values.mean())
    share = np.array([30, 10]) / 40
    expected = sum(
        part**2 * values[0, labels == k].var(ddof=1) / (labels == k).sum()
        for k, part in enumerate(share)
    )
    assert inside.var() / 40 == pytest.approx(expected)


def coverage(studies: int, rare: int, blocks=None) -> float:
    """Return how often intervals hold a saving of which it is known that it is 0.

    Both arms make mistakes by the same law, that of rare defects more often and dearer. An
    image may be hard for all models, or for those of one arm.
    """
    labels = np.repeat([0, 1], [160, rare])
    weights = (np.array([0.95, 0.05]) / (np.bincount(labels) / len(labels)))[labels]
    threshold, price = np.array([-1.6, -0.7])[labels], np.array([1, 20])[labels]
    hits = 0
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        together, split = rng.normal(0, 0.7, len(labels)), rng.normal(0, 0.3, 4)

        def paid(models, rng=rng, together=together, split=split):
            own = rng.normal(0, 0.2, (models, 1))
            if blocks is not None:
                own += split[np.arange(models) % 4][:, None]
            hard = together + rng.normal(0, 0.4, len(labels))
            noise = rng.normal(size=(models, len(labels))) + hard + own
            return within_classes(1000 * weights * price * (noise < threshold), labels)

        values = np.concatenate([-paid(8), -paid(4)])
        models, contrasts = groups([8, 4], blocks), against(2)
        image = image_part(values, models, contrasts)
        found = contrast(values.mean(axis=1), models, contrasts, image, values.shape[1])
        limits = decide(found, 0.05)
        hits += limits.low[0] <= 0 <= limits.high[0]
    return hits / studies


@pytest.mark.slow
@pytest.mark.parametrize("rare", [20, 60])
@pytest.mark.parametrize("blocks", [None, [0, 1, 2, 3] * 3])
def test_intervals_of_savings_hold_the_truth(rare, blocks):
    held = coverage(400, rare, blocks)
    assert 0.92 <= held <= 0.985, held


# ---- the report


def costs_table(profile: ImpactProfile):
    parts.discover()
    return next(part for part in Report(profile).tables if part.name == "costs")


def test_the_report_says_what_it_saves():
    profile = profile_of(*study(careful=3.0, parts={"a": 0.98}))
    table = costs_table(profile)
    assert "a defect called “a”, costs 20.0" in table.caption
    assert "Production is 98.0\N{NO-BREAK SPACE}% “a”" in table.caption
    rows = {row["arm"]: row for row in table.records()}
    assert rows["rotation"]["saving"] == profile.effect("rotation", "gain_cost").estimate
    assert rows["rotation"]["beyond_noise"]
    assert rows["baseline"]["saving"] is None
    assert rows["rotation"]["saving_per_year"] is None
    page = html(Report(profile))
    for words in ("What it saves", "Most is saved by rotation", "The deciding interval beside it",
                  "Also a trade-off: the cost rises", "Saved per 1,000 parts"):  # fmt: skip
        assert words in page, words
    frame = profile.to_frame().set_index("strategy")
    assert frame.loc["rotation", "gain_cost"] == rows["rotation"]["saving"]


@pytest.fixture(scope="module")
def year():
    """A plan with a currency and a year, in which rotation saves."""
    plan, *rest = study(careful=3.0, parts={"a": 0.98})
    fields = plan.model_dump() | {"currency": "EUR", "parts_per_year": 250_000}
    return profile_of(Plan.make(fields), *rest)


def test_a_year_is_so_many_thousand_parts(year):
    effect = year.effect("rotation", "gain_cost")
    rows = {row["arm"]: row for row in costs_table(year).records()}
    for name, number in (("saving", "estimate"), ("low", "low"), ("high", "high")):
        found = rows["rotation"][f"{name}_per_year"]
        assert found == pytest.approx(250 * getattr(effect, number))
    assert rows["baseline"]["saving_per_year"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Saved a year, EUR", "EUR a year")), ("ja", ("年間の節約額（EUR）", "EUR、年間"))],
)
def test_money_is_said_on_the_first_screen_in_the_view_and_in_markdown(year, language, words):
    effect, report = year.effect("rotation", "gain_cost"), Report(year)
    with speaking(language):
        first = decision(year)
        (row,) = [row for row in first.rows if row.strategy == "rotation"]
        (view,) = [view for view in views(year) if view.strategy == "rotation"]
        text = markdown(report)
    number = float(re.sub(r"[+,]|\s.*", "", row.saving))
    assert number == pytest.approx(250 * effect.estimate, rel=0.01)
    assert first.saved == words[0]
    assert words[1] in first.price[0]
    assert any(words[1] in value for _, value in view.facts)
    assert words[0] in text


def test_an_amount_of_money_is_rounded_to_what_its_interval_tells():
    saving = in_money.saving
    profile = profile_of(*study(careful=3.0))
    plan = profile.plan.model_copy(update={"parts_per_year": 10_000_000})
    effect = Effect(strategy="rotation", question="gain_cost", estimate=2.2336, low=0.2, high=4.3)
    made = profile.model_copy(update={"plan": plan, "effects": (effect,)})
    assert str(saving(made, "rotation")) == "+22,300 [2,000, 43,000]"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"parts_per_year": 1000}, "parts_per_year: it says what the costs of 1,000 parts are"),
        ({"currency": "EUR"}, "currency: it is what costs are counted in; this plan has no costs"),
        ({"costs": SHORT, "parts_per_year": -5}, "parts_per_year: received -5; input should be"),
        ({"costs": SHORT, "parts_per_year": 0}, "parts_per_year: received 0; input should be"),
        ({"costs": SHORT, "parts_per_year": "many"}, "parts_per_year: received 'many'"),
        ({"costs": SHORT, "currency": "12"}, "currency: received '12'; expected a code, a word"),
        ({"costs": SHORT, "currency": ""}, "currency: received ''"),
        ({"costs": SHORT, "currency": "E\nUR"}, "currency: received 'E"),
        ({"costs": SHORT, "currency": 5}, "currency: received 5"),
        ({"costs": SHORT, "currency": "x" * 17}, "at most 16 characters"),
        ({"costs": SHORT, "curency": "EUR"}, "(received 'EUR'). Did you mean 'currency'"),
        ({"costs": SHORT, "parts_a_year": 5}, "Did you mean 'parts_per_year'"),
    ],
)  # fmt: skip
def test_money_that_cannot_be_is_refused_in_one_line(fields, words):
    with pytest.raises(InputError) as caught:
        Plan.make(fields)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("currency", ["EUR", "$", "€", "円", "thousand yen"])
def test_a_currency_is_a_code_a_word_or_a_sign(currency):
    assert Plan.make({"costs": SHORT, "currency": currency}).currency == currency


def test_nothing_is_said_of_cheaper_rules_where_arms_were_judged_by_one():
    """As in a profile of before, in which fitted decisions cost some arms more."""
    profile = profile_of(*study(careful=3.0))
    said = "by the cheaper of two decision rules"
    assert said in price.summary(profile)[0]
    assert "by the rule that costs it less" in costs_table(profile).caption
    arms = tuple(arm.model_copy(update={"rule": "fitted"}) for arm in profile.costs.arms)
    before = profile.costs.model_copy(update={"arms": arms})
    earlier = profile.model_copy(update={"costs": before})
    assert said not in price.summary(earlier)[0]
    assert "Mistakes and savings are of the latter." in costs_table(earlier).caption


def test_a_matrix_is_put_in_words():
    costs = {"b": {"a": 50, "c": 2}, "a": {"b": 1}}
    profile = profile_of(*study(costs=costs))
    assert price.in_words(profile.costs, profile.classes) == (
        "“b” called “a” costs 50.0, “b” called “c” costs 2.00 and “a” called “b” costs 1.00; other "
        "mistakes cost nothing."
    )
    table = costs_table(profile)
    assert [view.title for view in table.views][4] == "Mistakes"


# ---- a study from end to end


TINY = {
    "name": "priced",
    "dataset": {
        "name": "surfaces", "size": 32, "train": 80, "validation": 24, "probe": 16, "test": 48,
    },
    "strategies": ["rotation"], "baselines": 3, "seeds": 3,
    "recipe": {"epochs": 2, "batch_size": 20}, "bootstrap": 100, "permutations": 1000,
    "metrics": ["pearson"],
}  # fmt: skip


@pytest.mark.parametrize("folds", [None, pytest.param(3, marks=pytest.mark.slow)])
def test_a_study_with_costs_asks_an_old_store_without_training(
    folds, tmp_path, no_workers, no_figures, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    plain = Plan.make(TINY | {"folds": folds})
    run_study(plain)
    made = sorted(path.name for path in (tmp_path / "store/trainings").iterdir())
    assert not (tmp_path / "store/validation").exists()
    times = [os.stat(path).st_mtime_ns for path in sorted((tmp_path / "store/trainings").iterdir())]
    priced = Plan.make(plain.model_dump() | {"costs": SHORT, "parts": {"clean": 0.95}})
    stale = run_study(priced, train=False)
    assert not stale.costs.fitted
    profile = run_study(priced)
    assert sorted(path.name for path in (tmp_path / "store/trainings").iterdir()) == made
    after = [os.stat(path).st_mtime_ns for path in sorted((tmp_path / "store/trainings").iterdir())]
    assert after == times
    assert profile.costs.fitted
    assert "costs.unfitted" in {notice.code for notice in stale.warnings}
    of_costs = ("costs.unfitted", "costs.blind_lower", "costs.plain_lower")
    others = [tuple(notice for notice in made.warnings if notice.code not in of_costs)
              for made in (stale, profile)]  # fmt: skip
    assert others[0] == others[1]
    again = load_profile("results/priced")
    assert again.costs == profile.costs
    assert (tmp_path / "results/priced/costs.csv").exists()
    data = load_data(priced)
    by_hand(priced, data, Store("store"), profile)


def by_hand(plan, data, store, profile) -> None:
    """Hold the first baseline's cost against the answers in the store."""
    from cam_augment.datasets.folds import parts_of
    from cam_augment.questions.predictions import PredictionsQuestion

    run = plan.runs()[0]
    question = questions_of(run, plan, data)[-1]
    predicted = PredictionsQuestion.on("test", run, data)
    answer = store.arrays("validation", question.key)
    learned, held, _ = parts_of(data, run)
    np.testing.assert_array_equal(answer["labels"], held.labels)
    assert answer["learned"].sum() == len(learned)
    heat = temperature(answer["logits"], answer["labels"], answer["learned"])
    logits = store.arrays("predictions", predicted.key)["logits"]
    shares = np.array([0.95, *[0.05 / 3] * 3])
    costs = plan.costs.matrix(data.classes)
    decided = cheapest(probabilities(logits, heat, offset(answer["learned"], shares)), costs)
    labels = data.test.labels
    paid = sum(share * costs[k, decided[labels == k]].mean() for k, share in enumerate(shares))
    assert profile.points["cost"]["baseline"][0] == pytest.approx(1000 * paid)


@pytest.mark.slow
def test_a_store_that_never_was_gives_the_same_profile(tmp_path, no_workers, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fields = TINY | {"costs": SHORT, "strategies": ["identity"]}
    run_study(Plan.make(fields | {"costs": None}), store="old")
    asked = run_study(Plan.make(fields), store="old")
    fresh = run_study(Plan.make(fields), store="new")
    assert fresh.costs == asked.costs
    assert fresh.effects == asked.effects
