"""The page's gallery: a card for each probe image, a tile for each arm."""

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Probe
from cam_augment.report import words
from cam_augment.report.figures.tiles import (
    colours_uri,
    contrast,
    difference,
    map_uri,
    outline,
    outline_uri,
    over,
    photograph,
    photograph_uri,
    ramp,
)
from cam_augment.report.language import say
from cam_augment.report.parts import Card, Gallery, Tile

MOST_BYTES = 10_000_000  # of the cards together: the page must open on a phone
LEFT_OUT = "{count} more are in profile.json but not on this page."
PHOTOGRAPH = 256  # pixels of the longest side on the page


def cards_of(profile: ImpactProfile, limit: float, spread: float) -> Gallery:
    """Return the cards of the probe images, as many as the page can bear, and the scales."""
    even = np.linspace(0, 1, 64)[None, :]
    made = (_card(profile, probe, limit, spread) for probe in profile.probes)
    cards = _bearable(card for card in made if card)
    left = len(profile.probes) - len(cards)
    return Gallery(
        cards=cards,
        arms=tuple(words.visible(arm) for arm in profile.arms),
        map_scale=colours_uri(over(np.zeros((1, 64, 3)), ramp(even))),
        map_limit=f"{limit:g}",
        difference_scale=colours_uri(contrast(2 * even - 1, 1, np.zeros((1, 64)))),
        difference_limit=f"{spread:g}",
        study=profile.plan.name,
        fingerprint=_fingerprint(profile),
        left_out=say(LEFT_OUT, count=left) if left else "",
    )


def _bearable(cards) -> tuple[Card, ...]:
    kept, total = [], 0
    for card in cards:
        total += len(card.image) + len(card.outline or "")
        total += sum(len(tile.map) + len(tile.difference or "") for tile in card.tiles)
        if total > MOST_BYTES and kept:
            break
        kept.append(card)
    return tuple(kept)


def _fingerprint(profile: ImpactProfile) -> str:
    data = profile.provenance.get("data")
    return words.visible(data.get("fingerprint", "")) if isinstance(data, dict) else ""


def _card(profile: ImpactProfile, probe: Probe, limit: float, spread: float) -> Card | None:
    whole = photograph(probe, None)
    if whole is None:
        return None
    edges = outline(photograph(probe))
    runs = {s.strategy: s.runs for s in profile.strategies} | {BASELINE: _baselines(profile)}
    arms = [arm for arm in profile.arms if arm in probe.maps]
    return Card(
        index=probe.index,
        label=words.visible(probe.label),
        why=probe.why,
        rows=whole.shape[0],
        columns=whole.shape[1],
        image=photograph_uri(whole, PHOTOGRAPH),
        outline=outline_uri(probe.mask) if probe.mask else None,
        tiles=tuple(_tile(probe, arm, limit, spread, edges, runs[arm]) for arm in arms),
    )


def _baselines(profile: ImpactProfile) -> int:
    return profile.models.count(BASELINE) or profile.plan.baselines


def _tile(probe, arm: str, limit: float, spread: float, edges, runs: int) -> Tile:
    change = difference(probe, arm)
    share = probe.right.get(arm)
    return Tile(
        arm=words.visible(arm),
        right=say("{right} of {all} right", right=round(share * runs), all=runs)
        if words.known(share)
        else "",
        reading=("right" if share > 0.5 else "wrong") if words.known(share) else "unknown",
        map=map_uri(probe.maps[arm], limit),
        difference=None if change is None else colours_uri(contrast(change, spread, edges)),
    )
