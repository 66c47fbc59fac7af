"""Test images that were chosen together: groups, as exposures of one part, or sequences.

More images of the groups that are there decide nothing, so sizes are told in groups, too. Which
images a class has of each group is not known.
"""

from math import ceil

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Notice
from cam_augment.report.words import count


def test_images(profile: ImpactProfile) -> int:
    """Return how many test images a model is judged on; 0 where that is not known."""
    return round(sum(map(sum, profile.confusion.get(BASELINE, ()))))


def test_groups(profile: ImpactProfile) -> int:
    """Return how many groups the test images are of; 0 where each image counts by itself."""
    groups = profile.test_groups or 0
    return groups if groups < test_images(profile) else 0


def kind(profile: ImpactProfile) -> str:
    """Return what the groups are, ``groups`` or ``sequences``."""
    settings = profile.plan.dataset.settings
    of_frames = settings.get("frames") and not (settings.get("group") or settings.get("groups"))
    return "sequences" if of_frames else "groups"


def counted(profile: ImpactProfile, number: int) -> str:
    """Return a number of groups with its noun."""
    if kind(profile) == "sequences":
        return count(number, "sequence")
    return count(number, "group")


def counted_images(profile: ImpactProfile) -> str:
    """Return the number of test images with their noun."""
    images = test_images(profile)
    return count(images, "frame") if kind(profile) == "sequences" else count(images, "image")


def needed(profile: ImpactProfile, images: int) -> int:
    """Return of how many groups so many test images are, at as many of each as now."""
    return ceil(images * test_groups(profile) / test_images(profile))


def in_groups(profile: ImpactProfile, step: Notice) -> Notice:
    """Return a step that takes test images with their groups, where images have groups."""
    if step.code not in ("step.images", "step.class_images") or not test_groups(profile):
        return step
    values = dict(step.values) | {"kind": kind(profile)}
    if step.code == "step.images":
        values["then_groups"] = counted(profile, needed(profile, int(str(values["then"]))))
        values["now_groups"] = f"{test_groups(profile):,}"
    return Notice.of(f"{step.code} of groups", **values)
