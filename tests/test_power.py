"""What a design can show, and the line and exit code of a dry run."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from cam_augment.cli.frame import main
from cam_augment.datasets.folds import parts_of
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import DataSet, Split
from cam_augment.records.forecast import Duration, Forecast, SeedNoise
from cam_augment.report.forecast import decision
from cam_augment.study.power import GUESS, reaches, seed_noise, smallest_gain

ROTATING = {"folds": 5, "test": "rotating", "baselines": 10, "seeds": 5,
            "strategies": ["identity", "rotation", "zoom", "shear"]}  # fmt: skip
DATA = 'dataset={name="surfaces", size=16, train=20, validation=8, test=20}'
SPLIT = Split(np.zeros((4, 4, 4, 1), np.float32), np.arange(4) % 2)
MANY = Split(np.zeros((10**5, 1, 1, 1), np.float32), np.arange(10**5) % 2)
DATA_SET = DataSet("two", ("a", "b"), SPLIT, SPLIT, SPLIT, MANY)
SMALL = ["study", "--dry-run", "--strategies", "identity,rotation", "--set", DATA]


def test_the_replicates_of_a_rotating_test_part_are_folds():
    plan = Plan.make(ROTATING)
    df = min(6 + 4, 4 * 4)  # the prior's, and those of five folds; no more than all contrasts have
    reach = stats.t.ppf(1 - 0.05 / (2 * 3), df) + stats.t.ppf(0.8, df)
    expected = reach * 0.01 * np.sqrt(1 / 5 + 1 / 10)
    assert smallest_gain(plan, plan.stages[0], 0.01) == pytest.approx(expected)
    fixed = Plan.make(ROTATING | {"test": "fixed"})
    assert smallest_gain(fixed, fixed.stages[0], 0.01) < expected


@pytest.mark.parametrize("images", [20, 60, 270, 3750, 10**7])
def test_a_gain_is_held_against_the_choice_of_test_images(images):
    """A share g of the images is answered otherwise, so g / images is added to the variance."""
    plan = Plan.make(ROTATING | {"test": "fixed"})
    (stage,) = plan.stages
    seeds, gain = (smallest_gain(plan, stage, 0.005, n) for n in (None, images))
    reach = seeds / np.sqrt(0.005**2 * (1 / 5 + 1 / 10))
    variance = 0.005**2 * (1 / 5 + 1 / 10) + gain / images
    assert gain == pytest.approx(reach * np.sqrt(variance))
    assert gain > max(seeds, 1 / images)


def test_so_few_test_images_that_no_gain_is_found():
    plan = Plan.make(ROTATING | {"test": "fixed"})
    assert smallest_gain(plan, plan.stages[0], 0.005, 4) == 1


@pytest.mark.parametrize(
    ("fields", "counted"),
    [({}, 4), ({"gain": "macro_f1"}, 4), ({"gain": "auroc"}, None), (ROTATING, 12)],
)
def test_the_images_that_count_are_those_that_are_judged(fields, counted):
    plan = Plan.make(ROTATING | {"test": "fixed"} | fields)
    data = DataSet("two", ("a", "b"), SPLIT, SPLIT, SPLIT, SPLIT)
    (reach,) = reaches(plan, data, SeedNoise(1e-6, 0))
    assert reach.gain == smallest_gain(plan, plan.stages[0], 1e-6, counted)


@pytest.fixture(scope="module")
def judged():
    """Baselines that read all images but a few: more of them wrong in a harder fold."""
    plan = Plan.make(ROTATING | {"dataset": "mnist"})
    rng = np.random.default_rng(1)
    splits = [Split(np.zeros((n, 4, 4, 1), np.float32), np.arange(n) % 2) for n in (60, 20, 9, 20)]
    data = DataSet("two", ("a", "b"), *splits)
    wrong, logits = {}, {}
    for run in plan.runs():
        labels = parts_of(data, run).test.labels if run.strategy.label == BASELINE else None
        if labels is None:
            continue
        wrong[run.seed] = 3 * run.fold[0] + int(rng.integers(0, 3))
        right = np.arange(len(labels)) >= wrong[run.seed]
        logits[run.key] = np.eye(2)[np.where(right, labels, 1 - labels)]
    models = [SimpleNamespace(run=run, predictions=lambda _, run=run: SimpleNamespace(
        kind="predictions", key=run.key)) for run in plan.runs()]  # fmt: skip
    store = SimpleNamespace(has=lambda _, key: key in logits,
                            arrays=lambda _, key: {"logits": logits[key]})  # fmt: skip
    return plan, data, models, store, wrong


def test_seed_noise_is_that_within_folds_each_model_on_its_own_images(judged):
    plan, data, models, store, wrong = judged
    scores = np.array([1 - wrong[seed] / 20 for seed in range(10)]).reshape(2, 5)
    expected = np.sqrt(scores.var(axis=0, ddof=1).mean())  # pairs of one fold
    noise = seed_noise(plan, data, models, store)
    assert noise.sd == pytest.approx(expected)
    assert noise.models == 10
    assert noise.room == pytest.approx(np.mean(list(wrong.values())) / 20)
    assert noise.sd < scores.std(ddof=1) / 2  # folds differ more than seeds


def test_few_models_are_no_measure_of_noise(judged):
    plan, data, models, store, _ = judged
    assert seed_noise(plan, data, models[:6], store) == SeedNoise(GUESS, 0)


@pytest.mark.parametrize(
    ("fields", "noise", "line"),
    [
        ({}, SeedNoise(0.005, 0), "decides: finds gains from about 1.0 points; 20 models, "),
        ({}, SeedNoise(0.005, 8, 0.02), "decides: finds gains from about 1.0 points; 20 models"),
        (
            {},
            SeedNoise(0.005, 8, 0.01),
            "decides nothing: gains below about 1.0 points are not found, and 1.0 are left to gain",
        ),
        ({"more_models": [20]}, SeedNoise(0.005, 8, 0.01), "decides: finds gains from"),
        ({"alpha": 1e-300}, SeedNoise(0.005, 0), "decides nothing"),
        ({}, None, "decides by accuracy; 20 models, about 3.0 min"),
    ],
)
def test_one_line_says_what_is_decided(fields, noise, line):
    plan = Plan.make({"strategies": ["identity", "rotation", "zoom"]} | fields)
    forecast = Forecast(
        plan=plan, data=DATA_SET, models=(20, 20), done=0, to_ask=0, arms=(),
        duration=Duration(3, 3, 1, 9, False), smallest_p=0.002, corrected_p=0.004, noise=noise,
        reaches=reaches(plan, DATA_SET, noise), notices=(),
    )  # fmt: skip
    assert decision(forecast).startswith(line)
    assert forecast.decides == (not line.startswith("decides nothing"))


def test_a_strict_dry_run_fails_where_nothing_can_be_decided(tmp_path, capsys):
    words = [*SMALL, "--store", str(tmp_path)]
    assert main([*words, "--strict"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("decides: finds gains from about")
    assert main([*words, "--alpha", "1e-300"]) == 0
    assert main([*words, "--alpha", "1e-300", "--strict"]) == 3
    assert "decides nothing: gains below about" in capsys.readouterr().out


def test_strict_goes_with_a_dry_run(capsys):
    assert main(["study", "--strict"]) == 2
    assert "option --strict: goes with --dry-run" in capsys.readouterr().err
