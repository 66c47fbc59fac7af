"""A study in stages: who gets more models, what stays, that it is the same asked again."""

import csv
import shutil
from collections import Counter
from dataclasses import replace
from math import comb

import numpy as np
import pytest

from cam_augment import Plan, report, run_study
from cam_augment.base.errors import InputError
from cam_augment.engine.tasks import Failure
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention.cache import cache_keys
from cam_augment.plan import BASELINE
from cam_augment.records import Maps
from cam_augment.statistics import leave_family_out
from cam_augment.study.run import load_data
from tests.stored import Engine, fit_of

STRATEGIES = ["identity", "rotation", "horizontal_flip", "contrast", "zoom"]
ACCURACY = {"rotation": 0.9, "horizontal_flip": 0.2, "zoom": 0.715, "contrast": 0.712}
MOVED = {"rotation": 1.5, "horizontal_flip": 3.0}
FIELDS = {
    "name": "staged",
    "dataset": {"name": "mnist", "train": 20, "validation": 10, "probe": 20, "test": 1000},
    "strategies": STRATEGIES,
    "recipe": {"epochs": 2},
    "metrics": ["pearson"],
    "bootstrap": 100,
    "permutations": 1000,
    "more_models": [2],
    "margins": "class=0.2",  # of 100 test images of a class no much smaller loss would be seen
}
FIRST, ALL = 8 + 5 * 4, 12 + 4 * 6 + 4  # the control has no further models


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
    if question.kind == "validation":
        labels = data.validation.labels
        logits = np.eye(len(data.classes), dtype=np.float32)[labels]
        return {"logits": logits, "labels": labels, "learned": np.bincount(data.train.labels)}
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

    def answers(self, function, tasks, data, **_places):
        tasks = list(tasks)
        for (run, questions, _), (index, done) in zip(
            tasks, super().answers(function, tasks, data), strict=True
        ):
            answers = {q.key: planted(q, run, data) or done.answers[q.key] for q in questions}
            yield index, replace(done, answers=answers)


def put_in_place(monkeypatch, engine: Engine) -> None:
    engine.take_over(monkeypatch)
    monkeypatch.setattr("cam_augment.impact.faithful_of", lambda *_: None)


@pytest.fixture
def hands(monkeypatch):
    engine = Planted()
    put_in_place(monkeypatch, engine)
    return engine


@pytest.fixture
def silent(monkeypatch):
    """Spare the drawing of reports."""
    monkeypatch.setattr("cam_augment.report.write", lambda *_: None)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the study in stages, its profile, and the keys of what was trained."""
    folder, engine = tmp_path_factory.mktemp("staged"), Planted()
    with pytest.MonkeyPatch.context() as patch:
        put_in_place(patch, engine)
        patch.setattr("cam_augment.report.write", lambda *_: None)
        patch.chdir(folder)
        return folder, run_study(Plan.make(FIELDS)), engine.trained


@pytest.fixture
def done(finished, tmp_path, monkeypatch, hands, silent):  # noqa: ARG001
    """The profile of the study in stages, with a copy of its store to go on from."""
    folder, profile, trained = finished
    shutil.copytree(folder / "store", tmp_path / "store")
    monkeypatch.chdir(tmp_path)
    hands.trained.extend(trained)
    return profile


def test_who_is_decided_stops_and_the_others_get_more(done, hands):
    stops = {stop.strategy: stop for stop in done.stages}
    assert set(stops) == set(STRATEGIES)
    verdicts = {s.strategy: s.verdict for s in done.strategies}
    assert (verdicts["rotation"], verdicts["horizontal_flip"]) == ("adopt", "avoid")
    for label in ("identity", "rotation", "horizontal_flip"):
        stop = stops[label]
        assert (stop.stage, stop.models, stop.baselines, stop.reason) == (1, 4, 8, "decided")
    assert (stops["zoom"].stage, stops["zoom"].models, stops["zoom"].baselines) == (2, 6, 12)
    assert {s.strategy: s.runs for s in done.strategies} == {k: s.models for k, s in stops.items()}
    assert len(hands.trained) == 12 + sum(stop.models for stop in done.stages) < ALL + 1
    assert done.missing == ()


@pytest.mark.usefixtures("hands")
def test_a_stopped_strategy_keeps_what_its_last_stage_said(done):
    first = run_study(Plan.make(FIELDS | {"more_models": [1]}))  # stage 1 is the same
    assert first.plan.stages[0] == done.plan.stages[0]
    before, after = ({s.strategy: s for s in p.strategies} for p in (first, done))
    for label in ("identity", "rotation", "horizontal_flip"):
        assert after[label] == before[label].model_copy(
            update={"group": after[label].group, "next_step": after[label].next_step}
        )
        for effect in done.effects:
            if effect.strategy == label:
                assert effect == first.effect(label, effect.question)
        gains = [[g for g in p.class_gains if g.strategy == label] for p in (first, done)]
        assert gains[0] == gains[1]
    assert after["zoom"] != before["zoom"]


def test_scores_stand_against_the_gains_of_all_models(done):
    """Those of strategies that stopped, too, whose baselines had become more since."""
    means = {k: np.mean(x) for k, x in done.points["accuracy"].items()}
    gains = np.array([means[k] - means[BASELINE] for k in STRATEGIES])
    kept = np.array([done.effect(k, "gain").estimate for k in STRATEGIES])
    errors = [
        leave_family_out(kept, of, STRATEGIES, np.arange(5)[None]).error_mean
        for of in (gains, kept)
    ]
    (row,) = (row for row in done.correlations if row.score == "mean")
    assert row.error == pytest.approx(errors[0], rel=1e-12)
    assert row.error != pytest.approx(errors[1], rel=1e-6)


@pytest.mark.usefixtures("hands")
def test_a_stage_has_its_level_and_its_family(done):
    """The first stage is a study by itself at half of alpha; p counts the stages."""
    alone = run_study(Plan.make(FIELDS | {"more_models": [], "alpha": 0.025}))
    stopped = next(s for s in done.strategies if s.strategy == "rotation")
    same = next(s for s in alone.strategies if s.strategy == "rotation")
    assert (stopped.bound_high, stopped.smallest_gain) == (same.bound_high, same.smallest_gain)
    for effect in alone.effects:
        if effect.strategy == "rotation":
            staged = done.effect("rotation", effect.question)
            assert (staged.low, staged.high, staged.p) == (effect.low, effect.high, effect.p)
            assert staged.finding == effect.finding
            if effect.p_adjusted is not None:
                assert staged.p_adjusted == min(1.0, 2 * effect.p_adjusted)
    # At the second stage two of four are beyond noise already: Holm's m is the other two.
    zoom = done.effect("zoom", "gain")
    assert zoom.p_adjusted <= min(1.0, 4 * 2 * zoom.p) * (1 + 1e-9)
    assert zoom.p_adjusted >= min(1.0, 4 * zoom.p) * (1 - 1e-9)


def test_asked_again_it_trains_nothing_and_says_the_same(done, hands):
    before = list(hands.trained)
    again = run_study(Plan.make(FIELDS))
    shown = run_study(Plan.make(FIELDS), train=False)
    assert hands.trained == before
    assert again.stages == shown.stages == done.stages
    assert again.effects == shown.effects == done.effects
    assert again.strategies == shown.strategies == done.strategies


def test_a_finished_study_takes_a_further_stage(done, hands):
    before, wish = len(hands.trained), done.strategies[STRATEGIES.index("zoom")].next_step
    assert wish.code == "step.models"
    plan = Plan.make(FIELDS | done.plan.with_more_models(3))
    assert plan.more_models == (2, 3)
    longer = run_study(plan)
    assert len(hands.trained) == len(set(hands.trained)) > before
    stops = {stop.strategy: stop for stop in longer.stages}
    assert (stops["zoom"].stage, stops["zoom"].models, stops["zoom"].baselines) == (3, 9, 18)
    assert [s for s in longer.stages if s.stage == 1] == [s for s in done.stages if s.stage == 1]


@pytest.mark.usefixtures("done")
def test_a_plan_without_stages_trains_the_first_and_judges_at_alpha(hands):
    before = list(hands.trained)
    whole = run_study(Plan.make(FIELDS | {"more_models": []}))
    assert hands.trained == before
    assert whole.stages == ()
    assert {s.runs for s in whole.strategies} == {4}


def test_runs_of_further_stages_come_behind_those_of_the_first():
    plan, first = Plan.make(FIELDS), Plan.make(FIELDS | {"more_models": []})
    keys = [run.key for run in plan.runs()]
    assert {run.key for run in first.runs()} <= set(keys)
    assert (len(first.runs()), len(keys)) == (first.size, plan.size) == (FIRST, ALL)


@pytest.mark.usefixtures("hands")
def test_the_report_says_how_many_models_and_why(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_study(Plan.make(FIELDS))
    folder = tmp_path / "results" / "staged"
    rows = list(csv.DictReader((folder / "stages.csv").read_text("utf-8").splitlines()))
    assert [row["strategy"] for row in rows] == STRATEGIES
    assert {row["reason"] for row in rows} <= {"decided", "last", "otherwise"}
    words = (folder / "profile.md").read_text("utf-8")
    assert "Models of each strategy, stage by stage" in words
    assert "Stage s is judged at 0.05 / 2^s" in words.replace("\\", "")


@pytest.mark.usefixtures("silent")
def test_a_budget_goes_to_those_that_need_the_fewest(tmp_path, monkeypatch, hands):
    monkeypatch.chdir(tmp_path)
    profile = run_study(Plan.make(FIELDS | {"budget": FIRST + 4 + 2}))
    reasons = {stop.strategy: stop.reason for stop in profile.stages}
    assert sorted(hands.trained) == sorted(set(hands.trained))
    assert len(hands.trained) <= FIRST + 4 + 2
    going = [label for label, reason in reasons.items() if reason in ("last", "budget")]
    assert set(going) == {"contrast", "zoom"}
    assert list(reasons.values()).count("budget") == 1
    assert profile.missing == ()
    none = run_study(Plan.make(FIELDS | {"budget": FIRST + 5}))
    assert {stop.stage for stop in none.stages} == {1}


def test_a_study_without_answers_asks_for_all_and_names_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="0 of 8 baselines"):
        run_study(Plan.make(FIELDS), train=False)


@pytest.mark.usefixtures("hands")
def test_a_stage_without_models_changes_nothing_and_its_runs_are_missing(done):
    """A further stage, asked for without training it: the study stands where it stood."""
    plan = Plan.make(FIELDS | {"more_models": [2, 3]})
    shown = run_study(plan, train=False)
    assert shown.effects == done.effects
    assert {s.strategy: s.verdict for s in shown.strategies} == {
        s.strategy: s.verdict for s in done.strategies
    }
    reasons = {stop.strategy: (stop.stage, stop.reason) for stop in shown.stages}
    assert reasons["zoom"] == (2, "missing")
    assert {run.strategy for run in shown.missing} <= {BASELINE, "zoom", "contrast"}
    assert len(shown.missing) >= 6 + 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"more_models": [], "budget": 40}, r"budget: received 40; .* this plan has none"),
        ({"budget": 27}, "received 27; the first stage takes 28 models: 8 baselines and 4 of"),
        ({"more_models": "two"}, r"more_models: received 'two'; expected how many models each"),
        ({"more_models": [2, 0]}, r"more_models: received \[2, 0\]; .* 1 or more such as 2,6"),
        ({"more_models": [2.5]}, r"more_models: received \[2.5\]"),
        ({"more_models": [True]}, r"more_models: received \[True\]"),
        ({"more_models": [1000]}, r"more_models: received \[1000\]; .* would have 2,008 models"),
        ({"folds": 4, "more_models": [4, 2]}, "more_models: received 2 with folds = 4"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes, words):
    with pytest.raises(InputError, match=words) as caught:
        Plan.make(FIELDS | changes)
    assert "\n" not in str(caught.value)


def test_stages_are_written_in_three_ways():
    ways = ["2,6", [2, 6], ("2", 6)]
    assert {Plan.make({"more_models": way}).more_models for way in ways} == {(2, 6)}
    assert Plan.make({"more_models": 2}).more_models == (2,)
    assert {Plan.make({"more_models": way}).more_models for way in ("none", [], "")} == {()}


def test_what_adaptive_was_is_read_with_one_warning():
    with pytest.warns(FutureWarning, match="'adaptive' is called 'more_models' now") as caught:
        plan = Plan.make({"adaptive": True, "budget": 30})
    assert len(caught) == 1
    assert (plan.more_models, plan.budget) == ((2,), 30)
    with pytest.warns(FutureWarning, match="called 'more_models'"):
        assert Plan.make({"adaptive": "false"}).more_models == ()
    with pytest.raises(InputError, match="adaptive: received 'perhaps'; true or false"):
        Plan.make({"adaptive": "perhaps"})
    with pytest.raises(InputError, match="received 'adaptive' and 'more_models'"):
        Plan.make({"adaptive": True, "more_models": [2]})


@pytest.mark.usefixtures("hands", "silent")
def test_stages_go_with_folds_checks_costs_and_any_score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = {
        "folds": 2,
        "checks": ["target=predicted"],
        "costs": {"good": "0", "miss": 10, "false_alarm": 1},
        "gain": "macro_f1",
    }
    profile = run_study(Plan.make(FIELDS | changes))
    stops = {stop.strategy: stop for stop in profile.stages}
    assert {stop.stage for stop in stops.values()} == {1, 2}
    assert stops["rotation"].stage == 1
    assert profile.checks[0].beyond
    assert profile.effect("rotation", "gain_cost").p is not None
    assert run_study(Plan.make(FIELDS | changes), train=False).strategies == profile.strategies


def test_the_scores_that_a_store_keeps_are_those_of_every_stage():
    changes = {"metrics": ["pearson", "wasserstein"]}
    staged, once = (Plan.make(FIELDS | changes | {"more_models": m}) for m in ([2], []))
    data = load_data(staged)
    keys = {name: set(cache_keys(plan, data)) for name, plan in (("s", staged), ("o", once))}
    assert keys["o"] < keys["s"]
    # Each strategy by 4 + 8, 4 + 12 and 6 + 12 models, the control never by 6.
    assert len(keys["s"]) == 1 + 3 * len(STRATEGIES) - 1


@pytest.mark.usefixtures("hands", "silent")
def test_a_pair_of_models_is_compared_once_in_all_stages_by_an_expensive_metric(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    compared, between = [], scoring.between

    def noted(metric, first, second):
        compared.append((metric, len(first)))
        return between(metric, first, second)

    monkeypatch.setattr(scoring, "between", noted)
    plan = Plan.make(FIELDS | {"metrics": ["pearson", "wasserstein"], "more_models": [1, 1]})
    in_stages = run_study(plan)
    models = Counter(in_stages.models)
    baselines = models.pop(BASELINE)
    assert baselines == 12
    assert {4, 6} <= set(models.values())
    pairs = comb(baselines, 2) + sum(comb(n, 2) + n * baselines for n in models.values())
    assert sum(images for metric, images in compared if metric == "wasserstein") == pairs * 20
    shutil.rmtree(tmp_path / "store" / "scores")
    anew = run_study(plan, train=False)
    same = {"provenance"}
    assert anew.model_dump(exclude=same) == in_stages.model_dump(exclude=same)


def test_more_models_of_a_plan_are_a_stage_or_a_study_of_their_own():
    folded = Plan.make({"folds": 5, "seeds": 5, "baselines": 10, "more_models": [5]})
    assert folded.with_more_models(3) == {"more_models": [5, 5]}
    once = Plan.make({"name": "tiles"})
    fields = once.with_more_models(6)
    other = Plan.make(fields)
    assert (other.name, other.seeds, other.baselines) == ("tiles-more", 10, 20)
    assert not {run.key for run in once.runs()} & {run.key for run in other.runs()}


def test_a_study_of_its_own_asks_of_those_alone_that_are_named_and_of_the_controls():
    labels = ["rotation:30", "identity", "zoom", "mixup+rotation"]
    once, staged = (Plan.make({"strategies": labels, "more_models": more}) for more in ([], [2]))
    fields = once.with_more_models(2, ["mixup+rotation", "rotation:30"])
    assert fields["strategies"] == ["rotation:30", "identity", "mixup+rotation"]
    other = Plan.make(once.model_dump(mode="json") | fields)
    assert [strategy.label for strategy in other.strategies] == fields["strategies"]
    assert "strategies" not in once.with_more_models(2, [s for s in labels if s != "identity"])
    assert staged.with_more_models(2, ["zoom"]) == {"more_models": [2, 2]}


@pytest.mark.usefixtures("hands", "silent")
def test_with_masks_focus_is_judged_stage_by_stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = {"size": 24, "train": 20, "validation": 10, "probe": 12, "test": 120}
    plan = Plan.make(FIELDS | {"dataset": {"name": "surfaces"} | small})
    profile = run_study(plan)
    assert profile.effect("rotation", "focus").p is not None
    assert run_study(plan, train=False).stages == profile.stages


@pytest.mark.usefixtures("hands", "silent")
def test_models_that_all_do_the_same_are_no_crash(tmp_path, monkeypatch):
    """All of every arm are right everywhere: there is no noise, and no interval."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tests.test_stages_of_study.planted_fit", perfect_fit)
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


@pytest.mark.usefixtures("silent")
def test_a_run_that_failed_is_not_tried_again_at_a_later_stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failing = Failing("contrast", 0)
    put_in_place(monkeypatch, failing)
    profile = run_study(Plan.make(FIELDS))
    assert failing.failed == 1
    assert [(m.run, m.reason.values["text"]) for m in profile.missing] == [
        ("contrast #0", "no memory")
    ]
