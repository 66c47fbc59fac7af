"""The page's gallery: a card for each probe image, a panel for each arm."""

from collections.abc import Iterable

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Probe
from cam_augment.records.notes import Note
from cam_augment.report import queries, words
from cam_augment.report.figures.panels import (
    colours_uri,
    difference,
    difference_uri,
    edges_uri,
    map_uri,
    outline,
    outline_uri,
    over,
    photograph,
    photograph_uri,
    ramp,
    signed_colours,
)
from cam_augment.report.language import say
from cam_augment.report.parts import Card, Gallery, Panel

MOST_BYTES = 10_000_000  # of the cards together: the page must open on a phone
LEFT_OUT = "{count} more are in profile.json but not on this page."
PHOTOGRAPH = 256  # pixels of the longest side on the page


def cards_of(profile: ImpactProfile, limit: float, spread: float) -> Gallery:
    """Return the cards of the probe images, as many as the page can bear, and the scales."""
    even = np.linspace(0, 1, 64)[None, :]
    drafts = (_card(profile, probe, limit, spread) for probe in profile.probes)
    cards = _bearable(card for card in drafts if card)
    rest = len(profile.probes) - len(cards)
    return Gallery(
        cards=cards,
        arms=tuple(words.visible(arm) for arm in profile.arms),
        map_scale=colours_uri(over(np.zeros((1, 64, 3)), ramp(even))),
        map_limit=f"{limit:g}",
        difference_scale=colours_uri(signed_colours(2 * even - 1)),
        difference_limit=f"{spread:g}",
        study=profile.plan.name,
        fingerprint=_fingerprint(profile),
        left_out=say(LEFT_OUT, count=rest) if rest else "",
    )


def _bearable(cards: Iterable[Card]) -> tuple[Card, ...]:
    """Return the first cards, as many as the page can bear, but one at least."""
    first: list[Card] = []
    total = 0
    for card in cards:
        total += len(card.image) + len(card.outline or "") + len(card.edges)
        total += sum(len(panel.map) + len(panel.difference or "") for panel in card.panels)
        if total > MOST_BYTES and first:
            break
        first.append(card)
    return tuple(first)


def _fingerprint(profile: ImpactProfile) -> str:
    data = profile.provenance.get("data")
    return words.visible(data.get("fingerprint", "")) if isinstance(data, dict) else ""


def _card(profile: ImpactProfile, probe: Probe, limit: float, spread: float) -> Card | None:
    picture, panel = photograph(probe, None), photograph(probe)
    if picture is None or panel is None:
        return None
    runs = {s.strategy: s.runs for s in profile.strategies} | {BASELINE: queries.baselines(profile)}
    arms = [arm for arm in profile.arms if arm in probe.maps]
    notes = {(note.image, note.arm): note for note in profile.notes}
    return Card(
        index=probe.index,
        label=words.visible(probe.label),
        why=probe.why,
        rows=picture.shape[0],
        columns=picture.shape[1],
        image=photograph_uri(picture, PHOTOGRAPH),
        outline=outline_uri(probe.mask) if probe.mask else None,
        edges=edges_uri(outline(panel)),
        panels=tuple(
            _panel(probe, arm, limit, spread, runs[arm], notes.get((probe.index, arm)))
            for arm in arms
        ),
        picture=words.visible(probe.picture or ""),
    )


def _panel(
    probe: Probe,
    arm: str,
    limit: float,
    spread: float,
    runs: int,
    note: Note | None,
) -> Panel:
    change = difference(probe, arm)
    share = probe.right.get(arm)
    return Panel(
        arm=words.visible(arm),
        label=arm,
        right=say("{right} of {all} right", right=round(share * runs), all=runs)
        if words.is_known(share)
        else "",
        reading=("right" if share > 0.5 else "wrong") if words.is_known(share) else "unknown",
        map=map_uri(probe.maps[arm], limit),
        difference=None if change is None else difference_uri(change, spread),
        mark=note.mark if note else "",
        note=note.text if note else "",
    )
