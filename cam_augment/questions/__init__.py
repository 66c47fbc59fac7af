"""What may be asked of a trained model: one file a question.

A question enters itself by ``@question``, here or from outside by an entry point. It says of
which runs of a plan it is asked and under which keys its answers are kept, and how a model
answers it in a worker process. Storing, resuming and cleaning up follow from that.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

import numpy as np
from pydantic import JsonValue

from cam_augment.base.stack import Stack
from cam_augment.datasets.splits import SPLITS
from cam_augment.plan import Plan, Run, digest
from cam_augment.questions import keys
from cam_augment.records import DataSet, Maps
from cam_augment.registry import QUESTIONS

if TYPE_CHECKING:
    from cam_augment.cams.driver import Look

Answer = Maps | Mapping[str, np.ndarray]
# Run key to a function that loads the run's answer; runs without one are left out.
Loaders = Mapping[str, Callable[[], Any]]
# Kind of question to what such questions are about to the answers.
Answers = Mapping[str, Mapping[str, Loaders]]
OWN = ""  # what a question is about by default: the run as a whole, the plan's own look


class Trained(Protocol):
    """What a question may ask of a model, whoever trained it.

    Attributes:
        model: the ``keras.Model``; what a question changes of its weights it puts back.
    """

    model: Any

    def predict(self, images: np.ndarray | Stack) -> np.ndarray:
        """Return the logits, float32 [image, class].

        Args:
            images: float32 [image, row, column, channel].
        """

    def view(self, layer: str | None = None) -> "Look":
        """Return the network cut at a layer, to make maps of it."""

    def untrained(self, seed: int) -> Any:
        """Return a network of the same layers, all of its weights drawn from the seed."""


@dataclass(frozen=True)
class Question(ABC):
    """One thing that is asked of one model: a small value that a worker can be sent.

    Attributes:
        key: the store's key of the answer, 32 hexadecimal digits (see ``key_of``).
        about: tells apart the questions of one kind to one run: a look, a strategy.
        kind: name of the question, and of the store's folder of its answers.
        version: raised when the meaning of an answer changes; part of the key.
        sees: the splits whose images decide an answer, beside the weights; part of the key.
            With all of them an answer is asked anew when any image is another.
        needed: whether a profile leaves out a run that has no answer. Such a question leaves
            all weights alone.
    """

    key: str
    about: str = field(default=OWN, kw_only=True)
    kind: ClassVar[str]
    version: ClassVar[int]
    sees: ClassVar[tuple[str, ...]] = SPLITS
    needed: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterable["Question"]:
        """Yield what a plan asks of one of its runs, if anything."""

    def check(self, trainer: Trained) -> None:  # noqa: B027 - most questions suit every network
        """Raise InputError where this network cannot be asked; nothing is trained yet."""

    @abstractmethod
    def answer(self, trainer: Trained, run: Run, data: DataSet) -> Answer:
        """Return what the trained model says: arrays by name, or, of kind ``maps``, ``Maps``.

        It is called in a worker process. The same model and data give the same answer: what
        is random is drawn from ``run.entropy``. A model that was trained here is a
        ``training.trainer.Trainer``, which can do more than ``Trained`` says; questions that
        need it do not ask where ``plan.dataset.name`` is ``GIVEN``.
        """

    @classmethod
    def summarise(cls, arms: Any, answers: Mapping[str, Loaders]) -> JsonValue:
        """Return what all answers together say, for ``ImpactProfile.answers``.

        Plain values (None, bool, finite numbers, text, lists and dictionaries of them), None
        for nothing. Questions whose answers have a field of their own in the profile leave it.

        Args:
            arms: the runs, an ``impact.arms.Arms``: ``arms.answers`` and ``arms.measured``
                read the answers of an arm. answers: by what they are about.
        """
        return None

    @classmethod
    def key_of(cls, run: Run, data: DataSet, *details: Any) -> str:
        """Return the key of an answer: the question, the weights, the images, and ``details``.

        Args:
            details: plain values; all else that decides the answer.
        """
        if keys.are_former():
            return cls.former_key_of(run, data, *details)
        images = data.contents(*cls.sees)
        return digest([cls.kind, cls.version, keys.training_key(run, data), *details, images])

    @classmethod
    def former_key_of(cls, run: Run, data: DataSet, *details: Any) -> str:
        """Return the key of an answer in a store of the layout before."""
        return digest([cls.kind, cls.version, run.key, *details, data.fingerprint])


def question(new: type[Question]) -> type[Question]:
    """Enter a class of questions under its kind."""
    return QUESTIONS.add(new.kind, version=new.version, needed=new.needed)(new)


def classes() -> dict[str, type[Question]]:
    """Return every class of questions by its kind, those first that a profile needs."""
    entries = sorted(QUESTIONS.values(), key=lambda entry: not entry.needed)
    return {entry.name: cast(type[Question], entry.function) for entry in entries}


def questions_of(run: Run, plan: Plan, data: DataSet) -> tuple[Question, ...]:
    """Return all that a plan asks of a run: what a profile needs first, then by kind."""
    return tuple(item for kind in classes().values() for item in kind.asked(run, plan, data))


def answer_of(item: Question, trainer: Trained, run: Run, data: DataSet) -> Answer:
    """Return a model's answer, as the store can keep it.

    Raises:
        TypeError: a question answers with something else than arrays of numbers by name.
    """
    answer = item.answer(trainer, run, data)
    if isinstance(answer, Maps) and item.kind == "maps":
        return answer
    if not isinstance(answer, Mapping):
        raise TypeError(f"{item.kind}: an answer is arrays by name; received {type(answer)}")
    arrays = {name: np.asarray(values) for name, values in answer.items()}
    for name, values in arrays.items():
        if values.dtype.kind not in "biuf":
            raise TypeError(f"{item.kind}: '{name}' holds no numbers, but {values.dtype}")
    return arrays
