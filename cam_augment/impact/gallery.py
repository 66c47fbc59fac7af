"""Probe images to show: of every class the one whose attention moves typically, and errors."""

import base64
import io
from collections.abc import Mapping
from typing import Literal

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.records import Probe


def probes(arms: Arms, shift_by_image: dict[str, np.ndarray]) -> tuple[Probe, ...]:
    """Return, for each of the first classes, the image with the class's median shift; then errors.

    The errors are the images that most models misread, arms counting alike, of two alike the
    first. The rules leave nothing to taste: neither the prettiest nor the most dramatic image.
    The plan's ``gallery`` is how many there are of each kind at most.
    """
    most = arms.plan.gallery
    mean = {label: _mean_map(arms.stacks(label)) for label in arms.labels if arms.fits(label)}
    right = {label: arms.probe_right(label).mean(axis=0) for label in mean}
    typical = _typical(arms.data.probe.labels, shift_by_image, most)
    misread = _misread(right, set(typical), most)
    return (
        *(_probe(arms, index, mean, right, "typical") for index in typical),
        *(_probe(arms, index, mean, right, "misread") for index in misread),
    )


def _typical(labels: np.ndarray, shift_by_image: dict[str, np.ndarray], most: int) -> list[int]:
    shift = np.zeros(len(labels))
    if shift_by_image:
        shift = np.mean([np.nan_to_num(values) for values in shift_by_image.values()], axis=0)
    chosen = []
    for label in np.unique(labels)[:most]:
        members = np.flatnonzero(labels == label)
        by_shift = members[np.argsort(shift[members], kind="stable")]
        chosen.append(int(by_shift[len(by_shift) // 2]))
    return chosen


def _misread(right: dict[str, np.ndarray], typical: set[int], most: int) -> list[int]:
    """Return the images that most models misread, worst first; none that all read rightly."""
    wrong = 1 - np.mean(list(right.values()), axis=0)
    order = np.argsort(-wrong, kind="stable")
    return [int(i) for i in order if wrong[i] > 0 and int(i) not in typical][:most]


def _mean_map(stacks: list[np.ndarray]) -> np.ndarray:
    """Return the mean over runs of maps divided by their sum [image, row, column]."""
    total = [stack.sum(axis=(1, 2), keepdims=True) for stack in stacks]
    shares = [
        np.divide(stack, t, out=np.zeros_like(stack), where=t > 0)
        for stack, t in zip(stacks, total, strict=True)
    ]
    return np.mean(shares, axis=0)


def _probe(
    arms: Arms,
    index: int,
    mean: Mapping[str, np.ndarray],
    right: Mapping[str, np.ndarray],
    why: Literal["typical", "misread"],
) -> Probe:
    data = arms.data.probe
    mask = None if data.masks is None or not data.masks[index].any() else data.masks[index]
    return Probe(
        index=index,
        label=arms.data.classes[data.labels[index]],
        image=png(data.images[index]),
        maps={label: _cells(maps[index]) for label, maps in mean.items()},
        right={label: float(shares[index]) for label, shares in right.items()},
        mask=None if mask is None else tuple(tuple(int(v) for v in row) for row in mask),
        why=why,
    )


def _cells(cells: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(round(float(v), 6) for v in row) for row in cells)


def png(image: np.ndarray) -> str:
    """Return an image, float [row, column, channel], as PNG in base64.

    Values in 0..1 are shown as they are, others stretched to that range; more or fewer
    channels than a colour image has are shown as their mean.
    """
    from PIL import Image

    if image.min() < 0 or image.max() > 1:
        image = (image - image.min()) / max(float(np.ptp(image)), 1e-12)
    if image.shape[-1] != 3:
        image = image.mean(axis=-1, keepdims=True)
    pixels = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
