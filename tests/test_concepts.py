"""Factors of what models see: learned from baselines, and used otherwise by strategies."""

import weakref
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.impact import concepts as using
from cam_augment.impact.arms import Arms
from cam_augment.plan import BASELINE, Plan
from cam_augment.questions import OWN, questions_of
from cam_augment.questions import concepts as asking
from cam_augment.questions.concepts import ConceptsQuestion, patches_of
from cam_augment.records import DataSet, Fit, Maps, Split
from cam_augment.registry import DATASETS
from cam_augment.report import phrases
from cam_augment.report.tables.concepts import concepts, factors
from cam_augment.statistics.factors import Factors, learn, most_explained, unit_energy
from cam_augment.training.trainer import complete, trainer_of
from tests.answered import answered

GRID, IMAGES, CLASSES, FACTORS, CHANNELS = (4, 5), 30, 3, 4, 24


def data_of(count=IMAGES):
    images = np.random.default_rng(0).random((count, 8, 10, 1), np.float32)
    split = Split(images, np.arange(count) % CLASSES)
    return DataSet("made", tuple("abc"), split, split, split, split)


def plan_of(**fields):
    return Plan.make(
        {
            "concepts": FACTORS,
            "strategies": ["identity", "rotation", "zoom", "shear"],
            "baselines": 6,
            "seeds": 3,
            "metrics": ["pearson"],
            "bootstrap": 100,
            "permutations": 1000,
            **fields,
        }
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


# ---- the statistics


def made_model(rng, patches, own=2, loud=0.6, change=1.0):
    """Return activations of a model that has factors in channels of its own, with factors beside.

    patches: of the common factors [patch, factor]. loud: of its own factors. change: of the
    strength of the common ones.
    """
    count = patches.shape[1]
    strengths = np.exp(0.1 * rng.normal(size=count)) * change
    common = (patches * strengths) @ rng.gamma(1, 1, (count, CHANNELS))
    alone = made_patches(rng, len(patches), own) @ rng.gamma(1, 1, (own, CHANNELS))
    return common + loud * alone + 0.05 * rng.random((len(patches), CHANNELS))


def made_patches(rng, patches=150, count=FACTORS):
    return rng.gamma(0.4, 1, (patches, count)) * (rng.random((patches, count)) < 0.4)


def test_factors_are_recovered_from_models_whose_channels_have_nothing_in_common():
    rng = np.random.default_rng(0)
    patches = made_patches(rng)
    models = [unit_energy(made_model(rng, patches, loud=0.2)) for _ in range(6)]
    result = learn(models, FACTORS)
    likeness = (patches / np.linalg.norm(patches, axis=0)).T @ result.patches
    assert sorted(likeness.argmax(axis=1)) == list(range(FACTORS))
    assert likeness.max(axis=1).min() > 0.95


def test_uses_are_the_parts_of_the_least_squares_fit_and_add_up_to_what_it_explains():
    from scipy.optimize import nnls

    rng = np.random.default_rng(1)
    patches = Factors(made_patches(rng))
    values = unit_energy(rng.random((150, 9)))
    fit = np.array([nnls(patches.patches, column)[0] for column in values.T]).T
    residual = values - patches.patches @ fit
    explained = 1 - (residual**2).sum()
    uses = patches.uses(values)
    assert uses.min() >= 0
    assert uses.sum() == pytest.approx(explained, abs=1e-12)
    for factor, use in enumerate(uses):
        part = np.outer(patches.patches[:, factor], fit[factor])
        assert use == pytest.approx((values * part).sum(), abs=1e-12)


def test_channels_below_nothing_count_as_channels_of_their_own():
    values = np.array([[1.0, -2.0], [0.0, 2.0]])
    expected = np.array([[1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]) / 3  # the last one is the second's
    np.testing.assert_allclose(unit_energy(values), expected)
    assert unit_energy(np.zeros((3, 2))).size == 0
    assert unit_energy(np.array([[np.nan, 1.0]])).size == 0
    assert np.isnan(Factors(np.eye(3)).uses(np.zeros((3, 0)))).all()


def test_dead_channels_and_factors_that_say_the_same_are_no_obstacle():
    """As many factors as channels, most of which are dead; a factor twice, and one of nothing."""
    rng = np.random.default_rng(3)
    values = np.zeros((40, 6))
    values[:, 2] = rng.random(40)
    result = learn([unit_energy(values), unit_energy(values)], 6)
    assert result.uses(unit_energy(values)).sum() == pytest.approx(1, abs=1e-3)
    one = rng.random((40, 1))
    again = Factors(np.hstack([one, one, 0 * one]) / np.linalg.norm(one))
    seen = unit_energy(one @ rng.random((1, 5)))
    assert again.uses(seen).sum() == pytest.approx(1)
    assert again.uses(seen)[2] == 0


def test_no_factors_explain_more_than_the_most_that_can_be():
    rng = np.random.default_rng(2)
    values = unit_energy(made_model(rng, made_patches(rng)))
    share = learn([values], FACTORS).uses(values).sum()
    assert 0.9 * most_explained(values, FACTORS) < share <= most_explained(values, FACTORS)
    assert most_explained(values, CHANNELS) == pytest.approx(1)


# ---- networks


STRIPES = {"across": (0, 1), "along": (1, 0)}  # texture to its period in rows and in columns


def textured(count, seed):
    """Return surfaces with a striped square each, of every texture in turn, and the squares' masks.

    Returns:
        the split; bool [texture, image, row, column].
    """
    rng = np.random.default_rng(seed)
    sizes = dict.fromkeys(("train", "validation", "probe", "test"), count)
    plain = DATASETS["surfaces"](size=32, split_seed=seed, **sizes)
    images, rows = plain.train.images[:].copy(), np.arange(32)
    labels = np.arange(count) % len(STRIPES)
    places = np.zeros((len(STRIPES), count, 32, 32), bool)
    for image, label in enumerate(labels):
        top, left = 8 * rng.integers(0, 3, 2)
        places[label, image, top : top + 16, left : left + 16] = True
        down, across = tuple(STRIPES.values())[label]
        waves = 0.5 + 0.4 * np.sin(2 * np.pi * (down * rows[:, None] + across * rows) / 4)
        images[image, ..., 0] = np.where(places[label, image], waves, 0.5 * images[image, ..., 0])
    return Split(images, labels), places


@pytest.mark.slow
def test_networks_that_tell_planted_textures_apart_have_a_factor_for_each(monkeypatch):
    monkeypatch.setattr(asking, "COUNT", 1000)
    train, _ = textured(200, 1)
    probe, places = textured(60, 2)
    data = DataSet("textured", tuple(STRIPES), train, probe, probe, probe)
    plan = plan_of(architecture={"name": "small_cnn", "width": 8}, recipe={"epochs": 12})
    models = []
    for run in plan.runs()[:3]:
        (question,) = ConceptsQuestion.asked(run, plan, data)
        done = complete(run, [question], None, data)
        models.append(unit_energy(done.answers[question.key]["activations"]))
    grid = trainer_of(plan.runs()[0], data).view().grid
    patches = patches_of(len(probe), grid)
    result = learn(models, FACTORS).patches
    for texture in places:
        cells = texture.reshape(len(probe), grid[0], 32 // grid[0], grid[1], -1).mean(axis=(2, 4))
        inside = cells[tuple(patches.T)]
        clear = (inside == 0) | (inside == 1)
        scores = [roc_auc_score(inside[clear] == 1, shown) for shown in result[clear].T]
        assert max(scores) > 0.9, scores


# ---- the effects


def study_of(plan, seed, changed=(), patches=None):
    """Return simulated models, those of ``changed`` strategies with a first factor less used.

    The factors of patches are the data's; strategies without an effect are like baselines.
    """
    rng, data = np.random.default_rng(seed), data_of()
    patches = made_patches(rng, len(patches_of(IMAGES, GRID))) if patches is None else patches
    change = np.array([0.25, *np.ones(FACTORS - 1)])
    fits, maps, answers = [], {}, {}
    logits = np.eye(CLASSES)[data.test.labels]
    for run in plan.runs():
        strength = change if run.strategy.label in changed else 1.0
        values = made_model(rng, patches, change=strength)
        answers[run.key] = {"activations": (values / values.max()).astype(np.float16)}
        shown = rng.random((IMAGES, *GRID)).astype(np.float32)
        maps[run.key] = Maps(run.key, "gradcam", "made", shown)
        fits.append(Fit(run, logits, logits, {}, 1.0, {"numpy": "2"}))
    return plan, data, fits, loaders_of(maps), loaders_of(answers)


def loaders_of(answers):
    return {key: (lambda answer=answer: answer) for key, answer in answers.items()}


@pytest.fixture(autouse=True, scope="module")
def few_patches():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "COUNT", 120)
        yield


def profile_of(study):
    plan, data, fits, maps, answers = study
    return impact.profile(plan, data, fits, answered(maps, concepts={OWN: answers}), (), {})


@pytest.fixture(scope="module")
def profile():
    names = ["edges", "dots", "rims", "holes"]
    plan = plan_of(concepts={"factors": FACTORS, "names": names})
    return profile_of(study_of(plan, 5, changed=("rotation",)))


def test_a_factor_that_a_strategy_uses_less_is_found_and_nothing_else(profile):
    questions = [f"factors.{number + 1}" for number in range(FACTORS)]
    findings = {
        s.strategy: [profile.effect(s.strategy, question).finding for question in questions]
        for s in profile.strategies
    }
    assert findings.pop("rotation").count("falls") == 1
    assert {finding for row in findings.values() for finding in row} == {"within noise"}
    assert findings.keys() == {"identity", "zoom", "shear"}


def test_the_interval_leaves_out_0_exactly_where_there_is_a_finding(profile):
    effects = [e for e in profile.effects if e.question.startswith(("factors", "common"))]
    assert len(effects) == 4 * (FACTORS + 1)
    for effect in effects:
        assert (effect.low > 0 or effect.high < 0) == effect.beyond_noise


def test_single_factors_share_the_level(profile):
    """Holm over the three strategies that are no control, and times the number of factors."""
    for number in range(1, FACTORS + 1):
        effects = [profile.effect(s, f"factors.{number}") for s in ("rotation", "zoom", "shear")]
        p = sorted(effect.p for effect in effects)
        assert min(e.p_adjusted for e in effects) == pytest.approx(min(1, 3 * FACTORS * p[0]))
        control = profile.effect("identity", f"factors.{number}")
        assert control.p_adjusted == pytest.approx(min(1, FACTORS * control.p))


def test_the_record_holds_the_share_of_every_arm_and_the_patches_of_every_factor(profile):
    record = profile.concepts
    assert [factor.name for factor in record.factors] == ["edges", "dots", "rims", "holes"]
    for arm in profile.arms:
        uses = sum(factor.use[arm] for factor in record.factors)
        assert uses == pytest.approx(record.explained[arm])
        assert record.explained[arm] < record.most[arm] < 1
    order = [factor.use[BASELINE] for factor in record.factors]
    assert max(np.diff(order)) < 0.02  # ordered by all baselines together
    for factor in record.factors:
        assert len({patch.index for patch in factor.patches}) == len(factor.patches) > 1
        for patch in factor.patches:
            left, right, top, bottom = patch.box
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1


def test_a_patch_is_shown_inside_what_lies_around_it():
    for place in range(5):
        window = using._window(place, 5, 20)
        start, end = window.pixels
        assert end - start == 12
        assert 0 <= start < end <= 20
        first, last = (start + share * 12 for share in window.cell)
        assert (first, last) == pytest.approx((4 * place, 4 * place + 4))


def test_baselines_are_strangers_to_the_factors_that_describe_them():
    """Self-inclusion would let every other model seem to see less than baselines do."""
    plan, data, fits, maps, answers = study_of(plan_of(), 1)
    use = using.factor_use(Arms(plan, data, fits, maps), {"concepts": {OWN: answers}})
    members = [
        use.factors.uses(unit_energy(answers[fit.run.key]()["activations"])).sum()
        for fit in fits if fit.run.strategy.label == BASELINE
    ]  # fmt: skip
    others = np.concatenate([use.explained[label] for label in ("rotation", "zoom", "shear")])
    assert np.mean(members) - others.mean() > 2 * abs(
        use.explained[BASELINE].mean() - others.mean()
    )


def alarms(studies, seed=0):
    """Return the share of strategies without an effect whose p is at most .05, by question."""
    strategies = ["rotation", "zoom", "shear", "contrast", "mixup", "cutmix", "elastic", "hue"]
    plan, p = plan_of(strategies=strategies), {"common": [], "factors": []}
    for number in range(studies):
        _, data, fits, maps, answers = study_of(plan, [seed, number])
        arms = Arms(plan, data, fits, maps)
        use = using.factor_use(arms, {"concepts": {OWN: answers}})
        for effect in using.factor_effects(arms, use):
            p[effect.question.partition(".")[0].partition("_")[0]].append(effect.p)
    return {kind: float(np.mean(np.array(values) <= 0.05)) for kind, values in p.items()}


def test_strategies_without_an_effect_stay_within_the_false_alarm_rate():
    """48 tests of the common share and 192 of single factors, of eight a study."""
    rates = alarms(6)
    assert rates["common"] <= 0.17
    assert rates["factors"] <= 0.12


@pytest.mark.slow
def test_strategies_without_an_effect_stay_within_the_false_alarm_rate_in_many_studies():
    rates = alarms(120, seed=1)
    assert 0.02 < rates["common"] < 0.075
    assert 0.02 < rates["factors"] < 0.075


def test_factors_are_those_of_the_first_stage_at_every_stage():
    plan = plan_of(more_models=[2])
    _, data, fits, maps, answers = study_of(plan, 3)
    assert len(fits) > 6 + 4 * 3
    first = [fit for fit in fits if fit.run.seed < (6 if fit.run.strategy.label == BASELINE else 3)]
    uses = [
        using.factor_use(Arms(plan, data, part, maps), {"concepts": {OWN: answers}})
        for part in (first, fits)
    ]
    np.testing.assert_array_equal(uses[0].factors.patches, uses[1].factors.patches)
    np.testing.assert_array_equal(uses[0].uses[BASELINE], uses[1].uses[BASELINE][:6])
    assert len(uses[1].uses[BASELINE]) == 10


def test_runs_without_an_answer_and_dead_layers_are_left_out():
    plan, data, fits, maps, answers = study_of(plan_of(), 2)
    absent, silent = fits[0].run.key, fits[1].run.key
    shape = answers[silent]()["activations"].shape
    fewer = {key: load for key, load in answers.items() if key != absent}
    fewer[silent] = lambda: {"activations": np.zeros(shape, np.float16)}
    arms = Arms(plan, data, fits, maps)
    use = using.factor_use(arms, {"concepts": {OWN: fewer}})
    assert np.isnan(use.common[BASELINE]).tolist() == [True, True, *[False] * 4]
    one = {fits[0].run.key: answers[fits[0].run.key]}
    assert using.factor_use(arms, {"concepts": {OWN: one}}) is None
    assert using.factor_use(arms, {}) is None


def test_each_model_is_described_as_if_all_were_held_and_only_sources_are(monkeypatch):
    plan = plan_of(more_models=[2])
    _, data, fits, maps, answers = study_of(plan, 4)
    arms = Arms(plan, data, fits, maps)
    every = {key: unit_energy(load()["activations"]) for key, load in answers.items()}
    first = [fit.run.key for fit in arms.baselines if fit.run.seed < 6]
    together = learn([every[key] for key in first], FACTORS)
    without = {
        key: learn([every[other] for other in first if other != key], FACTORS, together)
        for key in first
    }
    arrays, alive = [], []

    def counted(values):
        array = unit_energy(values)
        arrays.append(weakref.ref(array))
        alive.append(sum(array() is not None for array in arrays))
        return array

    monkeypatch.setattr(using, "unit_energy", counted)
    use = using.factor_use(arms, {"concepts": {OWN: answers}})
    assert max(alive) == len(first) + 1  # one more is described
    assert len(alive) == len(fits)  # each is taken once
    np.testing.assert_array_equal(use.factors.patches, together.patches)
    for label in arms.labels:
        keys = [fit.run.key for fit in arms.fits(label)]
        uses = [
            np.mean([f.uses(every[key]) for f in ([without[key]] if key in without
                                                   else without.values())], axis=0)
            for key in keys
        ]  # fmt: skip
        np.testing.assert_array_equal(use.uses[label], uses)
        most_of = [most_explained(every[key], FACTORS) for key in keys]
        np.testing.assert_array_equal(use.most[label], most_of)


def test_stored_answers_are_no_way_round_the_number_of_channels():
    plan, data, fits, maps, answers = study_of(plan_of(concepts=25), 2)
    with pytest.raises(InputError, match="received 25 factors; layer 'made' has 24 channels"):
        using.factor_use(Arms(plan, data, fits, maps), {"concepts": {OWN: answers}})


# ---- the report


def test_the_table_says_who_sees_otherwise_and_which_factors(profile):
    rows = {row["strategy"]: row for row in concepts(profile).records()}
    assert rows["zoom"]["short"] == phrases.SEES["within noise"]
    assert rows["rotation"]["less"] in {"edges", "dots", "rims", "holes"}
    assert f"less: {rows['rotation']['less']} (−" in rows["rotation"]["sentence"]
    assert len(factors(profile).rows) == FACTORS * 4


def test_factors_without_names_have_numbers_and_studies_that_do_not_ask_have_no_tables(profile):
    bare = tuple(f.model_copy(update={"name": ""}) for f in profile.concepts.factors)
    record = profile.concepts.model_copy(update={"factors": bare})
    unnamed = profile.model_copy(update={"concepts": record})
    assert {row["name"] for row in factors(unnamed).records()} == {
        f"factor {number}" for number in range(1, FACTORS + 1)
    }
    plain = profile.model_copy(update={"concepts": None})
    assert concepts(plain) is None
    assert factors(plain) is None
