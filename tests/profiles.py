"""A believable impact profile without any training, for the tests of the report.

The strategies' numbers are those measured on MNIST in the study's design; everything else
is drawn around them from one seeded generator.
"""

from functools import cache

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from cam_augment.plan import Plan
from cam_augment.records import (
    Effect,
    ImpactProfile,
    MissingRun,
    Notice,
)
from cam_augment.records.migration import with_findings
from tests.example.answers import (
    SPLIT_NOISE,
    check_of,
    confusion_of,
    error_curves,
    expected_costs,
    faithfulness_of,
    focus_records,
    pointing_records,
    provenance_record,
    robustness_of,
    search_record,
    steadiness_of,
)
from tests.example.concepts import concepts_of, factor_effects
from tests.example.effects import (
    changes_of_frames,
    pair_effects,
    points_of,
    points_of_frames,
    robust_gains,
    savings,
    scalar_effects,
    scalars_of,
)
from tests.example.measured import (
    FLOOR,
    MEASURED,
    METRICS,
    SIZES,
)
from tests.example.pictures import (
    mean_maps,
    notes_on_maps,
    probe,
    turned_images,
)
from tests.example.relations import (
    correlations_with_gains,
    league_of_metrics,
    prediction_of_gains,
    relations_within,
)
from tests.example.strategies import (
    curve_of,
    distances_between,
    gains_of_classes,
    reliability_of,
    stop_of,
    strategy_profiles,
)


def example_plan(**changes) -> Plan:
    """Return the plan of the example: the default study."""
    fields = {"name": "example", "strategies": list(MEASURED), "metrics": METRICS}
    return Plan.make(fields | changes)


def changed(profile, name: str, **fields):
    """Return a profile with other fields of one strategy."""
    return profile.model_copy(
        update={
            "strategies": tuple(
                s.model_copy(update=fields) if s.strategy == name else s for s in profile.strategies
            )
        }
    )


@cache
def example_profile(masked: bool = False) -> ImpactProfile:
    """Return the default study's profile as if it had been run; ``masked``: with focus."""
    rng = np.random.default_rng(7)
    arms = ("baseline", *MEASURED)
    classes = tuple(str(d) for d in range(10))
    scalars = scalars_of(rng, masked)
    effects = (
        scalar_effects(scalars)
        + pair_effects(rng)
        + ([*savings(), *robust_gains(), *changes_of_frames(), *factor_effects()] if masked else [])
    )
    result = {(e.strategy, e.question): e for e in effects}
    features = [
        [row[0] / 0.002, (2 * row[1] - row[2] - FLOOR) / 0.02, row[3] / 0.005]
        for row in MEASURED.values()
    ]
    tree = linkage(np.array(features), "average")
    models, distance = distances_between(rng)
    class_gains = gains_of_classes(rng, classes)
    profile = ImpactProfile(
        plan=example_plan(more_models=[2] if masked else []),
        classes=classes,
        arms=arms,
        strategies=tuple(strategy_profiles(result, fcluster(tree, 4, "maxclust"), class_gains)),
        effects=tuple(effects),
        class_gains=tuple(class_gains),
        league=league_of_metrics(),
        correlations=tuple(correlations_with_gains()),
        gain_prediction=prediction_of_gains(np.random.default_rng(11)),
        within=tuple(relations_within(rng)),
        split_noise=SPLIT_NOISE,
        stages=tuple(map(stop_of, MEASURED)) if masked else (),
        costs=expected_costs(arms, classes) if masked else None,
        errors=error_curves(arms) if masked else None,
        cost_correlations=tuple(correlations_with_gains())[:3] if masked else (),
        checks=(check_of("layercam", ("contrast",)), check_of("target=predicted", ())),
        faithful=(faithfulness_of("gradcam", is_own=True), faithfulness_of("layercam")),
        points=points_of(rng, scalars) | (points_of_frames() if masked else {}),
        models=models,
        distance=tuple(map(tuple, distance)),
        linkage=tuple(tuple(float(v) for v in row) for row in tree),
        chance={name: chance for name, (_, chance) in SIZES.items()},
        validity={
            "cam": "gradcam",
            "layer": "last_convolution",
            "grid": [7, 7],
            "images": 500,
            "degenerate_share": {arm: 0.0005 * i for i, arm in enumerate(arms)},
            "misclassified_share": dict.fromkeys(arms, 0.069),
        },
        curves=tuple(curve_of(arm, rng) for arm in arms),
        reliability=tuple(map(reliability_of, ("baseline", *MEASURED))),
        confusion=confusion_of(rng, classes),
        concepts=concepts_of(arms) if masked else None,
        robustness=robustness_of(arms) if masked else None,
        steadiness=steadiness_of() if masked else None,
        search=search_record([arm for arm in arms[1:] if arm != "identity"]) if masked else None,
        finite_test_share=0.56,
        probes=tuple(probe(i, arms, rng, masked) for i in range(10)),
        mean_maps=tuple(mean_maps(arms, classes)),
        turned=tuple(turned_images(arms)),
        notes=notes_on_maps(arms) if masked else (),
        missing=(),
        pointing=tuple(pointing_records(arms, classes, rng)) if masked else (),
        focus=tuple(focus_records(classes)) if masked else (),
        warnings=(),
        provenance=provenance_record(),
    )
    return decided(profile)


def few_drawings(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose report has few figures, since drawing them takes time."""
    empty = ("curves", "models", "distance", "correlations", "probes", "faithful")
    return profile.model_copy(update=dict.fromkeys(empty, ()) | {"split_noise": None})


def decided(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose findings follow from its numbers, as those of a study do."""
    return ImpactProfile.model_validate(with_findings(profile.model_dump()))


HOSTILE = (
    "<script>alert(1)</script>", "a\x07b\n| c", "50 % of $x_1$ & {y}~^\\", "\u202eesrever",
    "'\"><img src=x onerror=alert(1)>", "../../../outside", "</script><b>",
)  # fmt: skip


def troubled_profile() -> ImpactProfile:
    """Return a profile with masks, a missing run, missing values and hostile class names."""
    profile = example_profile(masked=True)
    names = dict(zip(profile.classes, HOSTILE, strict=False))
    unmeasured = ("rotation", "excess_shift.pearson"), ("zoom", "spread"), ("zoom", "focus")
    return profile.model_copy(
        update={
            "classes": tuple(names.get(c, c) for c in profile.classes),
            "class_gains": tuple(
                g.model_copy(update={"name": names.get(g.name, g.name)})
                for g in profile.class_gains
            ),
            "probes": tuple(
                p.model_copy(update={"label": names.get(p.label, p.label)}) for p in profile.probes
            ),
            "mean_maps": tuple(
                m.model_copy(update={"name": names.get(m.name, m.name)}) for m in profile.mean_maps
            ),
            "strategies": tuple(
                s.model_copy(update={"runs": 3, "worst_class": names.get(s.worst_class)})
                if s.strategy == "rotation"
                else s.model_copy(update={"worst_class": names.get(s.worst_class, s.worst_class)})
                for s in profile.strategies
            ),
            "effects": tuple(
                Effect(strategy=e.strategy, question=e.question)
                if (e.strategy, e.question) in unmeasured
                else e
                for e in profile.effects
            ),
            "missing": (
                MissingRun(
                    run="rotation #3",
                    strategy="rotation",
                    reason=Notice.text("out of memory <b>"),
                ),
            ),
            "warnings": (Notice.of("models.mixed", name="keras", values=["3.15.0", "3.15.1"]),),
            "validity": {"layer": "last_convolution"},
        }
    )
