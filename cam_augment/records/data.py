"""Images with labels and masks, in four splits."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cam_augment.records.notices import Notice
from cam_augment.records.values import freeze


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, and masks of what matters in them where such exist.

    Attributes:
        images: float32 [image, row, column, channel] in 0..1.
        labels: int64 [image], each in 0..classes-1.
        masks: bool [image, row, column] or None; an all-False mask means "nothing marked".
    """

    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None = None

    def __post_init__(self):
        freeze(self)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Four disjoint splits: learn from, choose by, look at (probe), and judge by (test).

    Attributes:
        notes: what the report warns of: pictures left out, near duplicates across splits.
            They are not part of the fingerprint. A plain text is made a ``Notice``.
        regions: fingerprint of what a person drew on the probe set.
        product: bool [probe image, row, column], where the product itself lies, or None; all
            False: not outlined. No part of the fingerprint: no fit and no map depends on it.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    probe: Split
    test: Split
    notes: tuple[Notice, ...] = ()
    regions: str | None = None
    product: np.ndarray | None = None

    def __post_init__(self):
        notes = (Notice.text(n) if isinstance(n, str) else n for n in self.notes)
        object.__setattr__(self, "notes", tuple(notes))

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of the SHA-256 of all splits, in order."""
        hasher = hashlib.sha256()
        for split in (self.train, self.validation, self.probe, self.test):
            for array in (split.images, split.labels, split.masks):
                if array is not None:
                    hasher.update(str((array.shape, array.dtype)).encode())
                    hasher.update(np.ascontiguousarray(array).data)
        return hasher.hexdigest()[:32]

    def marked(
        self, masks: np.ndarray | None = None, product: np.ndarray | None = None
    ) -> "DataSet":
        """Return these data with other masks, or another outline of the product, or both.

        Both are of the probe images, bool [image, row, column]; what is None stays as it is.
        The fingerprint stays that of the data as loaded: neither changes a fit nor a map, so
        what the store holds of these data is theirs too. ``regions`` tells them apart.
        """
        name, probe = hashlib.sha256(), self.probe
        if masks is not None:
            name.update(_bytes(masks))
            probe = Split(probe.images, probe.labels, masks)
        if product is not None:
            name.update(b"product" + _bytes(product))
        outline = self.product if product is None else product
        other = replace(self, probe=probe, product=outline, regions=name.hexdigest()[:32])
        other.__dict__["fingerprint"] = self.fingerprint
        return other


def _bytes(masks: np.ndarray) -> bytes:
    return str(masks.shape).encode() + np.packbits(masks).tobytes()
