"""Answers as ``impact.profile`` takes them, of made models."""

from cam_augment.questions import OWN, Answers, Loaders


def answered(loaders: Loaders, **others: dict[str, Loaders]) -> Answers:
    """Return maps under the plan's own look, and answers to ``others``, by what they are about."""
    return {**others, "maps": {OWN: loaders, **others.get("maps", {})}}
