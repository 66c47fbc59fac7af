"""A search but for its training and its confirmation: strategies in, a proposal out."""

from collections.abc import Sequence
from typing import NamedTuple

from cam_augment.plan import Search, Strategy
from cam_augment.plan.pipelines import compose
from cam_augment.records.search import Finalist, SearchResult
from cam_augment.search.additions import Rules
from cam_augment.search.finals import Contender, contenders, repeat, with_policies
from cam_augment.search.growth import Journal, grow
from cam_augment.search.pipelines import factors
from cam_augment.search.screening import Screening, screen
from cam_augment.search.trials import Look, Measure, Trials, no_maps

BLOCK = 1_000  # seeds that a phase has for itself: no plan has more models of one arm
SCREENING, GROWTH, FINALS, CONFIRMATION = (BLOCK * number for number in (1, 2, 3, 4))


class Task(NamedTuple):
    """What is searched.

    Attributes:
        strategies: that a pipeline may have, in the order in which it applies them.
        baselines: of the screening. first_seed: of the study; a search has seeds behind it.
        score, images: the deciding score, and how many validation images it is from.
        policies: fixed pipelines that contend with what is grown.
    """

    strategies: Sequence[Strategy]
    settings: Search
    baselines: int
    first_seed: int
    rules: Rules
    score: str
    images: int
    policies: Sequence[Strategy] = ()


def explore(task: Task, measure: Measure, journal: Journal, look: Look = no_maps) -> SearchResult:
    """Return what a search tried, and the pipeline that it proposes, if any.

    Args:
        measure: scores models. look: compares the maps of those of the screening.

    Raises:
        InputError: too few models have a score; every strategy surely loses; the journal is of
            another search.
    """
    settings, trials = task.settings, Trials(measure, look)
    first = task.first_seed + SCREENING
    screening = screen(task.strategies, task.baselines, settings.models, first, task.rules, trials)
    last = _finals(task, screening, trials, journal)
    _, baselines = trials.of("baseline")
    rest = [record for record in screening.strategies if record.fate != "harmful"]
    return SearchResult(
        score=task.score,
        images=task.images,
        sampler=settings.sampler,
        baseline=float(baselines.values.mean()),
        strategies=screening.strategies,
        fit=screening.fit,
        spread=screening.spread,
        interactions=screening.interactions,
        trials=trials.records(),
        finalists=last,
        proposal=next((one.strategy for one in last if one.finding == "gains"), None),
        best_single=max(rest, key=lambda record: record.estimate or 0).strategy,
        probes=screening.probes,
    )


def _finals(
    task: Task, screening: Screening, trials: Trials, journal: Journal
) -> tuple[Finalist, ...]:
    """Repeat the best pipelines and the fixed policies."""
    pipelines = with_policies(_grown(task, screening, trials, journal), task.policies)
    return repeat(pipelines, task.settings.repeats, task.first_seed + FINALS, task.rules, trials)


def _grown(task: Task, screening: Screening, trials: Trials, journal: Journal) -> list[Contender]:
    """Grow pipelines of what pays, and return the best; none where nothing pays."""
    settings, labels = task.settings, screening.labels("pays")
    paying = [strategy for strategy in task.strategies if strategy.label in labels]
    if not paying:
        return []
    seed = task.first_seed + GROWTH
    grow(factors(paying), trials, settings.trials, settings.sampler, seed, journal)
    return contenders(_together(paying, screening), trials, settings.finalists)


def _together(paying: Sequence[Strategy], screening: Screening) -> Strategy:
    """Return all that pays as one pipeline; of those that share a factor, what adds most."""
    adds = {record.strategy: record.estimate or 0 for record in screening.strategies}
    best = set()
    for factor in factors(paying):
        labels = [s.label for s in paying if s.label in factor.strategies]
        best.add(max(labels, key=adds.__getitem__))
    return compose(strategy for strategy in paying if strategy.label in best)
