"""From strategies to a proposal: pipelines, and searches of simulated worlds."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import search as benchmark
from cam_augment.base.errors import InputError
from cam_augment.plan import Plan, Search, Strategy
from cam_augment.plan.pipelines import compatible, compose
from cam_augment.registry import STRATEGIES as REGISTRY
from cam_augment.search.additions import Rules
from cam_augment.search.explore import Task, explore
from cam_augment.search.growth import Journal, grow
from cam_augment.search.pipelines import candidates, factors, levels
from cam_augment.search.scores import Scores
from cam_augment.search.screening import design
from cam_augment.search.trials import Model, Trials
from tests.pipelines import NAMES, STRATEGIES, World


def parsed(*names: str) -> list[Strategy]:
    return [Strategy.parse(name) for name in names]


# ---- pipelines


def test_what_mixes_labels_or_is_one_step_shares_a_factor():
    chosen = parsed("rotation:10", "mixup", "zoom", "rotation:30", "cutmix")
    allowed = compatible(chosen)
    assert not allowed.diagonal().any()
    assert (allowed == allowed.T).all()
    assert [factor.strategies for factor in factors(chosen)] == [
        ("rotation:10", "rotation:30"),
        ("mixup", "cutmix"),
        ("zoom",),
    ]


def test_two_that_set_one_field_share_a_factor():
    first, second = parsed("dropout:0.1", "dropout:0.3")
    assert not compatible([first, second]).any()


def test_levels_are_those_that_the_strategy_allows():
    assert [level.label for level in levels(Strategy.parse("rotation:30"))] == [
        "rotation", "rotation:30", "rotation:45",
    ]  # fmt: skip
    assert [level.label for level in levels(Strategy.parse("rotation:150"))] == [
        "rotation:75", "rotation:150",
    ]  # fmt: skip
    several = Strategy.parse("rotation+zoom")
    assert levels(several) == [several]


def test_pipelines_apply_strategies_in_order():
    assert compose(parsed("shear", "rotation")).label == "shear+rotation"
    assert compose(()).label == "baseline"


def test_controls_are_no_candidates():
    plan = Plan.make({"strategies": ["identity", "rotation", "zoom"]})
    assert [s.label for s in candidates(plan)] == ["rotation", "zoom"]


# ---- from strategies to a proposal, on simulated pipelines


def task(**settings) -> Task:
    sizes = {"models": 44, "trials": 10, "finalists": 2, "repeats": 3} | settings
    return Task(STRATEGIES, Search(**sizes), 8, 0, Rules(0.05, "holm"), "accuracy", 1500)


def searched(world: World, folder, key="k", **settings):
    asked = task(**settings)._replace(policies=parsed(*world.policies))
    return explore(asked, world.measure, Journal(folder / "journal.log", key))


def test_a_search_from_end_to_end(tmp_path):
    alone = (2.5, 1.0, 0, 0, 0, 0, 0, -3.0)
    world = World(alone, most=6, interaction=0, seed=1)
    result = searched(world, tmp_path)
    fates = {one.strategy: one for one in result.strategies}
    assert fates["rotation"].fate == "pays"
    assert fates["rotation"].finding == "gains"
    assert (fates["random_erasing"].fate, fates["random_erasing"].left_after) == ("harmful", 1)
    halves = [t.strategy for t in result.trials if t.phase == "screening"]
    assert len(halves) == 44
    assert not any("random_erasing" in label for label in halves[22:])
    assert result.best_single == "rotation"
    assert world.gain(Strategy.parse(result.proposal)) > 2
    phases = [trial.phase for trial in result.trials]
    assert [phases.count(name) for name in ("baseline", "growth", "final")] == [8, 10, 6]
    promise = result.finalists[0]
    scores = [
        t.score for t in result.trials if t.phase == "final" and t.strategy == promise.strategy
    ]
    assert promise.gain == pytest.approx(np.mean(scores) - result.baseline)  # of repeats alone


def test_seeds_of_phases_are_their_own(tmp_path):
    result = searched(World(seed=2), tmp_path)
    seeds = {}
    for trial in result.trials:
        seeds.setdefault((trial.strategy, trial.seed), set()).add(trial.phase)
    assert all(len(phases) == 1 for phases in seeds.values())
    assert min(trial.seed for trial in result.trials) >= 1000
    assert max(trial.seed for trial in result.trials) < 4000


def test_where_nothing_pays_nothing_is_grown_or_proposed(tmp_path):
    result = searched(World((0,) * 8, interaction=0, seed=4), tmp_path)
    assert result.proposal is None
    assert not result.finalists
    assert {trial.phase for trial in result.trials} == {"baseline", "screening"}
    assert result.best_single in NAMES


POLICIES = ("trivial_augment", "rand_augment")


@pytest.mark.parametrize(("gains", "best"), [((3.5, 2.6), True), ((1.0, -1.0), False)])
def test_policies_contend_with_what_is_grown(gains, best, tmp_path):
    world = World(interaction=0, seed=2, policies=dict(zip(POLICIES, gains, strict=True)))
    result = searched(world, tmp_path)
    finalists = {one.strategy: one for one in result.finalists}
    assert [one.source for one in finalists.values()].count("policy") == 2
    finals = [t.strategy for t in result.trials if t.phase == "final"]
    assert len(finals) == 4 * 3  # models of policies are models of the search
    assert finals.count("trivial_augment") == finalists["trivial_augment"].models == 3
    assert (result.proposal == "trivial_augment") == best
    assert (finalists[result.proposal].source == "policy") == best
    promises = [one.gain for one in result.finalists]
    assert promises == sorted(promises, reverse=True)


def test_a_policy_may_be_proposed_where_no_strategy_pays(tmp_path):
    policies = dict(zip(POLICIES, (0.0, 2.5), strict=True))
    result = searched(World((0,) * 8, interaction=0, seed=4, policies=policies), tmp_path)
    assert not any(one.fate == "pays" for one in result.strategies)
    assert result.proposal == "rand_augment"
    assert {one.source for one in result.finalists} == {"policy"}
    assert {trial.phase for trial in result.trials} == {"baseline", "screening", "final"}


def test_a_policy_that_is_a_strategy_of_the_plan_contends_once(tmp_path):
    asked = task(models=24, trials=0)._replace(
        strategies=parsed("rand_augment", "zoom"), policies=parsed(*POLICIES)
    )
    result = explore(asked, of_steps, Journal(tmp_path / "j", "k"))
    sources = [(one.strategy, one.source) for one in result.finalists]
    assert sources == [("rand_augment", "screening"), ("trivial_augment", "policy")]


def test_every_strategy_that_surely_loses_leaves_none(tmp_path):
    with pytest.raises(InputError, match="no strategy is left after screening: all 8"):
        searched(World((-3.0,) * 8, interaction=0), tmp_path)


def test_models_that_failed_are_told_of_and_left_out(tmp_path):
    world, failing = World(seed=5), iter(range(10**6))

    def measure(models):
        values = world.measure(models).values
        return Scores(np.array([np.nan if next(failing) % 9 == 5 else v for v in values]))

    result = explore(task(), measure, Journal(tmp_path / "j", "k"))
    assert sum(trial.score is None for trial in result.trials) > 4
    assert sum(one.models for one in result.strategies) < 80
    with pytest.raises(InputError, match="too few to tell"):
        explore(task(), lambda m: Scores(np.full(len(m), np.nan)), Journal(tmp_path / "i", "k"))


def test_influence_values_stay_with_their_models_whatever_failed():
    """Batches in which all failed have none, whether they come first or between others."""

    def measure(models):
        seeds = np.array([model.seed for model in models], float)
        values = np.where(seeds % 2, np.nan, seeds)
        failed = np.isnan(values).all()
        return Scores(values, None if failed else np.outer(values, [1, -1]))

    trials = Trials(measure)
    for seeds in ([1], [2, 3], [5, 7], [4], [6, 8, 9]):
        trials.ask([Model("final", Strategy(), seed) for seed in seeds])
    models, scores = trials.of("baseline", "final")
    assert [model.seed for model in models] == [2, 4, 6, 8]
    np.testing.assert_array_equal(scores.images, np.outer(scores.values, [1, -1]))


def test_a_model_without_influence_values_where_others_have_some_failed():
    def measure(models):
        seeds = np.array([model.seed for model in models], float)
        return Scores(seeds, None if seeds[0] == 1 else np.outer(seeds, [1, -1]))

    trials = Trials(measure)
    trials.ask([Model("final", Strategy(), 1)])
    assert trials.of("final")[1].images is None
    trials.ask([Model("final", Strategy(), 2)])
    models, scores = trials.of("final")
    assert [model.seed for model in models] == [2]
    assert scores.images.tolist() == [[2, -2]]


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_was_stopped_proposes_what_it_would_have(tmp_path, sampler):
    def scores(seed: int = 0):  # noqa: ARG001
        def measure(models):
            draws = [
                np.random.default_rng([m.seed, len(m.strategy.label)]).normal() for m in models
            ]
            gains = [World(seed=7).gain(m.strategy) for m in models]
            return Scores(0.9 + (np.array(gains) + 0.3 * np.array(draws)) / 100)

        return measure

    class Stopped(Exception):
        pass

    def stopping(models):
        if models[0].phase == "growth" and models[0].seed >= 2008:
            raise Stopped
        return scores()(models)

    settings = {"trials": 20, "sampler": sampler}
    whole = explore(task(**settings), scores(), Journal(tmp_path / "whole", "k"))
    with pytest.raises(Stopped):
        explore(task(**settings), stopping, Journal(tmp_path / "stopped", "k"))
    again = explore(task(**settings), scores(), Journal(tmp_path / "stopped", "k"))
    assert again == whole
    assert explore(task(**settings), scores(), Journal(tmp_path / "whole", "k")) == whole


def test_a_journal_of_another_search_is_refused(tmp_path):
    searched(World(seed=2), tmp_path, key="one")
    with pytest.raises(InputError, match="another plan's search"):
        searched(World(seed=2), tmp_path, key="other")
    (tmp_path / "journal.log").write_text("[1, 2\nnot json\n{}\n")
    with pytest.raises(InputError, match="not a journal"):
        searched(World(seed=2), tmp_path, key="one")


STEPS = {"rotation": 1.5, "shear": 0.6, "contrast": 0.4, "rand_augment": 2.0}


def of_steps(models) -> Scores:
    """Return scores whose gains are the sums of what the steps gain, with noise of each model."""
    draws = [np.random.default_rng([m.seed, *m.strategy.label.encode()]).normal() for m in models]
    gains = [sum(STEPS.get(step.name, 0) for step in m.strategy.steps) for m in models]
    return Scores(0.9 + (np.array(gains) + 0.2 * np.array(draws)) / 100)


@pytest.mark.parametrize(
    "names",
    [
        ["rotation", "shear", "rotation+shear"],
        ["rotation", "shear", "rotation+shear", "contrast"],
        ["rotation+shear", "contrast", "rotation", "shear+contrast"],
    ],
    ids=" ".join,
)
def test_a_strategy_composed_of_others_adds_what_it_gains(names, tmp_path):
    """The pair of two strategies and the composition of both alone are one pipeline."""
    plan = Plan.make({"strategies": names})
    asked = task(models=48, trials=0)._replace(strategies=candidates(plan))
    result = explore(asked, of_steps, Journal(tmp_path / "j", "k"))
    pairs = np.array([model.pair for model in design(asked.strategies, 0, 48, 0)])
    carried = [(pairs == place).sum() for place in range(len(names))]
    assert [one.models for one in result.strategies] == carried
    for one in result.strategies:
        truth = sum(STEPS[step.name] for step in Strategy.parse(one.strategy).steps)
        assert 100 * one.estimate == pytest.approx(truth, abs=0.25), one.strategy
        assert one.fate == "pays"


@pytest.mark.parametrize("before", [("rotation",), ("rotation", "shear", "zoom")])
def test_pipelines_of_other_strategies_begin_a_growth_of_their_own(before, tmp_path):
    """What pays changes where models of the screening failed, and are trained by the next call."""

    def grown(names, journal):
        trials = Trials(lambda models: Scores(np.arange(len(models)) / 100.0))
        grow(factors(parsed(*names)), trials, 12, "tpe", 0, Journal(tmp_path / journal, "k"))
        return trials.models

    now = ("rotation", "shear")
    first = grown(before, "shared")
    assert grown(now, "shared") == grown(now, "alone")
    assert grown(before, "shared") == first
    assert first != grown(now, "shared")


def test_another_version_of_a_strategy_begins_a_growth_of_its_own(tmp_path, monkeypatch):
    def grown():
        told = iter(range(100))
        trials = Trials(lambda models: Scores(np.array([next(told) / 100 for _ in models])))
        grow(factors(parsed("rotation")), trials, 8, "tpe", 0, Journal(tmp_path / "j", "k"))
        return (tmp_path / "j").read_text("utf-8").count('"params"')

    assert grown() == grown() == 8
    newer = replace(REGISTRY["rotation"], version=2)
    monkeypatch.setitem(REGISTRY._entries, "rotation", newer)
    assert grown() == 16


DEFAULTS = Search().model_dump()


def proposals(worlds: int, folder, **world):
    """Return the regret of each world's proposal, and how often it has each one of no use."""
    regrets, useless = [], []
    for seed in range(worlds):
        simulated = World(**world, seed=seed)
        (folder / str(seed)).mkdir(parents=True)
        label = searched(simulated, folder / str(seed), **DEFAULTS).proposal
        pipeline = Strategy.parse(label or "baseline")
        regrets.append(simulated.best() - simulated.gain(pipeline))
        names = {step.name for step in pipeline.steps}
        useless += [name in names for name, gain in simulated.alone.items() if gain <= 0]
    return np.array(regrets), np.mean(useless)


def test_where_all_is_nothing_next_to_nothing_is_proposed(tmp_path):
    policies = dict.fromkeys(POLICIES, 0.0)
    regrets, useless = proposals(15, tmp_path, alone=(0,) * 8, interaction=0, policies=policies)
    assert useless <= 0.05
    assert (regrets <= 0).mean() >= 0.9


@pytest.mark.slow
def test_the_proposal_is_the_best_or_within_its_margin(tmp_path):
    """At the default size, with effects about as measured on digits: half a point, in nine of ten.

    Where pairs interact by more only if a policy is among the best, too: main effects do not see
    which pairs are lucky.
    """
    regrets, useless = proposals(200, tmp_path / "some", interaction=0.1)
    assert (regrets <= 0.5).mean() >= 0.9
    assert useless <= 0.05
    assert (proposals(200, tmp_path / "more", interaction=0.15)[0] <= 0.5).mean() >= 0.8
    policies = dict(zip(POLICIES, (1.5, 1.84), strict=True))  # less than measured on digits
    beside = proposals(200, tmp_path / "beside", interaction=0.15, policies=policies)
    assert (beside[0] <= 0.5).mean() >= 0.9
    assert beside[1] <= 0.05


# ---- the ways that the benchmark compares


def test_greedy_growth_takes_the_step_that_helps_most():
    world = World((3.0, 2.0, 0, 0, 0, 0, 0, -2.0), most=50, interaction=0, seed=3)
    plan = Plan.make({"strategies": NAMES})
    choice = benchmark.greedy(plan, world.measure, seed=0)
    assert {"rotation", "translation"} <= set(choice.pipeline.split("+"))
    assert "random_erasing" not in choice.pipeline
    steps = choice.pipeline.count("+") + 1
    rounds = [8 - step for step in range(min(8, steps + 1))]
    assert choice.models == 8 + benchmark.REPEATS * sum(rounds)


def test_chance_takes_the_best_of_its_trials(tmp_path):
    world = World((3.0, 2.0, 0, 0, 0, 0, 0, -2.0), most=50, interaction=0, seed=3)
    choice = benchmark.by_chance(Plan.make({"strategies": NAMES}), world.measure, 0, 30, tmp_path)
    assert choice.models == 30
    assert world.gain(Strategy.parse(choice.pipeline)) > 2
