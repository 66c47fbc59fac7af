"""The numbers of a profile by name, as trackers hold them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report.words import is_known


def of_strategy(profile: ImpactProfile, strategy: str) -> dict[str, float]:
    """Return a strategy's effects: ``gain``, ``gain.low``, ``gain.high``, ``gain.p_adjusted``."""
    numbers: dict[str, float] = {}
    for effect in profile.effects:
        if effect.strategy == strategy:
            name = effect.question
            values = {
                name: effect.estimate,
                f"{name}.low": effect.low,
                f"{name}.high": effect.high,
                f"{name}.p_adjusted": effect.p_adjusted,
            }
            numbers |= {key: value for key, value in values.items() if is_known(value)}
    return numbers


def of_baselines(profile: ImpactProfile) -> dict[str, float]:
    """Return the baselines' means, one for each question that one model answers alone."""
    numbers = {}
    for question, points in profile.points.items():
        values = [value for value in points.get(BASELINE, ()) if is_known(value)]
        if values:
            numbers[question] = math.fsum(values) / len(values)
    return numbers


def settings(profile: ImpactProfile) -> dict[str, str]:
    """Return the plan's fields by dotted name, those without a value left out."""
    return dict(_flat(profile.plan.model_dump(mode="json", exclude_none=True)))


def _flat(fields: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{head}{name}.")
        else:
            yield f"{head}{name}", str(value)
