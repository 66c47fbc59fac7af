"""Images with labels and masks, in four splits."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cam_augment.base.mapped import Mapped
from cam_augment.base.stack import Stack
from cam_augment.plan import digest
from cam_augment.records.hashes import hash_of
from cam_augment.records.notices import Notice
from cam_augment.records.sequences import Sequences
from cam_augment.records.thumbs import Thumbs
from cam_augment.records.tiles import Tiles
from cam_augment.records.values import freeze

SPLITS = ("train", "validation", "probe", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, and masks of what matters in them where there are any.

    Images and masks are a ``Stack``, which is made of an array where one is passed: its numbers
    exist only for what is read of it.

    Attributes:
        images: read as float32 [image, row, column, channel] in 0..1; an array is that, or uint8
            or uint16 from black to white.
        labels: int64 [image], each in 0..classes-1.
        masks: bool [image, row, column] or None; an all-False mask means "nothing marked".
        groups: int [image], the same number for pictures that belong together, in all splits; None:
            each is by itself. No model sees them.
        tiles: of images that are tiles of larger pictures, which these are; else None.
    """

    images: Stack
    labels: np.ndarray
    masks: Stack | None
    groups: np.ndarray | None
    tiles: Tiles | None

    def __init__(
        self,
        images: Stack | np.ndarray,
        labels: np.ndarray,
        masks: Stack | np.ndarray | None = None,
        groups: np.ndarray | None = None,
        tiles: Tiles | None = None,
    ):
        object.__setattr__(self, "images", Stack.of_images(images))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "masks", None if masks is None else Stack.of_masks(masks))
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "tiles", tiles)
        freeze(self)

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, indices: np.ndarray) -> "Split":
        """Return some of the images with all that is known of them, int [image]."""
        return Split(
            self.images.pick(indices),
            self.labels[indices],
            None if self.masks is None else self.masks.pick(indices),
            None if self.groups is None else self.groups[indices],
            None if self.tiles is None else self.tiles.pick(indices),
        )

    @cached_property
    def learnable(self) -> "Split":
        """The images whose class is known: all, but for some tiles."""
        tiles = self.tiles
        return self if tiles is None else self.pick(np.flatnonzero(tiles.clear))

    @property
    def judged_labels(self) -> np.ndarray:
        """The classes of what models are judged by, int64: the images, or pictures cut in tiles."""
        return self.labels if self.tiles is None else self.tiles.labels

    def judged(self, logits: np.ndarray) -> np.ndarray:
        """Return a model's logits of what it is judged by.

        Args:
            logits: float32 [image, class].

        Returns:
            float32 [image, class], or [picture, class] where images are tiles of pictures.
        """
        return logits if self.tiles is None else self.tiles.worst(logits)

    @cached_property
    def clusters(self) -> np.ndarray | None:
        """Which images were chosen together, int [image]: those of a group, of a sequence, or of a
        picture that is cut into tiles; None: each by itself."""
        if self.groups is None and self.tiles is not None:
            return _together(self.tiles.picture)
        return _together(self.groups)

    @cached_property
    def judged_clusters(self) -> np.ndarray | None:
        """Which of what models are judged by was chosen together, int [image], or [picture] of
        pictures that are cut into tiles; None: each by itself."""
        if self.tiles is None:
            return self.clusters
        if self.groups is None:
            return None
        first = np.unique(self.tiles.picture, return_index=True)[1]
        return _together(self.groups[first])

    @cached_property
    def contents(self) -> str:
        """32 hexadecimal digits of the SHA-256 of images and labels, as models see them."""
        return hash_of([self.images, self.labels])


def _together(groups: np.ndarray | None) -> np.ndarray | None:
    """Return groups in which some have company; None where each is by itself."""
    alone = groups is None or len(np.unique(groups)) == len(groups)
    return None if alone else groups


@dataclass(frozen=True, eq=False)
class DataSet:
    """Four disjoint splits: to learn from, to choose by, to look at (probe), to judge by (test).

    Attributes:
        classes: names, in the order of the labels.
        notes: what the report warns of, such as excluded pictures or near duplicates across
            splits. Not part of the fingerprint. A plain text becomes a ``Notice``.
        regions: fingerprint of the regions that a person drew on the probe images, or None.
        product: bool [probe image, row, column], where the product itself lies, or None; an
            all-False image has no outline. Not part of the fingerprint, since no fit and no map
            depends on it.
        sequences: of which sequences the probe images are frames, or None. Not part of the
            fingerprint: no model sees it.
        reading: how the files were understood: their layout, what was left out and why, how masks
            were judged. Not part of the fingerprint.
        thumbs: what near copies are found by, until it is known which images judge which models;
            or None. Not part of the fingerprint.
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
    reading: tuple[Notice, ...] = ()
    sequences: Sequences | None = None
    thumbs: Thumbs | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(map(_as_notice, self.notes)))
        freeze(self)

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of the SHA-256 of all splits, in order."""
        splits = (self.train, self.validation, self.probe, self.test)
        arrays = (part for split in splits for part in (split.images, split.labels, split.masks))
        return hash_of([array for array in arrays if array is not None])

    @property
    def files(self) -> tuple[Mapped, ...]:
        """The files that images and masks lie in, each once; none of what is in memory."""
        splits = (self.train, self.validation, self.probe, self.test)
        stacks = [s for split in splits for s in (split.images, split.masks) if s is not None]
        return tuple({s.file.sha256: s.file for s in stacks if s.file is not None}.values())

    def contents(self, *splits: str) -> list[str]:
        """Return what names the images and labels of some splits in keys: a hash of each.

        Masks are left out: no model sees them, and all that is measured with them is computed
        from stored maps.
        """
        return [getattr(self, split).contents for split in splits]

    @cached_property
    def training_contents(self) -> str:
        """32 hexadecimal digits: the hash of all that weights come from of the data.

        Of tiles also of which pictures they are, which decides into which fold a tile comes, and
        which are learnt from.
        """
        cuts = _cuts(self.train, self.validation)
        return digest([len(self.classes), self.contents("train", "validation"), *cuts])

    @cached_property
    def fold_contents(self) -> str:
        """32 hexadecimal digits: ``training_contents``, and the groups where there are some, which
        decide into which fold an image comes."""
        groups = _groups(self.train, self.validation)
        if groups == [None, None]:
            return self.training_contents
        return digest([self.training_contents, groups])

    @cached_property
    def pool_contents(self) -> str:
        """32 hexadecimal digits: the hash of all images but the probes, and of their groups, which
        decide into which fold an image comes."""
        splits = (self.train, self.validation, self.test)
        contents = self.contents("train", "validation", "test")
        return digest([len(self.classes), contents, _groups(*splits), *_cuts(*splits)])

    def with_marks(
        self, masks: np.ndarray | None = None, product: np.ndarray | None = None
    ) -> "DataSet":
        """Return these data with other masks, another outline of the product, or both.

        The fingerprint stays that of the data as loaded: no fit and no map depends on marks, so
        stored answers remain valid. ``regions`` tells the two apart.

        Args:
            masks, product: bool [probe image, row, column]; None: as they are.
        """
        hasher, probe = hashlib.sha256(), self.probe
        if masks is not None:
            hasher.update(_packed_bytes(masks))
            probe = Split(probe.images, probe.labels, masks, probe.groups, probe.tiles)
        if product is not None:
            hasher.update(b"product" + _packed_bytes(product))
        outline = self.product if product is None else product
        copy = replace(self, probe=probe, product=outline, regions=hasher.hexdigest()[:32])
        copy.__dict__["fingerprint"] = self.fingerprint
        return copy


def _groups(*splits: Split) -> list[list[int] | None]:
    return [None if split.groups is None else split.groups.tolist() for split in splits]


def _cuts(*splits: Split) -> list[str]:
    """Return a hash of which pictures tiles are of, and which are learnt from; none of others."""
    tiles = [split.tiles for split in splits if split.tiles is not None]
    return [hash_of([part.picture, part.clear]) for part in tiles]


def _as_notice(note: Notice | str) -> Notice:
    return Notice.text(note) if isinstance(note, str) else note


def _packed_bytes(masks: np.ndarray) -> bytes:
    return str(masks.shape).encode() + np.packbits(masks).tobytes()
