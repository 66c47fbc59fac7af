"""Migrates profiles of older schemas: plain values in, plain values out.

A step takes a profile of one schema to the next and changes no number. Codes that later schemas
hold are decided from the numbers, by the same functions as in a study.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cam_augment.base.errors import InputError
from cam_augment.plan import BASELINE
from cam_augment.records import old_texts
from cam_augment.records.attention import Pointing
from cam_augment.records.effects import Effect, finding_of
from cam_augment.records.evidence import Evidence, WorstClass, is_rare
from cam_augment.records.reasons import reasons
from cam_augment.statistics.significance import (
    change_finding,
    loss_finding,
    prediction_finding,
    side,
)

SCHEMA: Final = 2

Values = dict[str, Any]


def migrate(profile: Any) -> Values:
    """Return a profile, as read from JSON, in the current schema.

    Raises:
        InputError: it is not a profile, or has a schema that this version does not know.
    """
    version = profile.get("schema_version") if isinstance(profile, dict) else None
    if not isinstance(version, int):
        raise InputError("not an impact profile: it has no schema_version")
    if version != SCHEMA and version not in STEPS:
        raise InputError(
            f"it has schema_version {version}; this version of cam-augment reads "
            f"{', '.join(map(str, STEPS))} and {SCHEMA}. Install the version that wrote it, or "
            "make the report anew from its store (--report-only)"
        )
    try:
        while version != SCHEMA:
            profile = STEPS[version](profile)
            version = profile["schema_version"]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not an impact profile of schema_version {version}: {error!r}") from None
    return profile


def _from_1(profile: Values) -> Values:
    """Add findings, and put codes in place of sentences: schema 2 holds both."""
    return with_findings(_rename_fields(old_texts.read(profile))) | {"schema_version": 2}


# -- schema 2: findings -------------------------------------------------------------------


def _rename_fields(profile: Values) -> Values:
    """Rename what schema 1 called otherwise.

    Its correlations had two fields ``against``; only the second of them was ever written.
    """
    plan = _with_names(profile["plan"], {"foretell": "predictors"})
    profile = _with_names(profile, {"foretelling": "gain_prediction"}) | {"plan": plan}
    names = {"against": "error_excess", "against_p": "error_excess_p"}
    return profile | {
        field: [_with_names(correlation, names) for correlation in profile[field]]
        for field in ("correlations", "cost_correlations")
        if field in profile
    }


def _with_names(values: Values, names: Mapping[str, str]) -> Values:
    return {names.get(name, name): value for name, value in values.items()}


def with_findings(profile: Values) -> Values:
    """Return a profile with all findings decided anew from its numbers."""
    alpha = profile["plan"]["alpha"]
    effects = [_effect(effect, alpha) for effect in profile["effects"]]

    def records(field: str) -> Iterable[Values]:
        return profile.get(field, ())

    changes: Values = {
        "effects": effects,
        "strategies": _strategies(profile | {"effects": effects}),
        "correlations": [_correlation(record, alpha) for record in profile["correlations"]],
        "cost_correlations": [_correlation(r, alpha) for r in records("cost_correlations")],
        "within": [_within(record, alpha) for record in records("within")],
        "focus": [_with_change(r, "estimate", "p_adjusted", alpha) for r in records("focus")],
        "faithful": [_faithful(record) for record in records("faithful")],
    }
    prediction = profile.get("gain_prediction")
    if prediction is not None:
        partials = [_with_change(r, "rho", "p", alpha) for r in prediction.get("partials", ())]
        changes["gain_prediction"] = prediction | {"partials": partials}
    return profile | changes


def _effect(effect: Values, alpha: float) -> Values:
    estimate, low, high, p = (effect.get(n) for n in ("estimate", "low", "high", "p_adjusted"))
    return effect | {"finding": finding_of(effect["question"], estimate, low, high, p, alpha)}


def _with_change(record: Values, estimate: str, p: str, alpha: float) -> Values:
    return record | {"finding": change_finding(record.get(p), record.get(estimate), alpha)}


def _strategies(profile: Values) -> list[Values]:
    """Return the strategies with codes of what their verdicts rest on, instead of a sentence."""
    effects = [Effect.model_validate(effect) for effect in profile["effects"]]
    pointings = [Pointing.model_validate(pointing) for pointing in profile.get("pointing", ())]
    primary = f"excess_shift.{profile['plan']['primary']}"
    strategies = []
    for strategy in profile["strategies"]:
        worst, least = _worst_class(strategy, profile), strategy.get("smallest_gain")
        evidence = Evidence.of(strategy["strategy"], effects, primary, worst, least, pointings)
        strategies.append(
            {name: value for name, value in strategy.items() if name != "sentence"}
            | {
                "worst_class_finding": worst and worst.finding,
                "beyond_noise": evidence.findings.beyond_noise,
                "reasons": reasons(evidence),
            }
        )
    return strategies


def _worst_class(strategy: Values, profile: Values) -> WorstClass | None:
    name, p = strategy.get("worst_class"), strategy.get("worst_class_p")
    if name is None:
        return None
    gain = strategy["worst_class_gain"]
    images = [sum(row) for row in profile["confusion"][BASELINE]]
    share = dict(zip(profile["classes"], images, strict=True))[name] / sum(images)
    return WorstClass(
        name=name,
        gain=gain,
        p=p,
        finding=loss_finding(p, gain, profile["plan"]["alpha"]),
        share=share,
        rare=is_rare(share, sum(count > 0 for count in images)),
    )


def _correlation(correlation: Values, alpha: float) -> Values:
    excess, p = correlation.get("error_excess"), correlation.get("error_excess_p")
    primary = correlation["primary"]
    q2, q2_p = (correlation.get(name) if primary else None for name in ("q2", "q2_p"))
    return _with_change(correlation, "rho", "p", alpha) | {
        "prediction": prediction_finding(q2_p, q2, alpha),
        "error_excess_finding": change_finding(p, excess, alpha),
    }


def _within(within: Values, alpha: float) -> Values:
    p, rho = within.get("p_classes_adjusted"), within.get("rho_classes")
    finding = change_finding(p, rho, alpha)
    return _with_change(within, "rho", "p_adjusted", alpha) | {"finding_classes": finding}


def _faithful(faithful: Values) -> Values:
    tests = {"deletion": 1, "insertion": -1}  # the side on which the other order is better
    return faithful | {test: _removal(faithful[test], worse) for test, worse in tests.items()}


def _removal(removal: Values, worse: int) -> Values:
    sides = {name: side(d.get("low"), d.get("high")) for name, d in removal["against"].items()}
    return removal | {"worse": [name for name, end in sides.items() if end == worse]}


STEPS: dict[int, Callable[[Values], Values]] = {1: _from_1}
