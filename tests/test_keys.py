"""Store keys stay: what an older version of this package made is read without any training.

Two layouts of keys are known: today's, and the former one, which stores are brought over from.
"""

from dataclasses import replace

import numpy as np
import pytest

from cam_augment.impact.attention import cache
from cam_augment.plan import Plan, digest
from cam_augment.questions import questions_of
from cam_augment.questions.keys import former, former_fit_key, training_key
from cam_augment.records import DataSet, Split

# None of them may change: where one does, everybody's store is trained anew. The former ones were
# written down before questions became entries of a registry.
FORMER_FITS = {
    "baseline #0": "af605cc7396fd4d3ccc31b69448e8182",
    "rotation #1": "56906756568eaa44127da581fb998663",
}
FORMER_KEYS = {
    "baseline #0": [
        ("maps", "134fbf0b3efc80d751edd2b7208b5896"),
        ("maps", "654c4a074e353378c74497c161583d8b"),
        ("maps", "42eb3a197b02df5bbd4a6edc284fca94"),
        ("faithfulness", "dd6c1ea11bedf77fea2ba3117bb5a81a"),
        ("faithfulness", "1a0b833d0b7938a4c319684bb22a4685"),
        ("faithfulness", "8b2f9da3b9de33d07be16a8a441e37d1"),
        ("foretelling", "96e59fde74dc5e234dacf6685bbb30ea"),
        ("foretelling", "a5cf73553b5676d27687b9a01e8ebb10"),
        ("validation", "bac572987783a44cf445744c25884d7d"),
    ],
    "rotation #1": [
        ("maps", "08b1a1419468869acc52aa2cd95bf207"),
        ("maps", "7f10e31f6986472bfb7e871495ceb597"),
        ("maps", "b02e952654bdb6a2f3801662c2fd5671"),
        ("validation", "c48384a01ff25b918b55ebd6ce6d6fa2"),
    ],
}
EVERY_FORMER_KEY = "ef4df769ea817010f000b13343b59474"
TRAININGS = {
    "baseline #0": "0f3440e033080f838166f1ae4bdfe09c",
    "rotation #1": "02dbb6fb31fcc9c4abc848023c8b5894",
}
KEYS = {
    "baseline #0": [
        ("maps", "5df82cbde5d5429c1ec5c83008632fb3"),
        ("maps", "37b94275a641d2ccca017b0ca44e47a0"),
        ("maps", "38095b3eff8ea1eb96eecf7bfc719a45"),
        ("predictions", "a5762a99380ee21c43dd20ff6e27b515"),  # test and probe images are equal
        ("predictions", "a5762a99380ee21c43dd20ff6e27b515"),
        ("faithfulness", "283bef18460e8b9286de784328fdc8cf"),
        ("faithfulness", "9f81ff94bfc69e0d696f41f875bfb888"),
        ("faithfulness", "3b356dca918440e279f3cde164f6eb47"),
        ("foretelling", "dab0cdfa7782ef0552fd3ab48f94ef71"),
        ("foretelling", "1ab16507842d9dc8d1b506d82db81e52"),
        ("validation", "b61e979677ad056c0f297ad8d11bc957"),
    ],
    "rotation #1": [
        ("maps", "732c8b4820c80fdfb3df174eff08fa52"),
        ("maps", "ff8d40bf91cb3fe25586263bb845af49"),
        ("maps", "791749be097c824a9ac87ba6a0156557"),
        ("predictions", "1710c1fc4481f06b27e287c8dd26e7fa"),
        ("predictions", "1710c1fc4481f06b27e287c8dd26e7fa"),
        ("validation", "8fd9fe4308cbce8c17e51f42a9c0691b"),
    ],
}
SAMPLES = {
    "rotation #0": "4c978b24692b6286119109eae5f73f23"
}  # asked since later, so left out of the digests of all keys
CONCEPTS = {
    "baseline #0": "207fbaca4167ef1b0620facdbfe61530",
    "rotation #1": "af735b5f4771fd44405e13c77fc7ce71",
}  # the same whatever the number of factors and their names
EVERY_KEY = "61ecd76ae94ea9fe2b7fc53331355a8a"


@pytest.fixture(scope="module")
def plan():
    return Plan.make(
        {
            "dataset": {"name": "mnist", "test": 2500},
            "strategies": ["identity", "rotation"],
            "baselines": 3,
            "seeds": 3,
            "recipe": {"precision": "float32"},  # "auto" depends on the processor
            "checks": ["layercam", "target=predicted"],
            "metrics": ["pearson", "wasserstein"],
            "predictors": True,
            "costs": {"good": "a", "miss": 10, "false_alarm": 1},
        }
    )


@pytest.fixture(scope="module")
def data():
    images = (np.arange(4 * 6 * 6).reshape(4, 6, 6, 1) / 144).astype(np.float32)
    split = Split(images, np.array([0, 1, 0, 1]))
    return DataSet("made", ("a", "b"), split, split, split, split)


def keys(run, plan, data) -> list[tuple[str, str]]:
    return [(question.kind, question.key) for question in questions_of(run, plan, data)]


def test_trainings_keep_their_keys(plan, data):
    runs = {run.label: run for run in plan.runs()}
    assert {label: training_key(runs[label], data) for label in TRAININGS} == TRAININGS


@pytest.mark.parametrize("label", KEYS)
def test_answers_keep_their_keys(label, plan, data):
    run = next(run for run in plan.runs() if run.label == label)
    assert sorted(keys(run, plan, data)) == sorted(KEYS[label])


def test_no_run_of_a_plan_has_other_keys(plan, data):
    """Every kind and key of the plan, in one digest: those not listed above, and the scores."""
    every = [["trainings", training_key(run, data)] for run in plan.runs()]
    every += [list(key) for run in plan.runs() for key in keys(run, plan, data)]
    every += [list(key) for key in cache.cache_keys(plan, data)]
    assert digest(sorted(key for key in every if key[0] != "samples")) == EVERY_KEY


def test_samples_keep_their_keys(plan, data):
    """They are asked of the first run of a strategy that changes images, and of no other."""
    questions = {
        run.label: key
        for run in plan.runs()
        for kind, key in keys(run, plan, data)
        if kind == "samples"
    }
    assert questions == SAMPLES


def test_concepts_keep_their_keys(plan, data):
    for concepts in ("8", {"factors": 2, "names": ["a", "b"]}):
        named = Plan.make(plan.model_dump(exclude_none=True) | {"concepts": concepts})
        asked = {
            run.label: key
            for run in named.runs()
            for kind, key in keys(run, named, data)
            if kind == "concepts"
        }
        assert asked.items() >= CONCEPTS.items()
        assert len(asked) == len(named.runs())


@pytest.mark.parametrize("label", FORMER_KEYS)
def test_former_keys_are_known(label, plan, data):
    run = next(run for run in plan.runs() if run.label == label)
    assert former_fit_key(run, data) == FORMER_FITS[label]
    with former():
        before = [key for key in keys(run, plan, data) if key[0] != "predictions"]
    assert sorted(before) == sorted(FORMER_KEYS[label])


def test_all_former_keys_of_a_plan_are_known(plan, data):
    every = [["fits", former_fit_key(run, data)] for run in plan.runs()]
    with former():
        every += [list(key) for run in plan.runs() for key in keys(run, plan, data)]
        every += [list(key) for key in cache.cache_keys(plan, data)]
    newer = ("predictions", "samples")
    assert digest(sorted(key for key in every if key[0] not in newer)) == EVERY_FORMER_KEY


# ---- what a key depends on, and what not

DEPENDS = {  # split whose images change: kinds of answers that are others then
    "test": {("predictions", "test")},
    "probe": {("predictions", "probe"), "maps", "faithfulness", "foretelling", "scores", "chance"},
}


def named(plan, data) -> dict:
    """Return every key of a plan by what it is of; of predictions, by their split too."""
    names = {}
    for run in plan.runs():
        names["trainings", run.label] = training_key(run, data)
        for question in questions_of(run, plan, data):
            kind = question.kind
            kind = (kind, question.about) if kind == "predictions" else kind
            names[kind, run.label, question.about] = question.key
    for number, (kind, key) in enumerate(cache.cache_keys(plan, data)):
        names[kind, number] = key
    return names


@pytest.mark.parametrize("split", DEPENDS)
def test_other_images_change_the_keys_of_what_sees_them(split, plan, data):
    part = getattr(data, split)
    images = np.concatenate([part.images, part.images])
    other = replace(data, **{split: Split(images, np.concatenate([part.labels, part.labels]))})
    before, after = named(plan, data), named(plan, other)
    changed = {name[0] for name in before if before[name] != after[name]}
    assert changed == DEPENDS[split]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_other_lessons_change_every_key(split, plan, data):
    part = getattr(data, split)
    other = replace(data, **{split: Split(part.images, part.labels[::-1].copy())})
    before, after = named(plan, data), named(plan, other)
    assert not set(before.values()) & set(after.values())


def test_masks_change_no_key(plan, data):
    masks = np.ones(data.probe.images.shape[:3], bool)
    parts = {
        split: Split(data.train.images, data.train.labels, masks)
        for split in ("train", "validation", "probe", "test")
    }
    assert named(plan, replace(data, **parts)) == named(plan, data)


def test_maps_are_named_by_the_layer_that_is_looked_at(plan, data):
    """The network's own layer, and the same by its name, are one; another is another."""
    by_own_name, same, other, rule = (
        plan.model_copy(update={"cam_layer": layer}) for layer in (None, "features", "conv2", "-1")
    )
    assert by_own_name.look == same.look
    assert len({repr(question.look) for question in (by_own_name, other, rule)}) == 3
    assert named(by_own_name, data) == named(same, data)


def test_settings_of_the_data_that_change_no_lesson_change_no_training(data):
    plans = [
        Plan.make({"strategies": ["identity"], "dataset": {"name": "mnist", **sizes}})
        for sizes in ({}, {"test": 3750}, {"probe": 100, "test": 50})
    ]
    keys = [{training_key(run, data) for run in plan.runs()} for plan in plans]
    assert keys[0] == keys[1] == keys[2]
    assert len({plan.runs()[0].key for plan in plans}) == 3


def test_the_level_by_chance_is_that_of_the_groups(plan, data):
    """Exposures of one part are no pair of different images; other keys know no groups."""
    groups = np.arange(len(data.probe)) // 2
    grouped = replace(data, probe=replace(data.probe, groups=groups))
    before, after = (list(cache.cache_keys(plan, each)) for each in (data, grouped))
    changed = {kind for (kind, key), (_, new) in zip(before, after, strict=True) if key != new}
    assert changed == {cache.CHANCE}
