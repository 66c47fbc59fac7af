"""What does a model predict where the test images are corrupted? Nothing is trained for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from cam_augment.corruptions import corrupt, variants
from cam_augment.plan import Plan, Run
from cam_augment.questions import Question, Trained, question
from cam_augment.records import DataSet, Split
from cam_augment.registry import CORRUPTIONS

COUNT = 1000  # test images, evenly spaced among all
BLOCK_BYTES = 2**25  # of images that are corrupted at once
CACHE_BYTES = 2**27  # of corrupted images that a worker may keep for its next model


@question
@dataclass(frozen=True)
class RobustnessQuestion(Question):
    """The classes that a run predicts for corrupted test images, if the plan asks for it."""

    kind = "robustness"
    version = 1
    sees = ("test",)

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["RobustnessQuestion"]:
        if plan.robustness:
            corruptions = [
                [entry.name, entry.version, list(entry.strengths)] for entry in CORRUPTIONS.values()
            ]
            yield cls(cls.key_of(run, data, COUNT, corruptions))

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``predicted``, int16 [variant, image], in the order of ``variants()``.

        The images are those that ``chosen`` names.
        """
        rows = [
            np.concatenate([trainer.predict(block).argmax(axis=1) for block in blocks])
            for blocks in _variants(data.test)
        ]
        return {"predicted": np.array(rows, np.int16)}


def chosen(count: int) -> np.ndarray:
    """Return the numbers of the test images that are corrupted, int64 [image].

    Args:
        count: of test images.

    >>> chosen(3).tolist(), chosen(2500)[:4].tolist()
    ([0, 1, 2], [0, 2, 5, 7])
    """
    return np.arange(min(count, COUNT)) * count // max(1, min(count, COUNT))


def _variants(test: Split) -> Iterator[list[np.ndarray]] | list[list[np.ndarray]]:
    """Return the corrupted images of every variant in turn, in blocks [image, ...]."""
    pictures = _Pictures(test.contents, test)
    return _in_memory(pictures) if pictures.bytes <= CACHE_BYTES else _one_by_one(pictures)


@dataclass(frozen=True)
class _Pictures:
    """Test images that a cache tells apart by their contents."""

    contents: str
    test: Split = field(compare=False)

    @property
    def bytes(self) -> int:
        """What all of their variants take."""
        return len(list(variants())) * self.per_image * len(chosen(len(self.test)))

    @property
    def per_image(self) -> int:
        return 4 * int(np.prod(self.test.images.shape[1:]))


@lru_cache(maxsize=1)
def _in_memory(pictures: _Pictures) -> list[list[np.ndarray]]:
    return list(_one_by_one(pictures))


def _one_by_one(pictures: _Pictures) -> Iterator[list[np.ndarray]]:
    numbers = chosen(len(pictures.test))
    size = max(1, BLOCK_BYTES // pictures.per_image)
    blocks = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    for corruption, strength in variants():
        yield [
            corrupt(corruption, pictures.test.images[block], strength, block) for block in blocks
        ]
