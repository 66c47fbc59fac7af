"""Whether a verdict stands, whatever more models of a strategy may show."""

from collections.abc import Collection, Mapping
from itertools import product
from typing import Literal, get_args

from cam_augment.impact.rules import verdict
from cam_augment.impact.sequential.readings import FOCUS, GAIN, SHIFT, WORST
from cam_augment.records.evidence import Findings
from cam_augment.statistics.significance import Change, Finding, Gain, Loss, Shift

# Question to what it may come to show.
OUTCOMES = {GAIN: get_args(Gain), SHIFT: get_args(Shift), WORST: get_args(Loss),
            FOCUS: get_args(Change)}  # fmt: skip


def stop_reason(
    findings: Mapping[str, Finding], hopeless: Collection[str]
) -> Literal["certain", "unlikely"] | None:
    """Return why the verdict would be the same whatever open questions come to show.

    Args:
        findings: question to its finding, of questions that are beyond noise.
        hopeless: questions that would hardly come to be, with all models.

    Returns:
        ``certain``: by what is shown alone. ``unlikely``: if what is hopeless stays within
        noise. None: the verdict may still change.

    >>> stop_reason({"gain": "loses"}, ()), stop_reason({"gain": "gains"}, ("worst",))
    ('certain', None)
    >>> stop_reason({"gain": "gains"}, ("worst", "focus"))
    'unlikely'
    """
    if len(_possible(findings)) == 1:
        return "certain"
    quiet: dict[str, Finding] = dict.fromkeys(hopeless, "within noise")
    return "unlikely" if len(_possible({**quiet, **findings})) == 1 else None


def _possible(findings: Mapping[str, Finding]) -> set[str]:
    """Return the verdicts that some findings of all other questions would lead to."""
    codes = [(findings[name],) if name in findings else OUTCOMES[name] for name in OUTCOMES]
    return {
        verdict(Findings(**dict(zip(OUTCOMES, codes, strict=True)))) for codes in product(*codes)
    }
