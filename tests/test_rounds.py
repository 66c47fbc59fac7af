"""A study in rounds: who gets more models, that it is the same asked again, and what is told."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from cam_augment import Plan, report, run_study
from cam_augment.base.errors import InputError
from cam_augment.engine.tasks import Failure
from cam_augment.impact.sequential.rounds import Rounds, models_by_round
from cam_augment.plan import BASELINE
from cam_augment.records import Maps
from cam_augment.study.forecast import design_lines
from tests.stored import Engine, fit_of

STRATEGIES = ["identity", "rotation", "horizontal_flip", "contrast"]
ACCURACY = {"rotation": 0.9, "horizontal_flip": 0.2}  # else 0.7
MOVED = {"rotation": 1.5, "horizontal_flip": 3.0}
FIELDS = {
    "name": "rounds",
    "dataset": {"name": "mnist", "train": 20, "validation": 10, "probe": 20, "test": 300},
    "strategies": STRATEGIES,
    "seeds": 5,
    "recipe": {"epochs": 2},
    "metrics": ["pearson"],
    "bootstrap": 100,
    "permutations": 1000,
    "adaptive": True,
    "margins": "class=0.2",  # of 30 test images no smaller loss would be seen
}


def planted_fit(run, data):
    """Right as often as the strategy's accuracy says, give or take a seed's noise."""
    draw = np.random.default_rng(int(run.key[:8], 16))
    fit = fit_of(run, data)
    share = ACCURACY.get(run.strategy.label, 0.7) + draw.normal(0, 0.01)
    logits = draw.normal(0, 0.1, fit.test_logits.shape).astype(np.float32)
    right, classes = draw.random(len(logits)) < share, logits.shape[1]
    shown = np.where(
        right, data.test.labels, (data.test.labels + draw.integers(1, classes)) % classes
    )
    logits[np.arange(len(logits)), shown] += 5
    return replace(fit, test_logits=logits)


def planted(question, run, data):
    """Return a planted answer, or None where nothing is planted."""
    if question.kind == "maps":
        return planted_maps(run, data)
    if question.about == "test":
        return {"logits": planted_fit(run, data).test_logits}
    return None


def planted_maps(run, data):
    draw = np.random.default_rng(int(run.key[8:16], 16))
    image = np.random.default_rng(0).random((len(data.probe), 5, 5))
    moved = MOVED.get(run.strategy.label, 0) * np.random.default_rng(1).random(image.shape)
    values = image + moved + draw.normal(0, 0.3, image.shape)
    return Maps(run.key, "gradcam", "features", np.maximum(values, 0).astype(np.float32))


class Planted(Engine):
    """Answers with planted effects."""

    def answers(self, function, tasks, data, **places):
        tasks = list(tasks)
        for (run, questions, _), (index, done) in zip(
            tasks, super().answers(function, tasks, data), strict=True
        ):
            answers = {q.key: planted(q, run, data) or done.answers[q.key] for q in questions}
            yield index, replace(done, answers=answers)


@pytest.fixture
def hands(monkeypatch):
    made = Planted()
    monkeypatch.setattr("cam_augment.study.work.answers", made.answers)
    monkeypatch.setattr("cam_augment.impact.faithful_of", lambda *_: None)
    return made


@pytest.fixture
def silent(monkeypatch):
    """Spare the drawing of reports."""
    monkeypatch.setattr("cam_augment.report.write", lambda *_: None)


@pytest.fixture
def done(tmp_path, monkeypatch, hands, silent):
    monkeypatch.chdir(tmp_path)
    return run_study(Plan.make(FIELDS))


def test_settled_strategies_stop_and_the_others_get_more(done, hands):
    stops = {stop.strategy: stop for stop in done.rounds}
    assert set(stops) == set(STRATEGIES)
    assert stops["horizontal_flip"].models == 2
    assert stops["horizontal_flip"].reason == "certain"
    assert {s.strategy: s.runs for s in done.strategies} == {k: s.models for k, s in stops.items()}
    assert len(hands.trained) == 8 + sum(stop.models for stop in done.rounds) < 28
    verdicts = {s.strategy: s.verdict for s in done.strategies}
    assert verdicts["horizontal_flip"] == "avoid"
    assert verdicts["rotation"] == "adopt"
    assert stops["rotation"].models == 3  # with fewer it would not be adopted
    assert (verdicts["identity"], verdicts["contrast"]) == ("quiet", "undecided")
    assert done.missing == ()


def test_asked_again_it_trains_nothing_and_says_the_same(done, hands):
    before = list(hands.trained)
    again = run_study(Plan.make(FIELDS))
    shown = run_study(Plan.make(FIELDS), train=False)
    assert hands.trained == before
    assert again.rounds == shown.rounds == done.rounds
    assert again.effects == shown.effects == done.effects


def test_the_whole_study_trains_only_what_the_rounds_left_out(done, hands):
    before = set(hands.trained)
    run_study(Plan.make(FIELDS | {"adaptive": False}))
    assert len(hands.trained) == len(set(hands.trained)) == 28
    assert before < set(hands.trained)


def test_runs_of_a_plan_in_rounds_have_the_keys_of_the_whole_plan():
    plain = Plan.make(FIELDS | {"adaptive": False})
    assert [r.key for r in Plan.make(FIELDS).runs()] == [r.key for r in plain.runs()]


def test_p_is_sequential_and_the_others_stay_as_they_were(done):
    gain = done.effect("horizontal_flip", "gain")
    assert gain.smallest_p is None
    assert gain.p < 1e-6  # no relabelling of 2 + 8 models could say so
    assert gain.low < gain.estimate < gain.high < 0
    assert done.effect("horizontal_flip", "gain_macro_f1").relabelling_p == pytest.approx(1 / 45)


def test_the_report_says_how_many_models_and_why(tmp_path, monkeypatch, hands):
    monkeypatch.chdir(tmp_path)
    run_study(Plan.make(FIELDS))
    folder = tmp_path / "results" / "rounds"
    rows = list(csv.DictReader((folder / "rounds.csv").read_text("utf-8").splitlines()))
    assert [row["strategy"] for row in rows] == STRATEGIES
    assert {row["reason"] for row in rows} <= {"certain", "unlikely", "budget", "all"}
    page = (folder / "report.html").read_text("utf-8")
    words = (folder / "profile.md").read_text("utf-8")
    for text in (page, words):
        assert "Models of each strategy, round by round" in text
        assert "what its verdict rests on is beyond noise" in text
        assert "p counts every stage" in text


def test_a_budget_bounds_what_is_trained(tmp_path, monkeypatch, hands, silent):
    monkeypatch.chdir(tmp_path)
    profile = run_study(Plan.make(FIELDS | {"budget": 16}))
    assert len(hands.trained) <= 16
    reasons = {stop.reason for stop in profile.rounds}
    assert "budget" in reasons  # one that gains would have a third model
    assert profile.missing == ()


def test_a_study_without_answers_asks_for_all_and_names_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="0 of 8 baselines"):
        run_study(Plan.make(FIELDS), train=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"adaptive": False, "budget": 20}, "budget: .* not adaptive"),
        ({"budget": 15}, "received 15; the first round takes 16 models"),
        ({"baselines": 5}, "received 5; .* by 6 or more"),
        ({"checks": ["layercam"]}, "beside checks"),
        ({"folds": 5, "baselines": 10}, "beside folds"),
        ({"costs": {"miss": 5, "false_alarm": 1, "good": "0"}}, "beside costs"),
    ],
)
def test_what_rounds_cannot_do_is_refused_in_one_line(changes, words):
    with pytest.raises(InputError, match=words):
        Plan.make(FIELDS | changes)


def test_rounds_grow_to_all_models():
    for seeds in range(3, 60):
        steps = models_by_round(seeds)
        assert steps[0] == 2
        assert steps[-1] == seeds
        assert len(steps) <= 5
        assert steps == sorted(set(steps))


def test_the_forecast_tells_the_range():
    assert design_lines(Plan.make(FIELDS)) == [
        "in rounds: 16 to 28 models, each strategy 2, 3, 4, 5; those whose verdict is settled get "
        "no more"
    ]


def test_a_strategy_without_models_stays_open_until_the_last_round():
    rounds = Rounds(Plan.make(FIELDS))
    for each in (1, 2, 3, 4):
        assert rounds.round == each
        assert not rounds.over
        rounds.analyse(_empty(rounds.plan), {})
    assert {stop.reason for stop in rounds.stops} == {"all"}


def _empty(plan):
    class Nothing:
        baselines = ()
        labels = (BASELINE,)

        def fits(self, label):
            return ()

    return Nothing()


def test_with_masks_each_look_is_at_focus_too(tmp_path, monkeypatch, hands, silent):
    monkeypatch.chdir(tmp_path)
    small = {"size": 24, "train": 20, "validation": 10, "probe": 12, "test": 120}
    plan = Plan.make(FIELDS | {"dataset": {"name": "surfaces"} | small})
    profile = run_study(plan)
    assert profile.effect("rotation", "focus").p is not None
    assert run_study(plan, train=False).rounds == profile.rounds


def test_models_that_all_do_the_same_are_no_crash(tmp_path, monkeypatch, hands, silent):
    """All of every arm are right everywhere: there is no noise, and no interval."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tests.test_rounds.planted_fit", perfect_fit)
    profile = run_study(Plan.make(FIELDS))
    assert {s.verdict for s in profile.strategies} == {"undecided"}
    assert profile.effect("identity", "gain").low is None
    assert "the gain cannot be tested" in report.sentence(profile.strategies[0])


def perfect_fit(run, data):
    return replace(fit_of(run, data), test_logits=np.eye(10, dtype=np.float32)[data.test.labels])


class Failing(Planted):
    """Of one strategy, the model of one seed fails."""

    def __init__(self, strategy, seed):
        super().__init__()
        self.strategy, self.seed, self.failed = strategy, seed, 0

    def answers(self, function, tasks, data, **places):
        for index, answer in super().answers(function, tasks, data, **places):
            run = answer.training.run
            if (run.strategy.label, run.seed) == (self.strategy, self.seed):
                self.failed += 1
                yield index, Failure("no memory")
            else:
                yield index, answer


def test_a_run_that_failed_is_not_tried_again_in_a_later_round(tmp_path, monkeypatch, silent):
    monkeypatch.chdir(tmp_path)
    failing = Failing("contrast", 0)
    monkeypatch.setattr("cam_augment.study.work.answers", failing.answers)
    monkeypatch.setattr("cam_augment.impact.faithful_of", lambda *_: None)
    profile = run_study(Plan.make(FIELDS))
    assert failing.failed == 1
    assert [(m.run, m.reason.values["text"]) for m in profile.missing] == [
        ("contrast #0", "no memory")
    ]
