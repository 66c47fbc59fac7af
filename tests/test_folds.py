"""Folds: in a plan and its keys, in the data, and in training."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment import Plan, run_study
from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.datasets.folds import check_folds, folds, parts_of
from cam_augment.plan import MAX_FOLDS, Run
from cam_augment.questions.keys import training_key
from cam_augment.records import DataSet, Split
from cam_augment.study.run import load_data
from tests.fits import complete
from tests.refusals import refusal

SMALL = {
    "name": "folds",
    "dataset": {"name": "mnist", "train": 200, "validation": 100, "probe": 20, "test": 100},
    "strategies": ["identity"],
    "metrics": ["pearson"],
    "baselines": 6,
    "seeds": 3,
    "folds": 3,
    "recipe": {"epochs": 2, "batch_size": 25},
    "bootstrap": 100,
    "permutations": 1000,
}


def with_fold(run: Run, fold: tuple[int, int] | None) -> Run:
    return run.model_copy(update={"fold": fold})


# ---- the plan and its runs


def test_the_keys_of_runs_without_folds_are_what_they_were():
    """Golden: keys of the default plan's first and last run, from before there were folds."""
    digits = {"name": "mnist", "test": 2500}
    runs = Plan.make({"dataset": digits, "recipe": {"precision": "float32"}}).runs()
    assert runs[0].key == "0f09f33c5fa1f8a6e8f5c3d2516e5036"
    assert runs[-1].key == "b0764a09a53a141ccdf8b88d2e85ffbc"
    assert "fold" not in runs[0].model_dump(mode="json")


def test_a_run_carries_its_fold_in_its_key():
    plain, folded = (Plan.make({"folds": count}).runs() for count in (None, 4))
    assert not {run.key for run in plain} & {run.key for run in folded}
    assert len({run.key for run in folded}) == len(folded)
    assert [run.entropy for run in plain] == [run.entropy for run in folded]
    run = folded[1]
    assert run.fold == (1, 4)
    assert Run.model_validate(run.model_dump(mode="json")) == run
    others = {with_fold(run, fold).key for fold in ((0, 4), (1, 2), None)}
    assert len({run.key, *others}) == 4


@given(st.integers(2, MAX_FOLDS), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6))
def test_every_arm_has_each_fold_equally_often(count, a, b, first):
    a, b = (n * count if n * count >= 3 else 2 * count for n in (a, b))
    plan = Plan.make({"folds": count, "seeds": a, "baselines": b, "first_seed": first})
    for strategy, models in [("baseline", b), *((s.label, a) for s in plan.strategies)]:
        folds = [run.fold[0] for run in plan.runs() if run.strategy.label == strategy]
        assert np.bincount(folds).tolist() == [models // count] * count
    assert plan.blocks == [run.fold[0] for run in (*plan.runs()[b : b + a], *plan.runs()[:b])]


def test_plans_with_other_first_seeds_share_the_runs_of_equal_seeds():
    one, two = (Plan.make({"folds": 4, "first_seed": first}).runs() for first in (0, 2))
    assert {run.key for run in one if 2 <= run.seed < 4} <= {run.key for run in two}


BAD = {
    "too few": ({"folds": 1}, ["folds: received 1", "2"]),
    "too many": ({"folds": 21}, ["folds: received 21", "20"]),
    "no multiple": (
        {"folds": 5},
        ["folds: received 5", "baselines = 8", "seeds = 4", "baselines = 10, seeds = 5"],
    ),
    "seeds alone": ({"folds": 2, "seeds": 3}, ["seeds = 3", "Nearest: baselines = 8, seeds = 4"]),
    "never below three": ({"folds": 2, "baselines": 3}, ["Nearest: baselines = 4, seeds = 4"]),
    "never too many": (
        {"folds": 7, "baselines": 1000, "seeds": 7},
        ["Nearest: baselines = 994, seeds = 7"],
    ),
    "a word": ({"folds": "five"}, ["folds", "'five'", "integer"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_refused_in_one_line(case):
    fields, words = BAD[case]
    message = refusal(Plan.make, fields)
    for word in words:
        assert word in message, message


def test_models_that_were_given_have_no_folds():
    given_models = {
        "dataset": "given", "architecture": "given", "strategies": [{"given": "mine"}],
        "folds": 4,
    }  # fmt: skip
    with pytest.raises(InputError, match=r"folds: compare\(\) takes models as they were trained"):
        Plan.make(given_models)


def test_the_command_takes_folds_and_says_what_they_can_show(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    once = ["--more-models", "none"]
    words = ["--dry-run", "--folds", "5", "--baselines", "10", "--seeds", "5", *once]
    assert main([*words, "--strategies", "identity,rotation"]) == 0
    printed = capsys.readouterr().out
    assert "smallest p: 0.0041 for 10 baselines and 5 seeds in 5 folds" in printed
    assert "at worst 0.0041 after holm over 1 strategy" in printed  # the control is apart
    assert "WARNING" not in printed
    assert main(words) == 0
    assert main(["--dry-run", "--folds", "4", *once]) == 0
    assert "take fewer folds" in capsys.readouterr().out
    assert main(["--folds", "5"]) == 2
    assert "Nearest: baselines = 10, seeds = 5" in capsys.readouterr().err
    assert main(["--folds", "4"]) == 2
    assert "with folds = 4; each stage adds a multiple of 4" in capsys.readouterr().err


# ---- the folds


@given(st.lists(st.integers(0, 4), min_size=2, max_size=80), st.integers(2, 9))
def test_folds_part_the_pool_and_deal_out_each_class_evenly(labels, count):
    labels = np.array(labels)
    parts = folds(labels, count)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    assert np.ptp([len(part) for part in parts]) <= 1
    for label in np.unique(labels):
        shares = [int((labels[part] == label).sum()) for part in parts]
        assert max(shares) - min(shares) <= 1
    assert all((a == b).all() for a, b in zip(parts, folds(labels, count), strict=True))


def data_set(train=60, validation=30, masks=False, classes=3) -> DataSet:
    """A data set in which every image is told by its first pixel."""

    def split(start, size):
        images = np.zeros((size, 4, 4, 1), np.float32)
        images[:, 0, 0, 0] = np.arange(start, start + size)
        marks = images[..., 0] % 2 > 0 if masks else None
        return Split(images, np.arange(size) % classes, marks)

    parts = (split(0, train), split(100, validation), split(200, 9), split(300, 9))
    return DataSet("made", tuple("abc"[:classes]), *parts)


def numbers(split: Split) -> list[int]:
    return split.images[:, 0, 0, 0].astype(int).tolist()


def folded(count: int) -> Plan:
    return Plan.make({"folds": count, "baselines": count, "seeds": count})


def in_fold(number: int):
    return next(run for run in folded(5).runs() if run.fold == (number, 5))


@pytest.mark.parametrize("masks", [False, True])
def test_a_run_learns_from_all_folds_but_its_own(masks):
    data = data_set(masks=masks)
    pool = sorted(numbers(data.train) + numbers(data.validation))
    held_out = []
    for number in range(5):
        learned, validation, _ = parts_of(data, in_fold(number))
        assert (len(learned), len(validation)) == (72, 18)
        assert sorted(numbers(learned) + numbers(validation)) == pool
        assert np.bincount(validation.labels).tolist() == [6, 6, 6]
        held_out += numbers(validation)
        for part in (learned, validation):
            rows = np.array(numbers(part))
            assert (part.labels == np.where(rows < 100, rows, rows - 100) % 3).all()
            assert (part.masks is not None) == masks
            if masks:
                assert (part.masks[:, 0, 0] == rows % 2).all()
    assert sorted(held_out) == pool


def grouped(data: DataSet) -> DataSet:
    """The data, some six neighbours a group."""
    train, validation = (replace(part, groups=np.array(numbers(part)) // 6)
                         for part in (data.train, data.validation))  # fmt: skip
    return replace(data, train=train, validation=validation)


def test_a_group_is_in_one_fold():
    data = grouped(data_set())
    owners = [set(parts_of(data, in_fold(number)).validation.groups) for number in range(5)]
    assert sum(map(len, owners)) == len(set.union(*owners)) == 16
    with pytest.raises(
        InputError, match=r"received 20; class .* images in train and validation in 15 groups"
    ):
        check_folds(data, folded(20))


def test_a_training_in_folds_is_named_by_the_groups_and_another_is_not():
    plain, together = data_set(), grouped(data_set())
    whole, fold = Plan.make({}).runs()[0], in_fold(0)
    assert training_key(whole, plain) == training_key(whole, together)
    assert training_key(fold, plain) != training_key(fold, together)
    assert plain.fold_contents == plain.training_contents


def test_without_folds_the_splits_are_the_data_sets_own():
    data = data_set()
    run = Plan.make({}).runs()[0]
    assert parts_of(data, run) == (data.train, data.validation, data.test)
    check_folds(data, Plan.make({}))


def test_a_class_too_rare_for_the_folds_is_refused():
    check_folds(data_set(), folded(20))
    with pytest.raises(InputError, match=r"received 5; class 'a' of made has 4 images .* 4 folds"):
        check_folds(data_set(9, 3), folded(5))
    with pytest.raises(InputError, match="class 'a' of made has 4 images"):
        check_folds(data_set(9, 3), folded(20))


def test_a_rare_class_is_refused_before_anything_is_trained(tmp_path):
    few = SMALL | {"dataset": SMALL["dataset"] | {"train": 20, "validation": 10}}
    plan = Plan.make(few | {"folds": 12, "baselines": 12, "seeds": 12})
    with pytest.raises(InputError, match=r"folds: received 12; class '\d' of mnist has 3 images"):
        run_study(plan, tmp_path / "out", store=tmp_path / "store")
    assert not list(tmp_path.iterdir())


# ---- training


def test_a_fold_is_trained_as_a_data_set_of_its_splits_would_be():
    plan = Plan.make(SMALL | {"recipe": {"epochs": 1, "batch_size": 25}})
    data, run = load_data(plan), plan.runs()[1]
    learned, validation, _ = parts_of(data, run)
    result = complete(run, (), None, data).fit
    same = replace(data, train=learned, validation=validation)
    expected = complete(with_fold(run, None), (), None, same).fit
    np.testing.assert_array_equal(result.test_logits, expected.test_logits)
    np.testing.assert_array_equal(result.history["validation_loss"],
                                  expected.history["validation_loss"])  # fmt: skip
    alone = complete(with_fold(run, None), (), None, data).fit
    assert (result.test_logits != alone.test_logits).any()
