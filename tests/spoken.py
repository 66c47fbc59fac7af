"""Reports of several profiles, written in a language without drawings."""

import re
from pathlib import Path

from cam_augment import report
from cam_augment.records import Notice
from cam_augment.report import (
    drawing,
    parts,
    render,
)
from cam_augment.report.contents import Report
from cam_augment.report.language import speaking
from tests.bare import BLANK
from tests.profiles import SPLIT_NOISE, example_profile, troubled_profile

ROOM = Path(report.__file__).parent


class Undrawn(drawing.Helpers):
    """Stands in for the figures where only the page's words are looked at."""

    def draw(self, parts, meanwhile=None):  # noqa: ARG002
        return {part.name: {".svg": BLANK} for part in parts}


def files_of(profile, spoken: str) -> dict[str, str]:
    """Return the report's files but for its drawings."""
    parts.discover()
    with speaking(spoken):
        files = render._files(Report(profile, Undrawn()))
    return {
        name: data.decode() for name, data in files.items() if not name.endswith((".svg", ".pdf"))
    }


def folded():
    """A profile of cross-validation, the control failed, families judged, nothing drawn."""
    profile = example_profile(masked=True)
    failed = {"verdict": "avoid", "beyond_noise": True, "reasons": (Notice.of("cost.unknown"),)}
    return profile.model_copy(
        update={
            "plan": profile.plan.model_copy(update={"folds": 4}),
            "split_noise": SPLIT_NOISE,
            "strategies": (
                profile.strategies[0].model_copy(update=failed), *profile.strategies[1:],
            ),
            "gain_prediction": profile.gain_prediction.model_copy(update={"by_family": True}),
            "faithful": (), "probes": (), "curves": (),
        }
    )  # fmt: skip


def moderated():
    """A profile whose numbers of every run were tested with moderated variances."""
    profile = example_profile(masked=True)
    effects = tuple(
        e if e.question.startswith(("excess_shift", "agreement"))
        else e.model_copy(update={"relabelling_p": e.p})
        for e in profile.effects
    )  # fmt: skip
    return profile.model_copy(update={"effects": effects})


def scored(name: str = "recall_at_fpr:0.01"):
    """A profile whose gains are in another score than accuracy."""
    profile = example_profile()
    strategies = tuple(
        s.model_copy(
            update={
                "reasons": tuple(Notice(code=r.code, values=r.values | {"score": name})
                                 if "score" in r.values else r for r in s.reasons)
            }
        )
        for s in profile.strategies
    )  # fmt: skip
    return profile.model_copy(
        update={
            "plan": profile.plan.model_copy(update={"gain": name}),
            "points": profile.points | {name: profile.points["accuracy"]},
            "strategies": strategies,
        }
    )


PROFILES = {
    "scored": scored(),
    "plain": example_profile(),
    "moderated": moderated(),
    "masked": example_profile(masked=True),
    "troubled": troubled_profile(),
    "folded": folded(),
}


def script_texts() -> set[str]:
    """Return the texts of the page's scripts."""
    scripts = [path.read_text("utf-8") for path in (ROOM / "page").glob("*.js")]
    return {text for script in scripts for text in re.findall(r'translated\(\s*"([^"]*)"', script)}
