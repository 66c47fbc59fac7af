"""The proofs of truth: their counting is right, and the command runs on real models."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from benchmarks.part import ROOT, environment
from benchmarks.truth import alarms, report, shortcut
from benchmarks.truth.processors import ways
from cam_augment.records import Pointing, WithinStrategy
from tests.processes import PATIENCE
from tests.profiles import example_profile


@pytest.mark.parametrize(("count", "total"), [(0, 40), (2, 40), (13, 14), (40, 40)])
def test_the_interval_is_the_exact_binomial_one(count, total):
    expected = scipy.stats.binomtest(count, total).proportion_ci(0.95, "exact")
    assert alarms.clopper_pearson(count, total) == pytest.approx((expected.low, expected.high))


def test_studies_of_nothing_share_no_model():
    plans = alarms.plans(5)
    keys = [run.key for plan in plans for run in plan.runs()]
    assert len(keys) == len(set(keys)) == 5 * 12
    assert {label for plan in plans for label in [s.label for s in plan.strategies]} == {"identity"}


def with_p(question: str, p: float | None):
    """A profile whose first strategy has one effect with this p."""
    profile = example_profile()
    effect = profile.effects[0].model_copy(update={"question": question, "p": p})
    inside = WithinStrategy(
        strategy="identity", images=9, probability_change=0.0, rho=0.0,
        p=p or 1.0, classes=3, rho_classes=0.0, p_classes=1.0,
    )  # fmt: skip
    return profile.model_copy(update={"effects": (effect,), "within": (inside,)})


def test_alarms_are_counted_question_by_question():
    profiles = [with_p("gain", p) for p in (0.01, 0.05, 0.06, 0.5, None)]
    gain, inside = alarms.alarms(profiles)
    assert (gain.question, gain.studies, gain.alarms, gain.share) == ("gain", 4, 2, 0.5)
    assert gain.ps == (0.01, 0.05, 0.06, 0.5)
    assert (inside.studies, inside.alarms) == (5, 2)


def judged(verdicts: dict[str, str]):
    """A profile with these verdicts only."""
    profile = example_profile()
    strategies = tuple(
        s.model_copy(update={"verdict": verdicts[s.strategy]})
        for s in profile.strategies
        if s.strategy in verdicts
    )
    return profile.model_copy(update={"strategies": strategies})


def test_files_of_other_parts_stay(tmp_path):
    report.write({"a.md": b"1"}, tmp_path)
    report.write({"b.md": b"2"}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "b.md"]


@pytest.mark.slow
def test_the_command_trains_judges_and_writes(tmp_path):
    words = [sys.executable, "-m", "benchmarks.truth", "--quick", "--out", "out"]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment(one_thread=False), capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out" / "alarms.json").read_text("utf-8"))
    assert all(alarm["studies"] == 3 for alarm in result["alarms"])
    assert sum(result["verdicts"].values()) == 3
    shortcut = json.loads((tmp_path / "out" / "shortcut.json").read_text("utf-8"))
    assert [c["name"] for c in shortcut["conditions"]] == ["mark", "invisible"]
    for name in ("alarms", "shortcut"):
        assert (tmp_path / "out" / f"{name}.svg").read_bytes().startswith(b"<?xml")
    columns = json.loads((tmp_path / "out" / "processors.json").read_text("utf-8"))["columns"]
    assert [column["way"] for column in columns] == [way.name for way in ways()]
    assert not (ROOT / "out").exists()


class TestShortcuts:
    @staticmethod
    def truth(**causal) -> shortcut.Truth:
        values = dict.fromkeys(("same", *shortcut.CAUSAL), (0.8, 0.81, 0.79, 0.8))
        return shortcut.Truth(values | causal, values | causal)

    def condition(self):
        profile = judged({"identity": "quiet", "rotation": "trade-off", "zoom": "trade-off"})
        effects = tuple(
            e.model_copy(update={"question": "focus"}) if e.question == "spread" else e
            for e in profile.effects
        )
        hits = {"baseline": 0.1, "identity": 0.1, "rotation": 0.6, "zoom": 0.05}
        pointing = tuple(
            Pointing(arm=arm, name="scratch", images=50, hit=hit, chance=0.0, beyond=hit,
                     low=hit - 0.1, high=hit + 0.1, place=0, there=0.9)
            for arm, hit in hits.items()
        )  # fmt: skip
        profile = profile.model_copy(update={"effects": effects, "pointing": pointing})
        truths = {
            "baseline": self.truth(),
            "identity": self.truth(),
            "rotation": self.truth(none=(0.9, 0.91, 0.92, 0.9)),
            "zoom": self.truth(none=(0.6, 0.61, 0.62, 0.6)),
        }
        plan = shortcut.plans()["mark"]
        return shortcut.condition("mark", plan, profile, truths), profile

    def test_the_truth_is_what_the_models_do_without_the_mark(self):
        result, _ = self.condition()
        truth = {arm.strategy: arm.truth for arm in result.arms}
        # 4 against 4 models reach p = 2/70; Holm over three makes it .086: nothing is claimed.
        assert set(truth.values()) == {"keeps"}
        sure = [replace(arm, p=0.01) for arm in result.arms]
        assert [arm.truth for arm in sure[1:]] == ["breaks", "deepens"]
        assert result.named == {"scratch": "top left"}
        assert result.orders["hits in the marked class"][shortcut.KEPT][0] == 1

    def test_everything_is_said_in_every_format(self):
        result, profile = self.condition()
        files = report.of_shortcut([result], profile)
        text = files["shortcut.md"].decode()
        assert "scratch (strongest at the top left)" in text
        assert files["shortcut.csv"].decode().count("\n") == 4
        assert json.loads(files["shortcut.json"])["conditions"][0]["name"] == "mark"

    def test_the_marks_are_in_training_and_in_what_the_study_sees(self):
        plan = shortcut.plans(quick=True)["mark"]
        data = shortcut.changed(plan)
        assert set(data) == {"same", *shortcut.CAUSAL}
        same, none = data["same"].test.images[:], data["none"].test.images[:]
        differs = (same != none).any(axis=(1, 2, 3))
        assert (differs == (data["same"].test.labels == 1)).all()
        np.testing.assert_array_equal(data["same"].train.images, data["none"].train.images)
