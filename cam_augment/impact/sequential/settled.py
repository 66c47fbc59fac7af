"""Whether a verdict stands, whatever more models of a strategy may show."""

from collections.abc import Collection, Mapping
from itertools import product
from typing import Literal, get_args

from cam_augment.impact.judging import LEAST_MODELS, judge
from cam_augment.impact.sequential.readings import FOCUS, GAIN, WORST
from cam_augment.records.claims import Claims
from cam_augment.statistics.significance import Change, Finding, Gain

# Question to what it may come to show. What attention does by itself decides nothing.
OUTCOMES: dict[str, tuple[Finding, ...]] = {
    GAIN: get_args(Gain),
    WORST: ("loses", "within noise"),
    FOCUS: get_args(Change),
}


def stop_reason(
    findings: Mapping[str, Finding], hopeless: Collection[str], models: int = LEAST_MODELS
) -> Literal["certain", "unlikely"] | None:
    """Return why the verdict would be the same whatever open questions come to show.

    Args:
        findings: question to its finding, of questions that are beyond noise.
        hopeless: questions that would hardly come to be, with all models.
        models: of the strategy by now; what would be adopted with more is not settled.

    Returns:
        ``certain``: by what is shown alone. ``unlikely``: if what is hopeless stays within
        noise. None: the verdict may still change.

    >>> stop_reason({"gain": "loses"}, ()), stop_reason({"gain": "gains"}, ("worst",))
    ('certain', None)
    >>> stop_reason({"gain": "gains"}, ("worst", "focus"))
    'unlikely'
    """
    if _is_settled(_possible(findings), models):
        return "certain"
    quiet: dict[str, Finding] = dict.fromkeys(hopeless, "within noise")
    return "unlikely" if _is_settled(_possible({**quiet, **findings}), models) else None


def _is_settled(verdicts: Collection[str], models: int) -> bool:
    return len(verdicts) == 1 and ("adopt" not in verdicts or models >= LEAST_MODELS)


def _possible(findings: Mapping[str, Finding]) -> set[str]:
    """Return the verdicts that some findings of all other questions would lead to.

    What is not beyond noise is undecided here: it may be told from a margin only at the end.
    """
    codes = [(findings[name],) if name in findings else OUTCOMES[name] for name in OUTCOMES]
    return {judge(_claims(*row)).verdict for row in product(*codes)}


def _claims(gain: Finding, worst: Finding, focus: Finding) -> Claims:
    side: Gain = "gains" if gain == "gains" else "loses" if gain == "loses" else "within noise"
    return Claims(gain=side, surely=("any",) * (worst == "loses"), leaves=focus == "falls")
