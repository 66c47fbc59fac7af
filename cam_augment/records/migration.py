"""Profiles of older schemas as this version reads them: plain values in, plain values out.

A step takes a profile of one schema to the next and changes no number. What later schemas hold
as a code, it decides from the numbers by the same functions as a study does.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.plan import BASELINE
from cam_augment.records import old_texts
from cam_augment.records.attention import Pointing
from cam_augment.records.effects import Effect, finding_of
from cam_augment.records.evidence import Evidence, WorstClass, rare
from cam_augment.records.reasons import reasons
from cam_augment.statistics.significance import (
    change_finding,
    loss_finding,
    prediction_finding,
    side,
)

SCHEMA = 2

Values = dict[str, Any]


def migrated(profile: Any) -> Values:
    """Return a profile, read from JSON, in today's schema.

    Raises:
        InputError: it is no profile, or of a schema that this version does not know.
    """
    version = profile.get("schema_version") if isinstance(profile, dict) else None
    if not isinstance(version, int):
        raise InputError("no impact profile: it has no schema_version")
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
        raise InputError(f"no impact profile of schema_version {version}: {error!r}") from None
    return profile


def _from_1(profile: Values) -> Values:
    """Schema 2 holds codes: of what numbers show, and in place of sentences."""
    return with_findings(_renamed(old_texts.read(profile))) | {"schema_version": 2}


# -- schema 2: findings -------------------------------------------------------------------


def _renamed(profile: Values) -> Values:
    """What predicts the gain, schema 1 called what foretells it; it had two fields ``against``
    in a correlation, of which the second alone was written.
    """
    plan = _with_names(profile["plan"], {"foretell": "predictors"})
    profile = _with_names(profile, {"foretelling": "gain_prediction"}) | {"plan": plan}
    names = {"against": "error_excess", "against_p": "error_excess_p"}
    return profile | {
        name: [_with_names(each, names) for each in profile[name]]
        for name in ("correlations", "cost_correlations")
        if name in profile
    }


def _with_names(values: Values, names: Mapping[str, str]) -> Values:
    return {names.get(name, name): value for name, value in values.items()}


def with_findings(profile: Values) -> Values:
    """Return a profile whose findings are decided anew from its numbers."""
    alpha = profile["plan"]["alpha"]
    effects = [_effect(effect, alpha) for effect in profile["effects"]]
    changes: Values = {
        "effects": effects,
        "strategies": _strategies(profile | {"effects": effects}),
        "correlations": [_correlation(each, alpha) for each in profile["correlations"]],
        "cost_correlations": [
            _correlation(each, alpha) for each in profile.get("cost_correlations", ())
        ],
        "within": [_within(each, alpha) for each in profile.get("within", ())],
        "focus": [
            _changed(each, "estimate", "p_adjusted", alpha) for each in profile.get("focus", ())
        ],
        "faithful": [_faithful(each) for each in profile.get("faithful", ())],
    }
    about = profile.get("gain_prediction")
    if about is not None:
        partials = [_changed(each, "rho", "p", alpha) for each in about.get("partials", ())]
        changes["gain_prediction"] = about | {"partials": partials}
    return profile | changes


def _effect(effect: Values, alpha: float) -> Values:
    numbers = (effect.get(name) for name in ("estimate", "low", "high", "p_adjusted"))
    return effect | {"finding": finding_of(effect["question"], *numbers, alpha)}


def _changed(record: Values, estimate: str, p: str, alpha: float) -> Values:
    return record | {"finding": change_finding(record.get(p), record.get(estimate), alpha)}


def _strategies(profile: Values) -> list[Values]:
    """Return the strategies with what they rest on; schema 1 told it in a sentence."""
    effects = [Effect.model_validate(effect) for effect in profile["effects"]]
    pointings = [Pointing.model_validate(each) for each in profile.get("pointing", ())]
    primary = f"excess_shift.{profile['plan']['primary']}"
    strategies = []
    for each in profile["strategies"]:
        worst, least = _worst_class(each, profile), each.get("smallest_gain")
        evidence = Evidence.of(each["strategy"], effects, primary, worst, least, pointings)
        strategies.append(
            {name: value for name, value in each.items() if name != "sentence"}
            | {
                "worst_class_finding": worst and worst.finding,
                "beyond_noise": evidence.findings.beyond_noise,
                "reasons": reasons(evidence),
            }
        )
    return strategies


def _worst_class(each: Values, profile: Values) -> WorstClass | None:
    name, gain, p = (each.get(f"worst_class{end}") for end in ("", "_gain", "_p"))
    if name is None:
        return None
    images = [sum(row) for row in profile["confusion"][BASELINE]]
    share = dict(zip(profile["classes"], images, strict=True))[name] / sum(images)
    return WorstClass(
        name=name,
        gain=gain,
        p=p,
        finding=loss_finding(p, gain, profile["plan"]["alpha"]),
        share=share,
        rare=rare(share, sum(count > 0 for count in images)),
    )


def _correlation(each: Values, alpha: float) -> Values:
    excess, p = each.get("error_excess"), each.get("error_excess_p")
    q2 = (each.get("q2_p"), each.get("q2")) if each["primary"] else (None, None)
    return _changed(each, "rho", "p", alpha) | {
        "prediction": prediction_finding(*q2, alpha),
        "error_excess_finding": change_finding(p, excess, alpha),
    }


def _within(each: Values, alpha: float) -> Values:
    classes = change_finding(each.get("p_classes_adjusted"), each.get("rho_classes"), alpha)
    return _changed(each, "rho", "p_adjusted", alpha) | {"finding_classes": classes}


def _faithful(each: Values) -> Values:
    tests = {"deletion": 1, "insertion": -1}  # the side on which the other order is better
    return each | {test: _removal(each[test], worse) for test, worse in tests.items()}


def _removal(removal: Values, worse: int) -> Values:
    sides = {name: side(d.get("low"), d.get("high")) for name, d in removal["against"].items()}
    return removal | {"worse": [name for name, found in sides.items() if found == worse]}


STEPS: dict[int, Callable[[Values], Values]] = {1: _from_1}
