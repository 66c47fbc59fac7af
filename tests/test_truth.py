"""The proofs of truth: their counting is right, and the command runs on real models."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from benchmarks.part import ROOT, environment
from benchmarks.truth import adaptive, alarms, repeat, report, shortcut
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import Pointing, Stop, WithinStrategy
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


def test_verdicts_are_held_against_the_truth_and_each_other():
    truth = judged({"rotation": "adopt", "zoom": "avoid"})
    parts = [
        judged({"rotation": "adopt", "zoom": "avoid"}),
        judged({"rotation": "trade-off", "zoom": "avoid"}),
    ]
    found = repeat.compared(4, truth, parts)
    assert found.counts == {"adopt": {"adopt": 1, "trade-off": 1}, "avoid": {"avoid": 2}}
    assert (found.agree, found.alike) == (0.75, 0.5)
    assert (found.adopted, found.gained, found.avoided, found.lost) == (1, 1, 2, 0)
    assert set(found.kendall.values()) == {1.0}  # the same effects in both


def test_power_is_the_share_of_studies_that_found_it():
    truth = judged({"rotation": "adopt"})
    missed = tuple(
        e.model_copy(update={"p_adjusted": 0.5}).with_finding(0.05) for e in truth.effects
    )
    parts = [truth, truth.model_copy(update={"effects": missed})]
    gain = next(f for f in repeat.power(4, truth, parts) if f.question == "gain")
    assert (gain.share, gain.true, gain.strategy) == (0.5, True, "rotation")
    assert gain.effect == truth.effect("rotation", "gain").estimate


def test_parts_of_one_size_share_no_model_of_a_strategy_and_lie_in_the_truth():
    parts = repeat.plans()
    known = {run.key for run in parts.truth.runs()}
    assert {seeds: len(plans) for seeds, plans in parts.by_seeds.items()} == {4: 5, 6: 3, 8: 2}
    for plans in parts.by_seeds.values():
        keys = [run.key for plan in plans for run in plan.runs()]
        assert set(keys) <= known
        own = [r.key for plan in plans for r in plan.runs() if r.strategy.steps]
        assert len(own) == len(set(own))


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
    found = json.loads((tmp_path / "out" / "alarms.json").read_text("utf-8"))
    assert all(alarm["studies"] == 3 for alarm in found["alarms"])
    assert sum(found["verdicts"].values()) == 3
    repeated = json.loads((tmp_path / "out" / "repeat.json").read_text("utf-8"))
    assert set(repeated["measured"]) == {"identity", "horizontal_flip"}
    assert {v["studies"] for v in repeated["verdicts"]} == {2}
    shortcut = json.loads((tmp_path / "out" / "shortcut.json").read_text("utf-8"))
    assert [c["name"] for c in shortcut["conditions"]] == ["mark", "invisible"]
    rounds = json.loads((tmp_path / "out" / "adaptive.json").read_text("utf-8"))
    assert rounds["replays"][0]["whole"] == 12
    for name in ("alarms", "repeat", "shortcut", "adaptive"):
        assert (tmp_path / "out" / f"{name}.svg").read_bytes().startswith(b"<?xml")
    assert not (ROOT / "out").exists()


def rounds_plan(**changes) -> Plan:
    return Plan.make({"strategies": ["identity", "zoom"], "adaptive": True} | changes)


def noise(models: int, spread: float = 0.01) -> adaptive.Noise:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((models, 20))
    distance = ((points[:, None] - points) ** 2).sum(axis=2) / 2
    right = (rng.random((models, 50)) < 0.9).astype(float)
    values = rng.normal(0.9, spread, (models, 4))
    return adaptive.Noise(values[:, 0], values[:, 1:], right, distance)


def test_a_replay_counts_models_and_verdicts_that_differ():
    whole = judged({"rotation": "adopt", "zoom": "avoid"})
    stops = tuple(
        Stop(strategy=s, models=n, most=4, round=n - 1, reason="all")
        for s, n in (("rotation", 4), ("zoom", 2))
    )
    rounds = judged({"rotation": "trade-off", "zoom": "avoid"}).model_copy(update={"rounds": stops})
    found = adaptive.replayed("default", whole, rounds)
    assert (found.models, found.same, found.strategies) == (8 + 6, 1, 2)
    assert found.others == {"rotation": ("adopt", "trade-off")}


def test_divisions_use_each_model_once_and_are_gone_through():
    plan = rounds_plan()
    study = next(iter(adaptive.divided(noise(16), plan, 1)))
    rows = np.concatenate(list(study.rows.values()))
    assert sorted(rows) == list(range(16))
    assert [len(v) for v in study.rows.values()] == [8, 4, 4]
    ended = adaptive.gone_through(study)
    assert {stop.strategy for stop in ended.stops} == {"identity", "zoom"}


def test_a_large_planted_gain_is_found_and_costs_fewer_models():
    made = noise(30)
    residuals = np.column_stack([made.accuracy, made.recall]) - 0.9
    studies = list(adaptive.simulated(made, residuals, rounds_plan(), 3, gain=0.2))
    found = adaptive._power(20.0, studies)
    assert found.rounds == found.whole == 1
    assert found.models < 1
    assert studies[0].accuracy("identity").mean() > studies[0].accuracy(BASELINE).mean() + 0.1


def test_the_files_on_rounds_hold_what_was_found():
    replay = adaptive.Replay("default", 0, 36, 48, 9, 10, {"mixup": ("adopt", "trade-off")})
    alarm = adaptive.Alarms("simulated", "gain", 10, 600, 22, 0.023, 0.055, 0.7)
    power = adaptive.Power(2.0, 150, 0.43, 0.42, 0.7)
    files = report.of_adaptive([replay], [alarm], [power], example_profile())
    assert set(files) == {f"adaptive.{kind}" for kind in ("json", "md", "csv", "svg", "pdf")}
    facts = json.loads(files["adaptive.json"])
    assert facts["replays"][0]["models"] == 36
    assert "mixup: adopt, in rounds trade-off" in files["adaptive.md"].decode()
    assert alarm.share == 22 / 600


class TestShortcuts:
    @staticmethod
    def found(**causal) -> shortcut.Truth:
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
            "baseline": self.found(),
            "identity": self.found(),
            "rotation": self.found(none=(0.9, 0.91, 0.92, 0.9)),
            "zoom": self.found(none=(0.6, 0.61, 0.62, 0.6)),
        }
        plan = shortcut.plans()["mark"]
        return shortcut.condition("mark", plan, profile, truths), profile

    def test_the_truth_is_what_the_models_do_without_the_mark(self):
        found, _ = self.condition()
        truth = {arm.strategy: arm.truth for arm in found.arms}
        # 4 against 4 models reach p = 2/70; Holm over three makes it .086: nothing is claimed.
        assert set(truth.values()) == {"keeps"}
        sure = [replace(arm, p=0.01) for arm in found.arms]
        assert [arm.truth for arm in sure[1:]] == ["breaks", "deepens"]
        assert found.named == {"scratch": "top left"}
        assert found.orders["hits in the marked class"][shortcut.KEPT][0] == 1

    def test_everything_is_said_in_every_format(self):
        found, profile = self.condition()
        files = report.of_shortcut([found], profile)
        text = files["shortcut.md"].decode()
        assert "scratch (strongest at the top left)" in text
        assert files["shortcut.csv"].decode().count("\n") == 4
        assert json.loads(files["shortcut.json"])["conditions"][0]["name"] == "mark"

    def test_the_marks_are_in_training_and_in_what_the_study_sees(self):
        plan = shortcut.plans(quick=True)["mark"]
        data = shortcut.changed(plan)
        assert set(data) == {"same", *shortcut.CAUSAL}
        same, none = data["same"].test.images, data["none"].test.images
        differs = (same != none).any(axis=(1, 2, 3))
        assert (differs == (data["same"].test.labels == 1)).all()
        np.testing.assert_array_equal(data["same"].train.images, data["none"].train.images)
