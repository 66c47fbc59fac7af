"""Store keys stay: what an older version of this package made is read without any training."""

import numpy as np
import pytest

from cam_augment.impact.attention import cache
from cam_augment.plan import Plan, digest
from cam_augment.questions import questions_of
from cam_augment.records import DataSet, Split
from cam_augment.study.requests import fit_key

# Written down before questions became entries of a registry. None of them may change: where one
# does, everybody's store is trained anew.
FITS = {
    "baseline #0": "af605cc7396fd4d3ccc31b69448e8182",
    "rotation #1": "56906756568eaa44127da581fb998663",
}
KEYS = {
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
EVERY_KEY = "ef4df769ea817010f000b13343b59474"


@pytest.fixture(scope="module")
def plan():
    return Plan.make(
        {
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


def test_fits_keep_their_keys(plan, data):
    runs = {run.label: run for run in plan.runs()}
    assert {label: fit_key(runs[label], data) for label in FITS} == FITS


@pytest.mark.parametrize("label", KEYS)
def test_answers_keep_their_keys(label, plan, data):
    run = next(run for run in plan.runs() if run.label == label)
    assert sorted(keys(run, plan, data)) == sorted(KEYS[label])


def test_no_run_of_a_plan_has_other_keys(plan, data):
    """Every kind and key of the plan, in one digest: those not listed above, and the scores."""
    found = [["fits", fit_key(run, data)] for run in plan.runs()]
    found += [list(each) for run in plan.runs() for each in keys(run, plan, data)]
    found += [list(each) for each in cache.cache_keys(plan, data)]
    assert digest(sorted(found)) == EVERY_KEY
