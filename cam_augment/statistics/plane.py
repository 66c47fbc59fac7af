"""Things as points of a plane, as far from each other as they are: multidimensional scaling."""

import numpy as np

STEPS, CHANGE = 300, 1e-6  # at most; relative change of stress at which it ends


def scale_to_plane(distance: np.ndarray) -> tuple[np.ndarray, float]:
    """Return places, float64 [thing, 2], and Kruskal's stress of them, 0 where nothing is lost.

    Metric scaling by SMACOF (Borg and Groenen 2005, chapter 8), begun with classical scaling, so
    that equal distances give equal places. Their longest extent is across.

    Args:
        distance: float [thing, thing], symmetric, at least 0, finite, 0 on its diagonal.
    """
    places = _classical(distance)
    between = _distances(places)
    stress = _stress(distance, between)
    for _ in range(STEPS):
        places = _step(distance, between, places)
        between, last = _distances(places), stress
        stress = _stress(distance, between)
        if last - stress <= CHANGE * stress:
            break
    return _turned(places), stress


def _classical(distance: np.ndarray) -> np.ndarray:
    """Return the best places for the squares of distances (Torgerson 1952)."""
    squares = distance**2
    means = squares.mean(axis=0)
    values, vectors = np.linalg.eigh((means + means[:, None] - squares - squares.mean()) / 2)
    return vectors[:, -2:] * np.sqrt(np.clip(values[-2:], 0, None))


def _distances(places: np.ndarray) -> np.ndarray:
    return np.linalg.norm(places[:, None] - places[None], axis=2)


def _stress(distance: np.ndarray, between: np.ndarray) -> float:
    return float(np.sqrt(np.sum((distance - between) ** 2) / np.sum(between**2)))


def _step(distance: np.ndarray, between: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return places of less stress: the Guttman transform."""
    ratio = np.divide(distance, between, out=np.zeros_like(distance), where=between > 0)
    return (ratio.sum(axis=1)[:, None] * places - ratio @ places) / len(places)


def _turned(places: np.ndarray) -> np.ndarray:
    """Return places with their longest extent across, their turn and signs settled."""
    centred = places - places.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    turned = centred @ axes[:, ::-1]
    return turned * np.where(np.sum(turned**3, axis=0) < 0, -1, 1)
