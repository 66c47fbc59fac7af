"""Which statistic answers which question: fits and maps in, an impact profile out."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from pydantic import JsonValue

from cam_augment.base.errors import InputError
from cam_augment.base.stack import Stack
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.checks import check_of, unstable
from cam_augment.impact.attention.faithfulness import faithful_of, unfaithful
from cam_augment.impact.attention.focus import focus_changes
from cam_augment.impact.attention.pointing import missed_by_baselines, pointing
from cam_augment.impact.attention.sequences import (
    sequence_effects,
    sequence_points,
    succession_of,
)
from cam_augment.impact.attention.shift import attention_effects, degenerate_shares
from cam_augment.impact.attention.splits import split_noise
from cam_augment.impact.attention.strips import steadiness
from cam_augment.impact.attention.within import within_strategies
from cam_augment.impact.concepts import concepts_of, factor_effects, factor_use
from cam_augment.impact.corrections import adjust
from cam_augment.impact.gallery import probes
from cam_augment.impact.groups import groups
from cam_augment.impact.mean_maps import mean_by_image, mean_maps
from cam_augment.impact.predictions.costs import (
    cost_effects,
    cost_notices,
    cost_points,
    deciding_score,
    expected_costs,
    model_decisions,
)
from cam_augment.impact.predictions.curves import curves
from cam_augment.impact.predictions.errors import error_curves
from cam_augment.impact.predictions.gains import class_gains, gain_effects, tile_effects
from cam_augment.impact.predictions.league import league_of
from cam_augment.impact.predictions.reliability import reliability_curves
from cam_augment.impact.predictions.robustness import (
    measured_corruptions,
    robustness,
    robustness_effects,
)
from cam_augment.impact.predictors.correlation import correlations
from cam_augment.impact.predictors.savings import correlations_with_savings
from cam_augment.impact.predictors.scores import scores_of
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import (
    all_scored,
    few_images_notices,
    order_notices,
    reported,
    tile_notices,
    uneven_notices,
)
from cam_augment.impact.sequential.stages import Stages
from cam_augment.impact.turned import turned
from cam_augment.impact.verdicts import Findings, strategy_profiles
from cam_augment.plan import Plan
from cam_augment.questions import OWN, Answers, classes
from cam_augment.records import DataSet, Fit, ImpactProfile, MissingRun, Notice
from cam_augment.records.frame_pairs import frame_pairs
from cam_augment.records.provenance import mixture_notices
from cam_augment.statistics import finite_test_share
from cam_augment.store import Store

LEAST_GRID = 4
MOST_EMPTY = 0.05


def analyse(arms: Arms, answers: Answers, store: Store | None = None) -> Findings:
    """Return what the models of a study show at its present stage.

    Args:
        arms: the models that take part, as the study stands. answers: question to look to a
            loader of each run's answer, called when it is needed; the maps of every run are
            there, all else may be missing. store: the cache of expensive scores, if any.

    Raises:
        InputError: fewer than two baselines have answers; costs or parts do not fit the data, or
            more factors are asked for than there are channels or patches.
    """
    plan, baselines = arms.plan, arms.standing.stage.baselines
    if len(arms.baselines) < min(2, baselines):
        raise InputError(
            f"{plan.name}: {len(arms.baselines)} of {baselines} baselines have answers; "
            "the noise floor needs two at least"
        )
    attention, decisions = attention_effects(arms, store), model_decisions(arms, answers)
    corruptions, succession = measured_corruptions(arms, answers), succession_of(arms)
    factors = factor_use(arms, answers)
    scores = all_scored(arms, reported(arms))
    deciding = deciding_score(plan, scores, decisions)
    tests = [
        *gain_effects(arms, deciding, scores),
        *tile_effects(arms),
        *cost_effects(decisions),
        *robustness_effects(arms, corruptions),
        *factor_effects(arms, factors),
        *attention.effects,
        *sequence_effects(arms, succession),
    ]
    present = adjust(plan, arms.standing, tests)
    faithful = tuple(
        look for check in (None, *plan.checks) if (look := faithful_of(arms, check, answers))
    )
    return Findings(
        arms=arms,
        effects=tuple(map(arms.standing.with_earlier, present)),
        attention=attention,
        present=present,
        pointings=pointing(arms),
        faithful=faithful,
        curves=curves(arms),
        deciding=deciding,
        scores=scores,
        decisions=decisions,
        corruptions=corruptions,
        succession=succession,
        factors=factors,
    )


def profile(
    plan: Plan,
    data: DataSet,
    fits: Sequence[Fit],
    answers: Answers,
    missing: Sequence[MissingRun],
    provenance: Mapping,
    store: Store | None = None,
    stages: Stages | None = None,
) -> ImpactProfile:
    """Return the impact profile of the runs that have answers.

    Args:
        plan: what was asked. data: the splits. fits: the trained runs, in the plan's order.
        answers, store: as in ``analyse``.
        missing: runs without an answer. provenance: how the answers came about.
        stages: of a study, when they are over; None: the plan's first, of these runs.

    Raises:
        InputError: as ``analyse``.
    """
    maps = answers.get("maps", {})
    if stages is None:
        stages = Stages(plan)
        stages.close(analyse(Arms(plan, data, fits, maps.get(OWN, {})), answers, store))
    latest = stages.latest
    arms, effects, attention, decisions, deciding = (
        latest.arms, latest.effects, latest.attention, latest.decisions, latest.deciding
    )  # fmt: skip
    assert deciding is not None  # ``analyse`` finds it
    points = {name: score.raw for name, score in latest.scores.items()}
    points |= cost_points(decisions) | attention.points | sequence_points(latest.succession)
    points |= latest.factors.points if latest.factors else {}
    checks = tuple(
        check_of(arms, attention.effects, attention.shift_by_image, check, maps[check.label], store)
        for check in plan.checks
        if check.label in maps
    )
    strategies = strategy_profiles(stages.findings, stages.judgements)
    clusters, linkage = groups(arms.strategies, effects, plan.gain)
    strategies = tuple(
        strategy.model_copy(update={"group": clusters.get(strategy.strategy)})
        for strategy in strategies
    )
    predictors = scores_of(arms, latest.present, attention, answers, deciding)
    predicted, prediction = correlations(arms, predictors)
    by_image = mean_by_image(arms)
    return ImpactProfile(
        plan=plan,
        classes=data.classes,
        arms=tuple(arms.labels),
        strategies=strategies,
        effects=effects,
        class_gains=class_gains({k: finding.arms for k, finding in stages.findings.items()}),
        league=league_of(arms, deciding),
        correlations=predicted,
        gain_prediction=prediction,
        cost_correlations=correlations_with_savings(arms, latest.present) if decisions else (),
        costs=expected_costs(decisions),
        errors=error_curves(arms, decisions),
        stages=tuple(stages.stops) if plan.more_models else (),
        within=within_strategies(arms, attention.distances),
        points={name: _plain_by_arm(values) for name, values in points.items()},
        models=attention.models,
        distance=_rows(attention.distance),
        linkage=linkage,
        chance={**attention.chance},
        validity=_validity(arms),
        checks=checks,
        pointing=latest.pointings,
        focus=focus_changes(arms, attention.by_region),
        split_noise=split_noise(arms, attention.distance),
        faithful=latest.faithful,
        answers=_summaries(arms, answers),
        curves=latest.curves,
        reliability=reliability_curves(arms),
        robustness=robustness(arms, latest.corruptions),
        steadiness=steadiness(arms, latest.succession, effects),
        concepts=concepts_of(arms, latest.factors),
        confusion={label: _counts(arms.confusion(label)) for label in arms.labels},
        finite_test_share=_finite_test_share(arms),
        test_groups=_test_groups(arms),
        probes=probes(arms, attention.shift_by_image, by_image),
        mean_maps=mean_maps(arms, by_image),
        turned=turned(arms, by_image),
        missing=tuple(missing),
        warnings=(
            *data.notes,
            *mixture_notices(fits),
            *_poor_maps(arms),
            *(pairs.notices if (pairs := frame_pairs(data)) is not None else ()),
            *uneven_notices(plan, data),
            *tile_notices(plan, data),
            *few_images_notices(plan, data),
            *order_notices(plan, stages.judgements),
            *cost_notices(decisions, effects),
            *missed_by_baselines(latest.pointings),
            *unstable(checks),
            *unfaithful(latest.faithful),
        ),
        provenance=dict(provenance),
    )


def _test_groups(arms: Arms) -> int | None:
    """Return how many groups of test images there are; None where each counts by itself."""
    clusters = None if arms.rotates else arms.test_clusters
    return None if clusters is None else len(set(clusters.tolist()))


def _finite_test_share(arms: Arms) -> float | None:
    """Return the share of seed noise that is the finite test set's; None where models differ in
    their test images."""
    if arms.rotates:
        return None
    return finite_or_none(finite_test_share([*map(arms.right, arms.labels)], arms.test_clusters))


def _summaries(arms: Arms, answers: Answers) -> dict[str, JsonValue]:
    """Return what questions say that have no field of their own in the profile."""
    summaries = {
        kind: question.summarise(arms, answers[kind])
        for kind, question in classes().items()
        if any(answers.get(kind, {}).values())
    }
    return {kind: summary for kind, summary in summaries.items() if summary is not None}


def _validity(arms: Arms) -> dict:
    first = arms.maps(arms.baselines[0])
    return {
        "cam": first.cam,
        "layer": first.layer,
        **first.remarks,
        "target": arms.plan.cam_target,
        "grid": list(first.values.shape[1:]),
        "images": len(first.values),
        **_region_counts(arms),
        "degenerate_share": degenerate_shares(arms),
        "misclassified_share": {
            label: float(1 - arms.probe_right(label).mean())
            for label in arms.labels
            if arms.fits(label)
        },
    }


def _region_counts(arms: Arms) -> dict[str, int]:
    places = {"marked_images": arms.data.probe.masks, "outlined_images": arms.data.product}
    return {
        name: int(np.count_nonzero(Stack.of_masks(where).areas()))
        for name, where in places.items()
        if where is not None
    }


def _poor_maps(arms: Arms) -> list[Notice]:
    notices = []
    if arms.plan.architecture.settings.get("augments"):
        notices.append(Notice.of("network.augments"))
    first = arms.maps(arms.baselines[0])
    if layer := first.remarks.get("passed_over"):
        notices.append(Notice.of("maps.passed_over", layer=layer, taken=first.layer))
    rows, columns = first.values.shape[1:]
    if min(rows, columns) < LEAST_GRID:
        notices.append(Notice.of("maps.coarse", rows=rows, columns=columns))
    for label, share in degenerate_shares(arms).items():
        if share > MOST_EMPTY:
            notices.append(Notice.of("maps.empty", arm=label, share=share))
    return notices


def _counts(table: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in table)


def _rows(matrix: Iterable[np.ndarray]) -> tuple[tuple[float | None, ...], ...]:
    return tuple(_plain(row) for row in matrix)


def _plain(values: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(float(v) if np.isfinite(v) else None for v in values)


def _plain_by_arm(arms: Mapping[str, Iterable[float]]) -> dict[str, tuple[float | None, ...]]:
    return {label: _plain(values) for label, values in arms.items()}
