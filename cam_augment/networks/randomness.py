"""What of a network changes the picture at random while it is trained."""

from __future__ import annotations

from cam_augment.networks import graphs
from cam_augment.networks.anatomy import Anatomy


def augmenting(anatomy: Anatomy) -> list[str]:
    """Return the paths of the layers that draw at random before any kernel took part.

    Whatever they are called, they augment: a network that holds them trains on changed images in
    every arm. What draws behind the first kernel, as dropout does, belongs to the network.

    Args:
        anatomy: of a pass in training.
    """
    known: set = set()
    layers = []
    for call in anatomy.calls:
        if anatomy.is_learnt(call) or not graphs.depends(call.tensor, anatomy.images):
            continue
        operations = {ancestor.op for ancestor in graphs.ancestors(call.tensor)}
        drawn = {operation for operation in operations - known if graphs.is_random(operation)}
        if drawn and call.path not in layers:
            layers.append(call.path)
        known |= operations
    return layers
