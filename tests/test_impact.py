"""Questions to statistics: effects of simulated models, and verdicts by their rules."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from cam_augment import impact
from cam_augment.impact import arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention import shift as attention
from cam_augment.impact.gallery import _misread, _typical
from cam_augment.impact.groups import groups, silhouette
from cam_augment.impact.judging import judge
from cam_augment.impact.scored import scored
from cam_augment.impact.verdicts import strategy_profiles
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Effect, Fit, Maps, Notice, Split, provenance
from cam_augment.statistics import corrected
from cam_augment.statistics.calibration import calibration_error, reliability
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from cam_augment.store import Store
from tests.answered import answered
from tests.profiles import decided

IMAGES, GRID, CLASSES = 40, 6, 4


def simulated(seed=0, moved=0.0, better=0.0, masks=False):
    """A study of simulated models: ``moved`` shifts attention, ``better`` adds accuracy."""
    plan = Plan.make(
        {
            "strategies": ["identity", "rotation", "zoom", "shear", "contrast"],
            "metrics": ["pearson", "mad"],
            "bootstrap": 100,
            "permutations": 1000,
        }
    )
    rng = np.random.default_rng(seed)
    labels = np.arange(IMAGES) % CLASSES
    images = rng.uniform(size=(IMAGES, GRID, GRID, 1)).astype(np.float32)
    marks = np.zeros((IMAGES, GRID, GRID), bool)
    marks[:, :3, :3] = True
    split = Split(images, labels, marks if masks else None)
    data = DataSet("simulated", tuple("abcd"), split, split, split, split)
    common = rng.uniform(size=(IMAGES, GRID, GRID))
    shift = rng.uniform(size=(IMAGES, GRID, GRID))
    fits, maps = [], {}
    for run in plan.runs():
        changed = run.strategy.label == "rotation"
        values = common + rng.uniform(size=common.shape) + (moved * shift if changed else 0)
        wrong = rng.uniform(size=IMAGES) < 0.4 - (better if changed else 0)
        logits = np.eye(CLASSES)[np.where(wrong, (labels + 1) % CLASSES, labels)]
        fits.append(Fit(run, logits, logits, {}, 1.0, {"numpy": "2"}))
        maps[run.key] = Maps(run.key, "gradcam", "features", values.astype(np.float32))
    loaders = {key: (lambda answer=answer: answer) for key, answer in maps.items()}
    return plan, data, fits, loaders


def profile_of(plan, data, fits, maps, missing=(), store=None):
    return impact.profile(plan, data, fits, answered(maps), missing, {}, store)


def test_what_the_data_have_to_say_comes_first_among_the_warnings():
    plan, data, fits, loaders = simulated()
    noted = replace(data, notes=("1 picture is damaged and left out: a.png.",))
    assert noted.fingerprint == data.fingerprint
    assert profile_of(plan, noted, fits, loaders).warnings[0] == noted.notes[0]


def test_maps_that_fail_their_check_do_not_tell_where_attention_went():
    plan, data, fits, loaders = simulated(moved=1.0)
    findings = impact.analyse(arms.Arms(plan, data, fits, loaders), answered(loaders))
    judgements = {"rotation": judge(findings.claims("rotation"))}
    failing = SimpleNamespace(own=True, deletion=SimpleNamespace(better=()))
    for looks, place in (((), "moved"), ((failing,), "not known")):
        checked = {"rotation": replace(findings, faithful=looks)}
        (rotation,) = strategy_profiles(checked, judgements)
        assert rotation.attention == place


def test_remarks_on_maps_are_shown_and_a_layer_passed_over_is_a_warning():
    plan, data, fits, loaders = simulated()
    remarks = {"outputs": "softmax", "passed_over": "top (1x1)"}
    maps = {key: (lambda load=load: replace(load(), remarks=remarks))
            for key, load in loaders.items()}  # fmt: skip
    profile = profile_of(plan, data, fits, maps)
    assert profile.validity.items() >= remarks.items()
    notice = Notice.of("maps.passed_over", layer="top (1x1)", taken="features")
    assert notice in profile.warnings
    assert notice not in profile_of(plan, data, fits, loaders).warnings


def test_a_network_that_may_augment_inside_is_a_warning():
    plan, data, fits, loaders = simulated()
    network = plan.architecture.model_copy(update={"settings": {"augments": True}})
    allowed = plan.model_copy(update={"architecture": network})
    assert Notice.of("network.augments") in profile_of(allowed, data, fits, loaders).warnings
    assert Notice.of("network.augments") not in profile_of(plan, data, fits, loaders).warnings


def test_a_planted_shift_and_gain_are_found_and_nothing_else():
    profile = profile_of(*simulated(moved=2.0, better=0.35))
    result = {s.strategy: s for s in profile.strategies}
    assert result["rotation"].verdict == "adopt"
    assert profile.effect("rotation", "excess_shift.pearson").p == pytest.approx(1 / 495)
    assert [s.strategy for s in profile.strategies if s.attention == "moved"] == ["rotation"]
    assert profile.effect("rotation", "gain").low > 0
    assert result["identity"].verdict == "quiet"
    others = {s.verdict for name, s in result.items() if name not in ("rotation", "identity")}
    assert others == {"undecided"}  # 40 test images show neither a gain nor its absence


def test_a_verdict_holds_its_numbers_and_what_comes_next():
    profile = profile_of(*simulated(moved=2.0, better=0.35))
    result = {s.strategy: s for s in profile.strategies}
    gain, (reason,) = profile.effect("rotation", "gain"), result["rotation"].reasons
    numbers = {name: reason.values[name] for name in ("estimate", "low", "high", "margin")}
    assert reason.code == "gain.rises"
    assert numbers == {
        "estimate": gain.estimate, "low": gain.low, "high": gain.high, "margin": 0.005
    }  # fmt: skip
    assert result["rotation"].bound_low < gain.estimate < result["rotation"].bound_high
    assert result["rotation"].next_step == Notice.of("step.none")
    step = result["zoom"].next_step
    assert step.code == "step.images"
    assert step.values["now"] == IMAGES < step.values["then"]


def test_controls_stand_outside_the_family_of_every_question():
    profile = profile_of(*simulated(moved=0.5))
    for question in {effect.question for effect in profile.effects}:
        family = {s: profile.effect(s, question) for s in profile.arms[1:]}
        assert family.pop("identity").p_adjusted == profile.effect("identity", question).p
        expected = corrected((effect.p for effect in family.values()), "holm")
        assert [effect.p_adjusted for effect in family.values()] == pytest.approx(expected)
    (control,) = (w for w in profile.within if w.strategy == "identity")
    assert (control.p_adjusted, control.p_classes_adjusted) == (control.p, control.p_classes)


def test_near_copies_of_what_was_learned_from_block_a_verdict():
    plan, data, fits, loaders = simulated(better=0.35)
    overlaps = [{"count": 3, "of": IMAGES, "part": "test", "other": "train"},
                {"count": 9, "of": IMAGES, "part": "test", "other": "probe"}]  # fmt: skip
    note = Notice.of("pictures.near_duplicates", overlaps=overlaps, pairs=[])
    profile = profile_of(plan, replace(data, notes=(note,)), fits, loaders)
    result = next(s for s in profile.strategies if s.strategy == "rotation")
    assert (result.verdict, result.reasons[-1].code) == ("undecided", "block.leaks")
    assert result.reasons[-1].values["share"] == pytest.approx(3 / IMAGES)
    assert result.next_step.code == "step.leaks"


def test_the_parts_make_the_excess():
    profile = profile_of(*simulated(moved=1.0))
    for s in profile.strategies:
        excess = profile.effect(s.strategy, "excess_shift.pearson")
        assert excess.estimate == pytest.approx(2 * s.between - s.floor - s.within)
        assert excess.noise == pytest.approx(s.floor)
        within = profile.effect(s.strategy, "agreement")
        assert within.estimate == pytest.approx(s.within - s.floor)


def test_all_pairs_agree_with_the_blocks():
    profile = profile_of(*simulated())
    matrix = np.array(profile.distance)
    base = [i for i, arm in enumerate(profile.models) if arm == "baseline"]
    floor = matrix[np.ix_(base, base)][np.triu_indices(len(base), 1)].mean()
    assert floor == pytest.approx(profile.strategies[0].floor)
    np.testing.assert_allclose(matrix, matrix.T)


def test_a_profile_does_not_depend_on_how_much_is_held_at_a_time(monkeypatch):
    whole = profile_of(*simulated(moved=0.5))
    monkeypatch.setattr(attention, "TOGETHER", 5)
    monkeypatch.setattr(arms.MapCache.__init__, "__defaults__", (3 * 4 * IMAGES * GRID**2,))
    assert profile_of(*simulated(moved=0.5)).model_dump_json() == whole.model_dump_json()


def dear():
    """A study with a dear metric, which is not the last of its metrics."""
    plan, *rest = simulated(moved=0.3)
    fields = {"metrics": ["pearson", "wasserstein", "mad"], "strategies": ["rotation", "zoom"]}
    plan = Plan.make(plan.model_dump() | fields)
    keys = {run.key for run in plan.runs()}
    data, fits, loaders = rest
    return plan, data, [fit for fit in fits if fit.run.key in keys], loaders


def by_thread(monkeypatch, before=lambda _metric: None) -> set:
    """Note whose blocks are made, and whether on the main thread; ``before`` is called first."""
    block, calls = scoring.block, set()

    def noted(metric, *others, **stop):
        calls.add((metric, threading.current_thread() is threading.main_thread()))
        before(metric)
        return block(metric, *others, **stop)

    monkeypatch.setattr(scoring, "block", noted)
    return calls


def test_dear_scores_made_ahead_are_those_made_in_turn(tmp_path, monkeypatch):
    in_turn, store = profile_of(*dear()), Store(tmp_path)
    calls = by_thread(monkeypatch)
    ahead = profile_of(*dear(), store=store)
    cheap = {("pearson", True), ("mad", True), ("prediction_kl", True)}
    assert calls == cheap | {("wasserstein", False)}
    assert ahead.model_dump() == in_turn.model_dump()
    assert len(list(store.places())) == 3  # of two strategies, and the level by chance
    assert profile_of(*dear(), store=store).model_dump() == in_turn.model_dump()


def test_what_fails_ahead_is_raised_here(tmp_path, monkeypatch):
    def fail(metric):
        if threading.current_thread() is not threading.main_thread():
            raise ArithmeticError(metric)

    by_thread(monkeypatch, fail)
    with pytest.raises(ArithmeticError, match="wasserstein"):
        profile_of(*dear(), store=Store(tmp_path))


def test_what_is_made_ahead_ends_when_the_rest_is_stopped(tmp_path, monkeypatch):
    """A pair under way is finished; none is begun."""
    begun, pairs = threading.Event(), []
    pair = scoring._pair

    def slow(metric, *models):
        if metric == "wasserstein":
            pairs.append(metric)
            begun.set()
            time.sleep(0.2)
        return pair(metric, *models)

    def interrupt(*_):
        begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(scoring, "_pair", slow)
    monkeypatch.setattr(scoring, "PAIRS", 1)
    monkeypatch.setattr(scoring, "cores", lambda: 1)
    monkeypatch.setattr(attention, "_shift", interrupt)
    with pytest.raises(KeyboardInterrupt):
        profile_of(*dear(), store=Store(tmp_path))
    assert len(pairs) <= 2
    assert not list(Store(tmp_path).places())


def test_several_threads_may_ask_for_maps():
    reads = []

    def read(key):
        time.sleep(0.01)
        reads.append(key)
        return Maps(key, "gradcam", "features", np.zeros((1, 2, 2), np.float32))

    cache = arms.MapCache({key: partial(read, key) for key in "abcdefgh"})
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(cache.__getitem__, 4 * "abcdefgh"))
    assert sorted(reads) == list("abcdefgh")


@pytest.mark.parametrize(("together", "most"), [(1, 2**22), (3, 2**22), (100, 2**22), (100, 1)])
def test_models_compared_in_one_call_are_as_each_alone(together, most, monkeypatch):
    rng = np.random.default_rng(5)
    models = scoring.prepare_all("wasserstein", list(rng.random((7, 9, 5, 5))))
    alone = [scoring._pair("wasserstein", models[0], other) for other in models[1:]]
    monkeypatch.setattr(scoring, "cores", lambda: 1)
    monkeypatch.setattr(scoring, "PAIRS", together)
    monkeypatch.setattr(scoring, "BYTES", most)
    np.testing.assert_array_equal(scoring.against("wasserstein", models[0], models[1:]), alone)


def test_maps_used_longest_ago_are_let_go_first():
    reads = []

    def reader(key):
        def read():
            reads.append(key)
            return Maps(key, "gradcam", "features", np.zeros((2, 3, 4), np.float32))

        return read

    cache = arms.MapCache({key: reader(key) for key in "abc"}, limit=2 * 96)
    for key in "ababcba":
        assert cache[key].run == key
    assert reads == ["a", "b", "c", "a"], "c took a's place, and b was still there"
    one = arms.MapCache({key: reader(key) for key in "ab"}, limit=1)
    assert [one[key].run for key in "aab"] == list("aab"), "the last one stays in any case"
    assert reads[4:] == ["a", "b"]


def test_focus_is_measured_where_masks_exist_and_only_there():
    masked, plain = profile_of(*simulated(masks=True)), profile_of(*simulated())
    assert masked.effect("rotation", "focus").estimate is not None
    assert plain.effect("rotation", "focus").estimate is None
    assert "focus" not in plain.points


def test_degenerate_maps_are_left_out_and_counted():
    plan, data, fits, loaders = simulated()
    key = fits[-1].run.key
    dark = np.array(loaders[key]().values)
    dark[:10] = 0
    loaders[key] = lambda: Maps(key, "gradcam", "features", dark)
    profile = profile_of(plan, data, fits, loaders)
    last = profile.strategies[-1]
    assert last.degenerate_share == pytest.approx(10 / IMAGES / plan.seeds)
    assert profile.effect(last.strategy, "excess_shift.pearson").estimate is not None


def test_a_model_with_no_map_at_all_makes_a_hole_and_no_crash():
    plan, data, fits, loaders = simulated()
    key = fits[-1].run.key
    dark = np.zeros((IMAGES, GRID, GRID), np.float32)
    loaders[key] = lambda: Maps(key, "gradcam", "features", dark)
    profile = profile_of(plan, data, fits, loaders)
    last = profile.strategies[-1]
    assert profile.effect(last.strategy, "excess_shift.pearson").p is None
    assert "maps.empty" in {warning.code for warning in profile.warnings}


def test_an_arm_without_answers_is_named_and_not_judged():
    plan, data, fits, loaders = simulated()
    rest = [fit for fit in fits if fit.run.strategy.label != "zoom"]
    profile = profile_of(plan, data, rest, loaders)
    hole = next(s for s in profile.strategies if s.strategy == "zoom")
    assert (hole.runs, hole.verdict) == (0, "undecided")
    assert [reason.code for reason in hole.reasons] == ["gain.not_measured"]
    assert hole.next_step == Notice.of("step.none")


def test_mixed_environments_are_warned_of():
    plan, data, fits, loaders = simulated()
    fits[0] = Fit(fits[0].run, fits[0].test_logits, fits[0].probe_logits, {}, 1.0, {"numpy": "1"})
    mixed = Notice.of("models.mixed", name="numpy", values=["1", "2"])
    assert mixed in profile_of(plan, data, fits, loaders).warnings


def test_packages_that_decide_nothing_are_neither_recorded_nor_warned_of():
    """Fits of an earlier version name one."""
    _, data, fits, _ = simulated()
    old = {"numpy": "2", "tf-keras-vis": "0.8.7"}
    fits = [
        replace(fit, environment=old if i % 2 else {"numpy": "2"}) for i, fit in enumerate(fits)
    ]
    assert provenance.mixture_notices(fits) == []
    assert provenance.provenance(fits, data, 0.0)["training_environments"] == [{"numpy": "2"}]
    assert not provenance.IDLE & set(provenance.TRAINING)


def test_a_profile_is_a_function_of_its_answers():
    one, two = profile_of(*simulated()), profile_of(*simulated())
    assert one.model_dump_json() == two.model_dump_json()


@pytest.mark.parametrize("masks", [False, True])
def test_a_profile_holds_what_its_numbers_show(masks):
    """The same findings as those that an older profile's numbers are given."""
    profile = profile_of(*simulated(moved=2.0, better=0.35, masks=masks))
    assert decided(profile) == profile
    assert {effect.finding for effect in profile.effects} >= {"gains", "moves", "within noise"}


def test_groups_put_like_with_like():
    effects = [
        Effect(strategy=f"s{i}", question=q, estimate=(10.0 if i < 3 else 0.0) + 0.01 * i * k)
        for k, q in enumerate(["gain", "spread", "focus"], start=1)
        for i in range(6)
    ]
    result, tree = groups([f"s{i}" for i in range(6)], effects)
    assert result == {"s0": 1, "s1": 1, "s2": 1, "s3": 2, "s4": 2, "s5": 2}
    assert len(tree) == 5


@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12))
def test_the_gallery_shows_the_median_image_of_every_class(shifts):
    labels = np.arange(12) % 3
    chosen = _typical(labels, {"s": np.array(shifts)}, most=12)
    assert [int(labels[i]) for i in chosen] == [0, 1, 2]
    for i in chosen:
        of_class = np.sort(np.array(shifts)[labels == labels[i]])
        assert of_class[1] <= shifts[i] <= of_class[-1]


def test_the_gallery_goes_on_with_what_most_models_misread():
    right = {"baseline": np.array([1, 0.5, 1, 0, 1]), "s": np.array([1, 0.5, 0.75, 1, 1])}
    assert _misread(right, typical=set(), most=12) == [1, 3, 2]
    assert _misread(right, typical={1}, most=12) == [3, 2]
    many = {"baseline": np.zeros(40)}
    assert _misread(many, typical={0}, most=12) == list(range(1, 13))


def test_every_probe_image_of_a_profile_says_why_it_is_shown():
    plan, data, fits, loaders = simulated()
    shown = profile_of(plan, data, fits, loaders).probes
    assert [probe.why for probe in shown[: len(data.classes)]] == ["typical"] * len(data.classes)
    others = shown[len(data.classes) :]
    assert others
    assert {probe.why for probe in others} == {"misread"}
    assert len({probe.index for probe in shown}) == len(shown)
    assert all(min(probe.right.values()) < 1 for probe in others)


@pytest.mark.parametrize("most", [0, 1])
def test_the_plan_says_how_many_images_are_shown(most):
    plan, data, fits, loaders = simulated()
    plan = plan.model_copy(update={"gallery": most})
    shown = profile_of(plan, data, fits, loaders).probes
    assert [probe.why for probe in shown] == ["typical", "misread"][: 2 * most]


def test_predictions_and_f1_are_over_the_whole_set():
    from sklearn.metrics import f1_score

    plan, data, fits, loaders = simulated()
    arms = impact.Arms(plan, data, fits, loaders)
    predicted = fits[0].test_logits.argmax(axis=1)
    expected = f1_score(data.test.labels, predicted, average="macro")
    assert scored(arms, "macro_f1").values["baseline"][0] == pytest.approx(expected)
    assert arms.confusion("baseline").sum() == pytest.approx(IMAGES)


def test_reliability_curves_are_means_over_an_arms_models():
    plan, data, fits, loaders = simulated(better=0.35)
    curves = {c.arm: c for c in profile_of(plan, data, fits, loaders).reliability}
    assert list(curves) == ["baseline", *(s.label for s in plan.strategies)]
    logits = [fit.test_logits for fit in fits if fit.run.strategy.label == "rotation"]
    predictions = Predictions(np.array(logits), data.test.labels)
    expected = reliability(predictions)
    for name in ("confidence", "right"):
        means = np.ma.masked_invalid(getattr(expected, name)).mean(axis=0).filled(np.nan)
        result = np.array(getattr(curves["rotation"], name), float)
        np.testing.assert_allclose(result, means)
    error = calibration_error(predictions).values.mean()
    assert curves["rotation"].error == pytest.approx(error)


def test_what_is_predicted_without_the_strategies_that_destroy():
    """Rotation loses 35 points; ρ is given over the other four, too."""
    study = simulated(better=-0.35)
    profile = profile_of(*study)
    assert profile.effect("rotation", "gain").estimate < -0.2
    mild = [s for s in profile.arms[1:]
            if abs(profile.effect(s, "gain").estimate) < 0.02]  # fmt: skip
    assert "rotation" not in mild
    for row in profile.correlations:
        if row.score in ("mean",):
            continue
        assert row.mild == len(mild)
        scores, gains = ([profile.effect(s, q).estimate for s in mild] for q in (row.score, "gain"))
        expected = spearmanr(scores, gains).statistic if len(mild) > 2 else None
        assert row.rho_mild == (pytest.approx(expected) if expected is not None else None)


def test_a_shift_with_a_small_p_and_an_interval_across_zero_is_not_settled():
    effect = Effect(strategy="s", question="excess_shift.pearson", estimate=0.026, low=-0.001,
                    high=0.054, p_adjusted=0.02)  # fmt: skip
    assert effect.with_finding(0.05).finding == "not settled"
    assert not effect.with_finding(0.05).beyond_noise


def uneven(study, keep: int):
    """Return a study whose test set has only the first images of its last class."""
    plan, data, fits, loaders = study
    last = np.cumsum(data.test.labels == CLASSES - 1) * (data.test.labels == CLASSES - 1)
    places = np.flatnonzero(last <= keep)
    test = Split(data.test.images[places], data.test.labels[places])
    fits = [replace(fit, test_logits=fit.test_logits[places]) for fit in fits]
    return plan, replace(data, test=test), fits, loaders


def test_balanced_accuracy_is_asked_where_it_is_not_accuracy():
    from sklearn.metrics import balanced_accuracy_score

    study = uneven(simulated(better=0.35), keep=3)
    arms, profile = impact.Arms(*study), profile_of(*study)
    labels = study[1].test.labels
    scores = [balanced_accuracy_score(labels, fit.test_logits.argmax(axis=1)) for fit in study[2]]
    result = scored(arms, "balanced_accuracy").values["baseline"]
    np.testing.assert_allclose(result, scores[:8])
    result = profile.effect("rotation", "gain_balanced_accuracy")
    values = [s for fit, s in zip(study[2], scores, strict=True)
           if fit.run.strategy.label == "rotation"]  # fmt: skip
    assert result.estimate == pytest.approx(np.mean(values) - np.mean(scores[:8]))
    assert result.p_adjusted <= 0.05
    assert set(profile.points["balanced_accuracy"]) == set(profile.arms)
    even = profile_of(*simulated())
    assert "gain_balanced_accuracy" not in {e.question for e in even.effects}
    assert even.to_frame()["gain_balanced_accuracy"].isna().all()


def test_a_class_that_surely_loses_is_named_with_its_numbers():
    plan, data, fits, loaders = uneven(simulated(), 10)
    labels, rng = data.test.labels, np.random.default_rng(1)
    changed = []
    for fit in fits:
        lost = (labels == CLASSES - 1) & (rng.uniform(size=len(labels)) < 0.9)
        missed = np.where(lost & (fit.run.strategy.label == "zoom"), 0, labels)
        missed[rng.integers(len(labels), size=2)] = 1
        changed.append(replace(fit, test_logits=np.eye(CLASSES)[missed]))
    profile = profile_of(plan, data, changed, loaders)
    result = next(s for s in profile.strategies if s.strategy == "zoom")
    assert (result.verdict, result.worst_class) == ("avoid", "d")
    assert result.worst_class_p <= 0.05
    reason = next(r for r in result.reasons if r.code == "class.surely_loses")
    assert reason.values["name"] == "d"
    assert reason.values["loss"] == result.worst_class_gain < -0.5
    assert reason.values["loss_low"] < reason.values["loss"] < reason.values["loss_high"] < -0.02
    assert next(s for s in profile.strategies if s.strategy == "shear").worst_class_p > 0.05


@pytest.mark.parametrize(("low", "high", "channels"), [(0, 255, 1), (-1, 1, 3), (0, 1, 5)])
def test_any_image_can_be_shown(low, high, channels):
    from cam_augment.records.pictures import png

    image = np.random.default_rng(0).uniform(low, high, (5, 4, channels))
    assert png(image).startswith("iVBOR")


def test_strategies_that_are_all_alike_are_one_group():
    effects = [Effect(strategy=f"s{i}", question="gain", estimate=1.0) for i in range(5)]
    effects += [Effect(strategy=f"s{i}", question="focus", estimate=2.0) for i in range(5)]
    result, _ = groups([f"s{i}" for i in range(5)], effects)
    assert set(result.values()) == {1}


@pytest.mark.parametrize("seed", range(5))
def test_the_silhouette_is_scikit_learns(seed):
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    matrix, cut = rng.normal(size=(12, 3)), rng.permutation([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4])
    matrix[1] = matrix[0]
    assert silhouette(matrix, cut) == pytest.approx(silhouette_score(matrix, cut))


def test_a_confusion_counts_as_scikit_learn_does():
    from sklearn.metrics import confusion_matrix

    plan, data, fits, maps = simulated(seed=2)
    arms = impact.Arms(plan, data, fits, maps)
    tables = [
        confusion_matrix(data.test.labels, fit.test_logits.argmax(axis=1), labels=range(CLASSES))
        for fit in arms.baselines
    ]
    np.testing.assert_allclose(arms.confusion("baseline"), np.mean(tables, axis=0))


@pytest.mark.parametrize(
    "name", ["balanced_accuracy", "macro_f1", "auroc", "average_precision", "recall_at_fpr:0.2"]
)
def test_the_score_that_decides_is_the_plans(name):
    plan, data, fits, loaders = uneven(simulated(better=0.35), keep=5)
    rng = np.random.default_rng(3)
    logits = [fit.test_logits + rng.normal(0, 0.1, fit.test_logits.shape) for fit in fits]
    fits = [replace(fit, test_logits=values) for fit, values in zip(fits, logits, strict=True)]
    profile = profile_of(Plan.make(plan.model_dump() | {"gain": name}), data, fits, loaders)
    of_run = score_of(name).measure(Predictions(np.array(logits), data.test.labels)).values
    arm = np.array([fit.run.strategy.label for fit in fits])
    expected = of_run[arm == "rotation"].mean() - of_run[arm == "baseline"].mean()
    gain = profile.effect("rotation", "gain")
    assert gain.estimate == pytest.approx(expected)
    assert profile.points[name]["rotation"] == pytest.approx(of_run[arm == "rotation"])
    row = profile.to_frame().set_index("strategy").loc["rotation"]
    others = [q for q in {e.question for e in profile.effects} if q.startswith("gain_")]
    assert {"gain_accuracy", "gain_log_loss", "gain_calibration_error"} <= set(others)
    for question in others:
        effect, column = profile.effect("rotation", question), question.partition(":")[0]
        columns = [row[f"{column}{end}"] for end in ("", "_low", "_high")]
        assert columns == pytest.approx([effect.estimate, effect.low, effect.high])
    (rotation,) = (s for s in profile.strategies if s.strategy == "rotation")
    assert rotation.reasons[0].values["score"] == name
    assert rotation.bound_low < gain.estimate < rotation.bound_high


def test_accuracy_decides_where_the_plan_names_no_other():
    profile = profile_of(*simulated())
    assert profile.plan.gain == "accuracy"
    assert "gain_accuracy" not in {effect.question for effect in profile.effects}


@pytest.mark.parametrize(
    ("keep", "gain", "share"),
    [(2, "accuracy", 2 / 32), (10, "accuracy", None), (2, "balanced_accuracy", None)],
)
def test_accuracy_that_says_little_of_a_rare_class_is_warned_of(keep, gain, share):
    plan, data, fits, loaders = uneven(simulated(), keep)
    profile = profile_of(plan.model_copy(update={"gain": gain}), data, fits, loaders)
    result = [notice.values for notice in profile.warnings if notice.code == "score.uneven"]
    assert result == ([] if share is None else [{"name": "d", "share": share}])
