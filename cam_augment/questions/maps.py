"""Where does the network look? Its class activation maps of the probe set."""

from dataclasses import dataclass
from typing import ClassVar

from cam_augment.plan import Choice, Plan
from cam_augment.records import Maps
from cam_augment.registry import CAMS


@dataclass(frozen=True)
class MapsQuestion:
    """Which maps of a run are asked for.

    Attributes:
        key: the store's key for them. cam: the method. target: ``true`` or ``predicted``
            class. layer: name of the layer, or None for the network's own.
    """

    key: str
    cam: Choice
    target: str = "true"
    layer: str | None = None
    kind: ClassVar[str] = "maps"
    needed: ClassVar[bool] = True

    @classmethod
    def of(cls, key: str, look: Plan) -> "MapsQuestion":
        """Return the question that a plan's look asks."""
        return cls(key, look.cam, look.cam_target, look.cam_layer)

    def check(self, trainer) -> None:
        """Raise InputError where there is no such layer, or not the head that is needed."""
        trainer.view(self.layer).check(CAMS[self.cam.name])

    def answer(self, trainer, run, data) -> Maps:
        """Return the maps of the probe set."""
        view = trainer.view(self.layer)
        targets = targets_of(self.target, trainer, data.probe)
        values = view.maps(self.cam.name, data.probe.images, targets, self.cam.settings)
        return Maps(run.key, self.cam.label(CAMS), view.layer, values)


def targets_of(target: str, trainer, split):
    """Return the class whose logit is looked at, int [image]: the true or the predicted one."""
    return split.labels if target == "true" else trainer.predict(split.images).argmax(axis=1)
