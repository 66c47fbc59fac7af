"""Whatever a plan, an option or a cost says: it is read, or refused in one line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cam_augment.plan import Plan
from cam_augment.plan.costs import Costs, parts_of, production
from cam_augment.registry import METRICS, STRATEGIES
from tests.strange import EDITS, STRANGE, edited, few_and_many, said, spoiled

PLAN = b"""
name = "digits"
strategies = ["identity", "rotation:30,fill=zero", {name = "zoom", magnitude = 0.2}, ["l2"]]
baselines = 8
checks = ["layercam", {target = "predicted", layer = "x"}]
costs = {good = "0", miss = 50, false_alarm = 1}
[dataset]
name = "mnist"
train = 300
[recipe]
epochs = 3
learning_rate = 2e-3
"""

FIELDS = [
    {
        "strategies": ["identity", "rotation:30", {"name": "zoom", "magnitude": 0.2},
                       ["rotation", {"steps": ["l2"]}]],
        "dataset": {"name": "folder", "path": "x", "size": [8, 9], "settings": {"fit": "crop"}},
        "architecture": {"name": "own", "source": "a.b:c", "options": {"width": 3}},
        "checks": ["layercam", {"cam": {"name": "scorecam"}, "target": "true", "layer": "x"}],
        "recipe": {"epochs": 3, "l1": 0.1, "schedule": "cosine", "frozen_epochs": 0},
        "costs": {"good": "a", "a": {"b": 3}, "b": {"a": 1}},
        "parts": {"a": 0.9},
        "metrics": ["pearson", "mad"],
        "folds": 4,
        "baselines": 4,
        "seeds": 4,
        "cam": "gradcam",
        "cam_layer": "x",
        "probe_regions": "x.json",
    },
    {"strategies": [*STRATEGIES], "metrics": [*METRICS], "costs": "miss=5,good=a,false_alarm=1"},
]  # fmt: skip


@few_and_many
def test_any_bytes_are_a_plan_or_none(effort, tmp_path):
    @effort
    @given(EDITS)
    def check(edits):
        (tmp_path / "plan.toml").write_bytes(edited(PLAN, edits))
        plan = said(Plan.read, tmp_path / "plan.toml")
        assert plan is None or plan.runs()

    check()


@few_and_many
def test_any_fields_are_a_plan_or_none(effort):
    @effort
    @given(spoiled(FIELDS))
    def check(fields):
        if isinstance(fields, dict):
            said(Plan.make, {str(name): value for name, value in fields.items()})

    check()


NAMES = some.lists(
    some.sampled_from(["dataset", "recipe", "name", "costs", "checks", "strategies", "train", "x"])
    | some.text(max_size=3),
    min_size=1,
    max_size=4,
).map(".".join)


@few_and_many
def test_any_options_change_a_plan_or_are_refused(effort):
    @effort
    @given(some.dictionaries(NAMES, some.text(max_size=9) | STRANGE, max_size=3))
    def check(changes):
        said(Plan.make, FIELDS[1], changes)

    check()


CLASSES = ("a", "b", "c")

LABELS = np.array([0, 1, 1, 2])


@few_and_many
def test_any_costs_are_a_matrix_or_none(effort):
    def judged(costs, parts):
        matrix = Costs.parse(costs).matrix(CLASSES)
        return matrix, production(None if parts is None else parts_of(parts), CLASSES, LABELS)

    sound = [FIELDS[0]["costs"], {"good": "a", "miss": 5, "false_alarm": 1, "confusion": 2},
             "good=a,miss=5,false_alarm=1"]  # fmt: skip

    @effort
    @given(spoiled(sound), some.none() | spoiled([{"a": 0.9, "b": 0.1}, "a=0.9"]))
    def check(costs, parts):
        result = said(judged, costs, parts)
        if result is not None:
            assert np.isfinite(result[0]).all()
            assert result[0].min() == 0
            assert result[1].sum() == pytest.approx(1)

    check()
