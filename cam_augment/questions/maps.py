"""Where does the network look? Its class activation maps of the probe set."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cam_augment.plan import Plan, Run, digest
from cam_augment.questions import Trained, question
from cam_augment.questions.keys import look_key
from cam_augment.questions.looks import LookQuestion, looks, targets_of
from cam_augment.records import DataSet, Maps
from cam_augment.registry import CAMS


@question
@dataclass(frozen=True)
class MapsQuestion(LookQuestion):
    """The maps of the probe set, of every run, under every look of the plan."""

    kind = "maps"
    version = 1
    sees = ("probe",)
    needed = True

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["MapsQuestion"]:
        for about, look in looks(plan):
            yield cls.of(cls.key_of(run, data, look_key(look)), look, about)

    @classmethod
    def former_key_of(cls, run: Run, data: DataSet, *details: Any) -> str:
        """Return the key from before questions had versions."""
        return digest([run.key, *details, data.fingerprint])

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> Maps:
        """Return the maps of the probe set."""
        view = trainer.view(self.layer)
        targets = targets_of(self.target, trainer, data.probe)
        values = view.maps(self.cam.name, data.probe.images, targets, self.cam.settings)
        return Maps(run.key, self.cam.label(CAMS), view.layer, values, view.remarks)
