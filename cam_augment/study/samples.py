"""Images, labels and masks as people hold them, made the arrays that a comparison takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cam_augment.base.arrays import as_array
from cam_augment.base.errors import InputError
from cam_augment.base.mapped import WHITE
from cam_augment.base.stack import Stack
from cam_augment.plan import GIVEN
from cam_augment.reading.names import shown
from cam_augment.reading.text import check_text
from cam_augment.records import DataSet, Notice, Split
from cam_augment.study.batches import from_batches
from cam_augment.study.labels import WHO, numbers_of, text
from cam_augment.study.together import Together

_NAMED = 5  # images that a message names at most


@dataclass(frozen=True, eq=False)
class Samples:
    """What all models are shown.

    Attributes:
        images: read as float32 [image, row, column, channel], finite.
        labels: int64 [image], from 0.
        classes: names that a person gave, in the order of the models' outputs; or None.
        masks, product: bool [image, row, column], or None.
        words: whether labels were words, found in ``classes``.
        together: which images were chosen together.
        notes: what a reader of the report should know of them.
    """

    images: Stack
    labels: np.ndarray
    classes: tuple[str, ...] | None = None
    masks: np.ndarray | None = None
    product: np.ndarray | None = None
    words: bool = False
    together: Together = field(default_factory=Together)
    notes: tuple[Notice, ...] = ()

    @classmethod
    def of(
        cls,
        images: Any,
        labels: Any,
        classes: Sequence[Any] | None = None,
        masks: Any = None,
        product: Any = None,
    ) -> Samples:
        """Return images, labels and masks in whatever common form; see ``study.compare``.

        Raises:
            InputError: they do not fit together, or could mean several things.
        """
        names = None if classes is None else _class_names(classes)
        images, labels = from_batches(images, labels, names)
        pictures = pictures_of(images)
        return cls.with_pictures(pictures, labels, names, masks, product)

    @classmethod
    def with_pictures(
        cls,
        pictures: Stack,
        labels: Any,
        classes: Sequence[Any] | None = None,
        masks: Any = None,
        product: Any = None,
    ) -> Samples:
        """Return the samples of images as ``pictures_of`` returns them; see ``of``.

        Raises:
            InputError: classes are no names or one is there twice, or there are not as many
                labels as images.
        """
        names = None if classes is None else _class_names(classes)
        numbers, words = numbers_of(labels, names)
        if len(numbers) != len(pictures):
            raise InputError(
                f"{WHO}: one label an image; received {len(pictures)} images and "
                f"{len(numbers)} labels"
            )
        if names is not None and len(names) <= numbers.max():
            raise InputError(
                f"{WHO}: {len(names)} class names for labels up to {numbers.max()}; name every "
                "class, in the order of the models' outputs"
            )
        shape = pictures.shape[:3]
        marks, outline = _marks("masks", masks, shape), _marks("product", product, shape)
        return cls(pictures, numbers, names, marks, outline, words)

    def in_groups(self, groups: Any, sequences: Any) -> Samples:
        """Return the samples with what is known of images that belong together.

        Raises:
            InputError: see ``Together.of``.
        """
        return replace(self, together=Together.of(groups, sequences, len(self.labels)))

    def data(self, outputs: int, subject: str) -> DataSet:
        """Return the data set for models that tell ``outputs`` classes apart.

        Classes without a name have their number.

        Raises:
            InputError: the models tell fewer apart than there are, or than there are words.
        """
        count = len(self.classes) if self.classes else int(self.labels.max()) + 1
        if outputs < count:
            tells = f"{subject} tells {outputs} classes apart"
            if self.classes:
                raise InputError(f"{tells}; there are names of {count}")
            first = int(self.labels.min())
            if first:
                raise InputError(
                    f"{tells}; labels need {count}: they are {first} to {count - 1}, and start at 0"
                )
            raise InputError(f"{tells}; labels need {count}")
        if self.words and outputs > count:
            raise InputError(
                f"{subject} tells {outputs} classes apart, and there are names of {count}: name "
                "them all, in the order of the outputs, for words to mean one of them"
            )
        names = (*(self.classes or ()), *map(str, range(len(self.classes or ()), outputs)))
        split = Split(self.images, self.labels, self.masks, self.together.groups)
        sequences = self.together.sequences
        return DataSet(
            GIVEN, names, split, split, split, split, self.notes,
            product=self.product, sequences=sequences,
        )  # fmt: skip


# -- images -------------------------------------------------------------------------------


def pictures_of(images: Any) -> Stack:
    """Return images, read as float32 [image, row, column, channel]; grey ones may lack an axis.

    Bytes and words stay what they are, and arrays in mapped files stay in these: the numbers, of
    the same values, are made of what is read.

    Raises:
        InputError: they are none, of several sizes, or not all finite numbers.
    """
    if images is None:
        raise InputError(f"{WHO}: no images: an array [image, row, column, channel] expected")
    array = images if isinstance(images, Stack) else as_array(f"{WHO}: images", images)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{WHO}: images are numbers [image, row, column, channel]; received an array of "
            f"{array.dtype}: are they of one size?"
        )
    if not len(array.shape) or not len(array):
        raise InputError(f"{WHO}: no images")
    if array.ndim == 3 and not isinstance(array, Stack):  # grey, as keras.datasets.mnist has them
        array = array[..., None]
    if array.ndim != 4 or 0 in array.shape:
        raise InputError(
            f"{WHO}: images are [image, row, column, channel], grey ones [image, row, column]; "
            f"received {array.shape}"
        )
    stack = array if isinstance(array, Stack) else _stack(array)
    check_finite("images", stack)
    return stack


def _stack(array: np.ndarray) -> Stack:
    if array.dtype in WHITE:
        return Stack(array, white=1)  # 255 is read as 255
    with np.errstate(over="ignore"):  # what is too large is infinite then, and is refused
        return Stack(array.astype(np.float32, copy=False))


def check_finite(name: str, values: np.ndarray | Stack, who: str = WHO) -> None:
    """Raise InputError, which names the images, where values [image, ...] are not finite."""
    if values.dtype.kind != "f":
        return
    blocks = values.blocks() if isinstance(values, Stack) else [values]
    bad = np.flatnonzero(~np.concatenate([_are_finite(block) for block in blocks]))
    if len(bad):
        listed = ", ".join(map(str, bad[:_NAMED])) + (", ..." if len(bad) > _NAMED else "")
        raise InputError(
            f"{who}: {name}: {len(bad)} of {len(values)} images have NaN or infinite values "
            f"(counted from 0: {listed}); leave them out"
        )


def _are_finite(block: np.ndarray) -> np.ndarray:
    """Return which images of a block [image, ...] hold finite values only, bool [image]."""
    if np.isfinite(block.sum(dtype=np.float64)):
        return np.ones(len(block), bool)
    return np.isfinite(block.reshape(len(block), -1)).all(axis=1)


# -- classes ---------------------------------------------------------------------------------


def _class_names(classes: Any) -> tuple[str, ...]:
    """Return the names of the classes, in their order.

    Raises:
        InputError: they have no order, as a set, they are no names, or a name is there twice,
            empty or no text.
    """
    entries = _in_order(classes)
    if entries is None or as_array(f"{WHO}: classes", entries).ndim != 1:
        raise InputError(
            f"{WHO}: classes: a list of names expected, in the order of the models' outputs; "
            f"received {shown(repr(classes), 60)}"
        )
    names = tuple(map(text, entries))
    for name in names:
        check_text(name, f"{WHO}: classes")
    if len({shown(name, len(name)) for name in names}) < len(names):  # as they are printed
        raise InputError(f"{WHO}: classes: a name is there twice: {', '.join(names)}")
    if not all(name.strip() for name in names):
        raise InputError(f"{WHO}: classes: a name is empty: {', '.join(map(repr, names))}")
    return names


def _in_order(classes: Any) -> tuple | None:
    """Return what anything in a known order holds; None of what has none, or is one text.

    A mapping of names to numbers, or of numbers to names, has the order of the numbers 0, 1, ...
    """
    if isinstance(classes, Mapping):
        for numbers, names in ((classes.values(), classes), (classes, classes.values())):
            places = dict(zip(map(str, numbers), names, strict=True))
            if set(places) == set(map(str, range(len(classes)))):
                return tuple(places[str(number)] for number in range(len(classes)))
        return None
    if isinstance(classes, (str, bytes, set, frozenset)) or not isinstance(classes, Iterable):
        return None
    return None if getattr(classes, "ndim", 1) == 0 else tuple(classes)


# -- masks -----------------------------------------------------------------------------------


def _marks(name: str, marks: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return masks as bool [image, row, column]; whatever is not 0 is marked."""
    if marks is None:
        return None
    array = as_array(f"{WHO}: {name}", marks)
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.shape != shape or array.dtype.kind not in "biuf":
        raise InputError(f"{WHO}: {name}: expected {shape}; received {array.shape}")
    check_finite(name, array)
    return array != 0
