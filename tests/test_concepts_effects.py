"""How strategies use the factors of baselines: effects, the record, the tables."""

import weakref

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.impact import concepts as using
from cam_augment.impact.arms import Arms
from cam_augment.plan import BASELINE
from cam_augment.questions import OWN
from cam_augment.questions import concepts as asking
from cam_augment.report import phrases
from cam_augment.report.tables.concepts import concepts, factors
from cam_augment.statistics.factors import learn, most_explained, unit_energy
from tests.patches import (
    FACTORS,
    plan_of,
    profile_of,
    study_of,
)


@pytest.fixture(autouse=True, scope="module")
def few_patches():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "COUNT", 120)
        yield


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


FOLDS = {"folds": 3, "baselines": 6, "seeds": 6}


def test_in_folds_a_model_is_described_by_as_many_baselines_of_its_fold_as_a_baseline_is():
    """Of its own fold there is one less than of the others, in every set, of every arm."""
    plan, data, fits, maps, answers = study_of(plan_of(**FOLDS), 6)
    arms = Arms(plan, data, fits, maps)
    use = using.factor_use(arms, {"concepts": {OWN: answers}})
    every = {key: unit_energy(load()["activations"]) for key, load in answers.items()}
    sources = [fit.run for fit in arms.baselines]
    without = {
        run.key: learn([every[o.key] for o in sources if o != run], FACTORS, use.factors)
        for run in sources
    }
    for label in arms.labels:
        for fit, uses in zip(arms.fits(label), use.uses[label], strict=True):
            left_out = [run for run in sources if run.fold == fit.run.fold]
            assert len(left_out) == 2
            if label == BASELINE:
                left_out = [fit.run]
            values = every[fit.run.key]
            expected = np.mean([without[run.key].uses(values) for run in left_out], axis=0)
            np.testing.assert_array_equal(uses, expected)


def test_in_folds_strategies_without_an_effect_see_what_baselines_see():
    changes = []
    for number in range(4):
        plan, data, fits, maps, answers = study_of(plan_of(**FOLDS), [7, number])
        use = using.factor_use(Arms(plan, data, fits, maps), {"concepts": {OWN: answers}})
        means = {label: values.mean() for label, values in use.common.items()}
        changes += [means[label] - means[BASELINE] for label in ("rotation", "zoom", "shear")]
    assert abs(np.mean(changes)) < 0.01


def test_a_fold_without_a_baseline_to_leave_out_describes_no_model():
    plan, data, fits, maps, answers = study_of(plan_of(**FOLDS), 8)
    first = [fit.run for fit in fits if fit.run.strategy.label == BASELINE and fit.run.fold[0] == 0]
    fewer = {key: load for key, load in answers.items() if key not in {run.key for run in first}}
    use = using.factor_use(Arms(plan, data, fits, maps), {"concepts": {OWN: fewer}})
    folds = np.array([fit.run.fold[0] for fit in fits if fit.run.strategy.label == "zoom"])
    assert (np.isnan(use.common["zoom"]) == (folds == 0)).all()


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
