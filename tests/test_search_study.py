"""A search from plan to confirmed study, with models made up; refusals before anything runs."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.frame import main
from cam_augment.plan import Plan, Strategy
from cam_augment.records import SPLITS, DataSet, Split, load_profile
from cam_augment.report.toml import dumps
from cam_augment.search.additions import Additions, Rules
from cam_augment.search.data import searched_data
from cam_augment.search.finals import Contender, repeat
from cam_augment.search.forecast import forecast
from cam_augment.search.measure import Measuring
from cam_augment.search.run import confirmation, run_search, searched_plan
from cam_augment.search.screening import design
from cam_augment.search.trials import Trials
from cam_augment.study import work
from tests.pipelines import NAMES, World
from tests.stored import Engine
from tests.test_search import searched

SMALL = {
    "dataset": {"name": "mnist", "train": 20, "validation": 20, "probe": 20, "test": 40},
    "strategies": ["identity", "rotation", "zoom", "mixup", "cutmix"],
    "baselines": 3,
    "seeds": 3,
    "recipe": {"epochs": 1},
    "metrics": ["pearson"],
    "bootstrap": 100,
    "permutations": 1000,
    "search": {"models": 12, "trials": 2, "finalists": 1, "repeats": 2, "validation": 30},
    "name": "small",
}


class Teaching(Engine):
    """Answers as if rotation taught to tell all classes, and nothing else did."""

    def answers(self, function, tasks, data, **places):
        tasks = list(tasks)
        for index, completed in super().answers(function, tasks, data, **places):
            run, questions, _ = tasks[index]
            for question in questions:
                if question.kind == "validation" and "rotation" in run.strategy.label:
                    known = np.eye(len(data.classes))[data.validation.labels]
                    answer = completed.answers[question.key]
                    answer["logits"] = (answer["logits"] / 2 + 2 * known).astype(np.float32)
                if question.kind == "faithfulness":  # of no image anything: it is then left out
                    completed.answers[question.key]["deletion"] = np.full((3, 5), np.nan)
            yield index, completed


@pytest.fixture
def engine(monkeypatch) -> Engine:
    engine = Teaching()
    monkeypatch.setattr(work, "answers", engine.answers)
    monkeypatch.setattr("cam_augment.report.write", lambda *_, **__: None)
    return engine


def dry_run(folder, capsys) -> str:
    (folder / "small.toml").write_text(dumps(SMALL), "utf-8")
    words = [str(folder / "small.toml"), "--store", str(folder / "store"), "--workers", "2"]
    assert main(["search", *words, "--dry-run"]) == 0
    return capsys.readouterr().out


def test_a_search_is_confirmed_by_a_study_and_trains_nothing_twice(engine, tmp_path, capsys):
    profile = run_search(Plan.make(SMALL), tmp_path / "out", store=tmp_path / "store")
    result, first = profile.search, len(engine.trained)
    assert len(set(engine.trained)) == first
    assert first == len(result.trials) + len(profile.models)
    assert result.images == 30
    assert result.best_single == "rotation"
    assert "rotation" in result.proposal
    assert result.probes == 20  # whose maps are asked with the scores, of no later phase
    assert {one.shift_finding for one in result.strategies} <= {"moves", "within noise"}
    looked_at = sum(trial.phase in ("baseline", "screening") for trial in result.trials)
    looks = list((tmp_path / "store" / "maps").iterdir())
    assert len(looks) == looked_at + len(profile.models)
    labels = dict.fromkeys(
        ("identity", result.proposal, "rotation", "trivial_augment", "rand_augment")
    )
    assert profile.arms == ("baseline", *labels)
    assert profile.plan.first_seed == 4000
    assert profile.plan.search is None
    assert profile.plan.dataset.settings["validation"] == 30
    for label in (result.proposal, "trivial_augment"):
        assert profile.effect(label, "gain").p_adjusted is not None
    assert 34 <= first <= 41  # as the dry run said, see below
    said = dry_run(tmp_path, capsys)
    assert re.search("screening +models: 12 +done: 12", said)
    assert "measured on the runs done" in said
    spoilt = next((tmp_path / "store" / "validation").iterdir())
    (spoilt / "arrays.npz").write_bytes(b"spoilt")
    again = run_search(Plan.make(SMALL), tmp_path / "out", store=tmp_path / "store")
    assert len(engine.trained) == first
    assert len(engine.asked) == 1
    assert again.search == result
    profile.save(tmp_path / "profile.json")
    assert load_profile(tmp_path / "profile.json").search == result


# ---- validation images that are frames


class Answered:
    """Stands for work and store: each strategy makes models right about other images.

    Args:
        times: int [image], which of 60 images of each is a copy.
    """

    def __init__(self, times):
        self._times, self._answers = times, {}

    def complete(self, requests):
        for request in requests:
            names = [NAMES.index(step.name) for step in request.run.strategy.steps]
            helped = sum(np.random.default_rng(name).choice([-0.3, 0.3], 60) for name in names)
            draw = np.random.default_rng(request.run.seed)
            right, labels = draw.random(60) < 0.5 + helped, np.arange(60) % 2
            logits = np.eye(2)[np.where(right, labels, 1 - labels)] + draw.uniform(0, 0.4, (60, 2))
            key = request.questions[0].key
            self._answers[key] = {"logits": logits[self._times], "labels": labels[self._times]}

    def has(self, _kind, key):
        return key in self._answers

    def has_training(self, _key):
        return True

    def arrays(self, _kind, key):
        return self._answers[key]


def widths(times, gain, grouped=True) -> np.ndarray:
    """Return how wide the intervals of strategies are in a screening, and those of finalists."""
    images = np.random.default_rng(0).random((60, 2, 2, 1), np.float32)[times]
    split = Split(images, np.arange(60)[times] % 2, groups=times if grouped else None)
    data = DataSet("frames", ("a", "b"), *[split] * 4)
    strategies = tuple(map(Strategy.parse, NAMES[:5]))
    answered, rules = Answered(times), Rules(0.05, "holm")
    plan = Plan.make({"strategies": NAMES, "gain": gain})
    trials = Trials(Measuring(plan, data, answered, answered))
    trials.ask(design(strategies, 4, 20, 0))
    nothing = np.full(5, np.nan)
    shifts = SimpleNamespace(shift=nothing, p=nothing, p_adjusted=[None] * 5)
    screened = Additions(strategies, trials, rules).records((), shifts)
    finalists = [Contender(strategy, "growth") for strategy in strategies[:2]]
    finals = repeat(finalists, 4, 3000, rules, trials)
    return np.array([record.high - record.low for record in (*screened, *finals)])


@pytest.mark.parametrize("gain", ["accuracy", "recall_at_fpr:0.4"])
def test_validation_images_of_one_group_are_chosen_together(gain):
    """Eight times the same images say no more than one of them, and intervals stay as wide."""
    once, copies = np.arange(60), np.repeat(np.arange(60), 8)
    expected = widths(once, gain)
    np.testing.assert_allclose(widths(copies, gain), expected)
    assert (widths(copies, gain, grouped=False) < 0.97 * expected).all()


# ---- the plan of a search, and refusals


def test_a_search_asks_for_more_validation_images_and_changes_no_other_number():
    plan = searched_plan(Plan.make(SMALL | {"search": {"models": 12, "validation": 200}}))
    assert plan.dataset.settings == Plan.make(SMALL).dataset.settings | {"validation": 200}
    larger = SMALL | {"dataset": {"name": "mnist", "validation": 2000}}
    assert searched_plan(Plan.make(larger)).dataset.settings["validation"] == 2000


def sizes(dataset, validation, folder) -> list[int]:
    """Return how many images each split has, loaded as a search has them."""
    table = {"models": 12, "validation": validation}
    plan = Plan.make(SMALL | {"dataset": {"name": "mnist"} | dataset, "search": table})
    data = forecast(plan, folder, 1).data
    return [len(getattr(data, split)) for split in SPLITS]


def test_more_validation_images_are_idle_ones_and_then_test_images(tmp_path):
    assert sizes({}, 1500, tmp_path) == [500, 1500, 500, 2500]
    assert sizes({"test": 2000}, 1500, tmp_path) == [500, 1500, 500, 2000]
    assert sizes({"validation": 1800}, 1500, tmp_path) == [500, 1800, 500, 2200]
    assert sizes({}, 2000, tmp_path) == [500, 2000, 500, 2000]


@pytest.mark.parametrize(
    ("dataset", "validation", "words"),
    [
        ({"test": 3000}, 1500, "1500 images are more than there are: mnist: 5,500 images asked"),
        ({}, 4000, "4000 images are more than there are: mnist: other splits take all 5,000"),
        ({}, 2001, "2001 images leave 1,999 of 3,750 test images, .* at most 2000 leave as many"),
    ],
)
def test_validation_images_that_there_are_not_are_refused_by_their_field(
    dataset, validation, words, tmp_path
):
    with pytest.raises(InputError, match=f"search.validation: {words}"):
        sizes(dataset, validation, tmp_path)


@pytest.mark.parametrize("groups", [None, np.minimum(np.arange(14), 10)])
def test_one_validation_image_or_group_of_a_class_decides_nothing(groups, monkeypatch):
    labels = np.array([0] * 10 + [1] * (1 if groups is None else 4))
    groups = groups if groups is None else groups[: len(labels)]
    split = Split(np.zeros((len(labels), 4, 4, 1), np.float32), labels, groups=groups)
    data = DataSet("few", ("a", "b"), *[split] * 4)
    monkeypatch.setattr("cam_augment.search.data.studied_data", lambda *_: data)
    plan = Plan.make({"strategies": NAMES, "gain": "balanced_accuracy"})
    what = "image" if groups is None else "group of images"
    with pytest.raises(InputError, match=f"search.validation: 1 {what} of class 'b'; a search by"):
        searched_data(plan, plan, None)
    by_accuracy = Plan.make({"strategies": NAMES})
    assert searched_data(by_accuracy, by_accuracy, None) is data


def test_a_plan_that_is_at_fault_itself_is_not_said_to_be_so_by_its_search(tmp_path):
    with pytest.raises(InputError, match=r"^mnist: 5,250 images asked"):
        sizes({"train": 2000, "test": 2500}, 1500, tmp_path)


def test_the_confirmation_is_a_plan_of_its_own(tmp_path):
    result = searched(World(seed=2), tmp_path)
    plan = searched_plan(Plan.make({"strategies": ["identity", *NAMES], "more_models": [2]}))
    study = confirmation(plan, result)
    labels = [strategy.label for strategy in study.strategies]
    assert labels[0] == "identity"
    assert labels[-2:] == ["trivial_augment", "rand_augment"]
    assert not {run.seed for run in study.runs()} & {run.seed for run in plan.runs()}
    assert Plan.make(json.loads(study.model_dump_json())) == study


REFUSED = {
    "search.models: received 4 with 4 strategies; at least 8": {"search": {"models": 4}},
    "folds: received 3": {"folds": 3},
    "gain: received 'cost'": {"gain": "cost", "costs": {"miss": 5, "false_alarm": 1, "good": "1"}},
    "first_seed: received 1000000000": {"first_seed": 10**9},
    "strategies: received identity; a search needs one": {"strategies": ["identity"]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_searched_is_refused_before_anything(message, tmp_path):
    plan = Plan.make(SMALL | REFUSED[message])
    with pytest.raises(InputError, match=message):
        run_search(plan, tmp_path / "out", store=tmp_path / "store")
    with pytest.raises(InputError, match=message):
        forecast(plan, tmp_path / "store", 1)
    assert not list(tmp_path.iterdir())


def test_a_dry_run_says_what_a_search_takes_and_trains_nothing(engine, tmp_path, capsys):
    said = dry_run(tmp_path, capsys)
    assert "a search for a pipeline of 4 strategies by accuracy on 30 validation images" in said
    for line in (
        "baselines +models: 3 +done: 0",
        "screening +models: 12 +done: 0",
        "growth +models: 0 to 2",
        "finals +models: 4 to 6",
        "confirmation +models: 15 to 18",
        "searches: 34 to 41 models, about",
    ):
        assert re.search(line, said), line
    assert not engine.trained


@pytest.mark.parametrize(
    ("strategies", "models"), [(["rotation", "zoom"], (12, 15)), (["rand_augment"], (9, 12))]
)
def test_a_policy_of_the_plan_is_confirmed_once(strategies, models, tmp_path):
    """Baselines, policies, and, of other strategies, the best single one and the proposal."""
    plan = Plan.make(SMALL | {"strategies": strategies})
    parts = {part.name: part for part in forecast(plan, tmp_path, 1).parts}
    assert (parts["confirmation"].least, parts["confirmation"].most) == models
    assert (parts["final"].least, parts["final"].most) == (4, 6)


def test_fields_of_a_search_are_refused_as_others_are():
    for search, words in {
        "modles": "Did you mean 'search.models'?",
        "models": "search.models: received 'many'",
    }.items():
        with pytest.raises(InputError, match="search") as refused:
            Plan.make({"search": {search: "many"}})
        assert words in str(refused.value)
    with pytest.raises(InputError, match="received 'zoom' twice"):
        Plan.make({"strategies": ["zoom", "rotation", "zoom"], "search": {}})


def test_without_optuna_one_line_names_the_extra(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("cam_augment.search.growth.find_spec", lambda _name: None)
    monkeypatch.chdir(tmp_path)
    assert main(["search", "--out", "out"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert "pip install '.[search]'" in lines[0]
    assert not list(tmp_path.iterdir())
