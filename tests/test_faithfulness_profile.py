"""What answers on faithful maps become in a profile, in its warnings and tables."""

import numpy as np
import pytest

from cam_augment import impact
from cam_augment.impact.attention.faithfulness import unfaithful
from cam_augment.plan import Check
from cam_augment.questions import OWN
from cam_augment.records import Estimate, Notice
from cam_augment.report.formats.comma_separated import comma_separated
from cam_augment.report.tables.faithfulness import faithfulness as table
from cam_augment.report.tables.faithfulness import randomisation
from tests.answered import answered
from tests.profiles import example_profile
from tests.simulation import simulated


def answers_of(plan, fits, gain, alike=0.1, seed=0, images=20):
    """Baselines' answers in which the map's deletion is lower than the centre's by ``gain``."""
    rng = np.random.default_rng(seed)
    answers = {}
    for fit in fits[: plan.baselines]:
        base = rng.uniform(0.4, 0.6, images)
        deletion_ = np.array([base - gain, base, base + 0.1]) + rng.normal(0, 0.01, (3, images))
        curve = np.repeat(deletion_[..., None], 9, axis=2)
        answers[fit.run.key] = {
            "deletion": deletion_, "insertion": 1 - deletion_,
            "deletion_curve": curve, "insertion_curve": 1 - curve,
            "last": rng.normal(0.5, 0.01, images), "all": rng.normal(alike, 0.01, images),
        }  # fmt: skip
    return answers


def profile_with(answers, plan, data, fits, maps):
    loaders = {key: (lambda answer=answer: answer) for key, answer in answers.items()}
    return impact.profile(plan, data, fits, answered(maps, faithfulness={OWN: loaders}), (), {})


def test_a_map_that_beats_the_middle_is_said_to_and_warns_of_nothing():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.1), *study)
    (result,) = profile.faithful
    assert (result.look, result.own, result.models, result.images) == ("gradcam", True, 8, 20)
    assert result.deletion.better == result.insertion.better == ("centre", "random")
    assert result.deletion.against["centre"].estimate == pytest.approx(-0.1, abs=0.005)
    assert result.insertion.against["random"].estimate == pytest.approx(0.2, abs=0.005)
    assert result.deletion.against["centre"].high < 0 < result.insertion.against["centre"].low
    assert result.chance == pytest.approx(profile.chance["pearson"])
    assert result.deletion.low["map"][3] < result.deletion.curve["map"][3]
    assert about_maps(profile) == []
    (first, second) = table(profile).records()
    assert first["reading"] == second["reading"] == "better than both"


def about_maps(profile) -> list[Notice]:
    return [warning for warning in profile.warnings if warning.code.startswith("maps.")]


def test_a_map_no_better_than_the_middle_is_warned_of():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.0), *study)
    assert about_maps(profile) == [Notice.of("maps.no_better_than_centre", look="gradcam")]
    assert table(profile).records()[0]["reading"] == (
        "better than random, not shown to be better than the centre"
    )
    worse = profile_with(answers_of(study[0], study[2], -0.05), *study)
    assert table(worse).records()[1]["reading"] == "better than random, worse than the centre"
    worst = profile_with(answers_of(study[0], study[2], -0.1), *study)
    assert table(worst).records()[0]["reading"] == "not shown to be better than random"
    random = [w for w in worst.warnings if w.code == "maps.no_better_than_random"]
    assert [w.values["test"] for w in random] == ["deletion", "insertion"]


def test_one_of_deletion_and_insertion_is_enough_not_to_be_warned_of():
    faithfulness = example_profile().faithful[0]
    blind = faithfulness.insertion.model_copy(update={"better": ("random",)})
    assert unfaithful([faithfulness.model_copy(update={"insertion": blind})]) == []
    centre = {"centre": Estimate(estimate=-0.1, low=-0.2, high=-0.01)}
    lower = {"against": blind.against | centre, "worse": ("centre",)}
    (warning,) = unfaithful(
        [faithfulness.model_copy(update={"insertion": blind.model_copy(update=lower)})]
    )
    assert warning == Notice.of("maps.worse_than_centre", look="gradcam", test="insertion")
    both = {"insertion": blind, "deletion": blind}
    assert len(unfaithful([faithfulness.model_copy(update=both)])) == 1


def test_maps_that_no_weight_changes_are_warned_of():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.1, alike=0.95), *study)
    (warning,) = about_maps(profile)
    assert (warning.code, warning.values["look"]) == ("maps.show_the_image", "gradcam")
    assert warning.values["r"] == profile.faithful[0].alike["all"].estimate
    (row,) = randomisation(profile).records()
    assert row["reading"] == "The maps show the image, and not what was learnt"


def test_a_method_without_a_target_is_said_to_know_no_last_layer():
    faithfulness = example_profile().faithful[0]
    same = {"alike": faithfulness.alike | {"last": Estimate(estimate=1.0, low=1.0, high=1.0)}}
    for targeted, words in ((False, "since the method speaks for no class"), (True, "no part")):
        changed = faithfulness.model_copy(update={**same, "targeted": targeted})
        profile = example_profile().model_copy(update={"faithful": (changed,)})
        assert randomisation(profile).records()[0]["reading"].endswith(words)


def test_what_has_no_value_is_left_out():
    study = simulated()
    answers = answers_of(study[0], study[2], 0.1)
    keys = list(answers)
    for name in answers[keys[0]]:
        answers[keys[0]][name] = np.full_like(answers[keys[0]][name], np.nan)
    answers[keys[1]]["deletion"][:, :5] = np.nan
    for key in keys:
        answers[key]["all"] = np.full(20, np.nan)
    (result,) = profile_with(answers, *study).faithful
    assert result.models == 7
    assert result.deletion.against["centre"].estimate == pytest.approx(-0.1, abs=0.005)
    assert result.alike["all"] == Estimate()
    assert result.alike_share == {"last": 1.0, "all": 0.0}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_baselines_make_no_row_and_the_table_says_so(count):
    study = simulated()
    answers = dict(list(answers_of(study[0], study[2], 0.1).items())[:count])
    profile = profile_with(answers, *study)
    assert profile.faithful == ()
    assert table(profile).rows == ()
    assert table(profile).empty.startswith("Not checked")
    assert randomisation(profile) is None


def test_a_look_without_answers_is_named():
    profile = example_profile()
    plan = profile.plan.model_copy(update={"checks": (Check.parse("target=predicted"),)})
    profile = profile.model_copy(update={"plan": plan})
    assert "Not checked yet: target=predicted." in table(profile).caption
    assert comma_separated(table(profile)).count("\n") == 5
