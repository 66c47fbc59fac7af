"""Migrates profiles of older schemas: plain values in, plain values out.

A step takes a profile of one schema to the next and changes no number. Codes that later schemas
hold are decided from the numbers, by the same functions as in a study.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cam_augment.base.errors import InputError
from cam_augment.records import old_texts
from cam_augment.records.effects import finding_of
from cam_augment.records.notices import Notice
from cam_augment.statistics.significance import change_finding, prediction_finding, side

SCHEMA: Final = 5

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
    """Add findings, and put codes in place of sentences: schema 2 holds both.

    What a verdict rested on stays the text that it was.
    """
    profile = with_findings(_rename_fields(old_texts.read(profile)))
    strategies = [_with_text(strategy) for strategy in profile["strategies"]]
    return profile | {"schema_version": 2, "strategies": strategies}


def _with_text(strategy: Values) -> Values:
    """Put the sentence of a verdict, less the verdict itself, in place of its reasons."""
    text = strategy["sentence"].removeprefix(f"{strategy['verdict']}: ")
    rest = {name: value for name, value in strategy.items() if name != "sentence"}
    return rest | {"reasons": (Notice.text(text),)}


def _from_2(profile: Values) -> Values:
    """Keep the verdicts as old ones: what schema 3 asks cannot be told from these numbers.

    The variance over models and test images that a claim against a margin rests on is not in
    a profile. Its store has it: made anew from there, the profile has verdicts of today.
    """
    dropped = ("worst_class_finding", "beyond_noise")
    strategies = [
        {name: value for name, value in strategy.items() if name not in dropped}
        | {"verdict": None, "old_verdict": strategy["verdict"]}
        for strategy in profile["strategies"]
    ]
    warnings = [Notice.of("verdicts.old"), *profile.get("warnings", ())]
    return profile | {"schema_version": 3, "strategies": strategies, "warnings": warnings}


def _from_3(profile: Values) -> Values:
    """Rename rounds as stages; those of before kept their baselines throughout."""
    dropped = ("adaptive", "budget")
    plan = {name: value for name, value in profile["plan"].items() if name not in dropped}
    baselines = plan["baselines"]
    stops = [
        {"strategy": stop["strategy"], "stage": stop["round"], "models": stop["models"],
         "baselines": baselines, "reason": STOPS[stop["reason"]]}
        for stop in profile.get("rounds", ())
    ]  # fmt: skip
    rest = {name: value for name, value in profile.items() if name != "rounds"}
    return rest | {"schema_version": 4, "plan": plan, "stages": stops}


def _from_4(profile: Values) -> Values:
    """Name the decisions that arms were judged by: the fitted ones, where there were any."""
    costs = profile.get("costs")
    if costs is None:
        return profile | {"schema_version": 5}
    rule = "fitted" if costs["fitted"] else "argmax"
    arms = [arm | {"rule": rule} for arm in costs["arms"]]
    return profile | {"schema_version": 5, "costs": costs | {"arms": arms}}


STOPS = {"certain": "decided", "unlikely": "otherwise", "budget": "budget", "all": "last"}


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


STEPS: dict[int, Callable[[Values], Values]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}
