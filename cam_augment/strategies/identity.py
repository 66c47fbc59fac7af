"""The no-op: a strategy in name only."""

from cam_augment.base.lazy import Tensor
from cam_augment.registry import STRATEGIES


@STRATEGIES.add(version=1, family="control", unit=None, identity=None, labels="kept", moves=False)
def identity(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,  # noqa: ARG001 - every strategy takes it
) -> tuple[Tensor, Tensor]:
    """Change nothing: the control that must come out as no effect.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels
    (float32 [image, class]); the seed is not used.
    """
    return images, labels
