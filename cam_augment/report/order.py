"""One order of strategies for the whole report: best verdict first, then by gain."""

from collections.abc import Iterable
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import queries

OF_ARMS = (
    "class_gains", "curves", "pointing", "focus", "within", "stages", "mean_maps", "reliability",
)  # fmt: skip


def in_one_order(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose arms are in the order of ``queries.ranked``; no number changes.

    Files for programs and papers keep the plan's order.
    """
    ranked = queries.ranked(profile)
    places = {strategy.strategy: place for place, strategy in enumerate(ranked)}
    fields: dict[str, Any] = {name: _sorted(getattr(profile, name), places) for name in OF_ARMS}
    if profile.costs is not None:
        arms = _sorted(profile.costs.arms, places)
        fields["costs"] = profile.costs.model_copy(update={"arms": arms})
    return profile.model_copy(
        update={
            **fields,
            "strategies": tuple(ranked),
            "arms": tuple(sorted(profile.arms, key=lambda arm: places.get(arm, -1))),
            "linkage": _leaves_renamed(profile, places),
        }
    )


def _sorted(records: Iterable[Any], places: dict[str, int]) -> tuple[Any, ...]:
    """Return records in the order of their arms; the baselines' first."""

    def place(record: Any) -> int:
        return places.get(getattr(record, "strategy", "") or getattr(record, "arm", BASELINE), -1)

    return tuple(sorted(records, key=place))


def _leaves_renamed(
    profile: ImpactProfile, places: dict[str, int]
) -> tuple[tuple[float, float, float, float], ...]:
    """Return the tree of strategies, whose leaves are places among ``strategies``."""
    new = [places[strategy.strategy] for strategy in profile.strategies]

    def leaf(node: float) -> float:
        return float(new[int(node)]) if node < len(new) else node

    return tuple((leaf(a), leaf(b), distance, size) for a, b, distance, size in profile.linkage)
