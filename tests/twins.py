"""Slow twins of metrics, of the same names, written from their definitions with plain Python."""

from fractions import Fraction
from itertools import combinations
from math import exp, hypot, log, sqrt

import numpy as np


def cells(grid) -> list[float]:
    return [float(value) for row in grid for value in row]


def stretched(grid) -> list[float]:
    values = cells(grid)
    low, high = min(values), max(values)
    return [(value - low) / (high - low) for value in values]


def shared(grid) -> list[float]:
    values = cells(grid)
    return [value / sum(values) for value in values]


def correlation(x, y) -> float:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    products = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    power_x = sum((a - mean_x) ** 2 for a in x)
    power_y = sum((b - mean_y) ** 2 for b in y)
    return products / sqrt(power_x * power_y)


def ranks(values) -> list[float]:
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def pearson(a, b) -> float:
    return correlation(cells(a), cells(b))


def spearman(a, b) -> float:
    return correlation(ranks(cells(a)), ranks(cells(b)))


def mad(a, b) -> float:
    pairs = list(zip(stretched(a), stretched(b), strict=True))
    return sum(abs(s - t) for s, t in pairs) / len(pairs)


def msd(a, b) -> float:
    pairs = list(zip(stretched(a), stretched(b), strict=True))
    return sum((s - t) ** 2 for s, t in pairs) / len(pairs)


def top(grid) -> set[int]:
    values = cells(grid)
    count = -(-len(values) // 5)
    least = sorted(values, reverse=True)[count - 1]
    return {cell for cell, value in enumerate(values) if value >= least and value > 0}


def overlap(a, b) -> float:
    return len(top(a) & top(b)) / len(top(a) | top(b))


def half(grid) -> set[int]:
    values = cells(grid)
    return {cell for cell, value in enumerate(values) if value >= max(values) / 2}


def overlap_half(a, b) -> float:
    return len(half(a) & half(b)) / len(half(a) | half(b))


def cosine(a, b) -> float:
    x, y = cells(a), cells(b)
    length = sqrt(sum(s**2 for s in x)) * sqrt(sum(t**2 for t in y))
    return sum(s * t for s, t in zip(x, y, strict=True)) / length


def kendall(a, b) -> float:
    """Pairs of cells one by one, in whole numbers."""
    pairs = list(combinations(list(zip(cells(a), cells(b), strict=True)), 2))
    signs = [((s > u) - (s < u), (t > v) - (t < v)) for (s, t), (u, v) in pairs]
    untied = sum(s != 0 for s, _ in signs), sum(t != 0 for _, t in signs)
    return sum(s * t for s, t in signs) / sqrt(untied[0] * untied[1])


def sim(a, b) -> float:
    return sum(min(p, q) for p, q in zip(shared(a), shared(b), strict=True))


def jensen_shannon(a, b) -> float:
    def divergence(p, q) -> float:
        return sum(s * log(s / t) for s, t in zip(p, q, strict=True) if s > 0)

    p, q = shared(a), shared(b)
    middle = [(s + t) / 2 for s, t in zip(p, q, strict=True)]
    return (divergence(p, middle) + divergence(q, middle)) / 2


def hellinger(a, b) -> float:
    """By the Bhattacharyya coefficient."""
    return sqrt(1 - sum(sqrt(p * q) for p, q in zip(shared(a), shared(b), strict=True)))


def ssim(a, b) -> float:
    """Window by window, each with its own nine pairs of values."""
    rows, columns, s, t = len(a), len(a[0]), stretched(a), stretched(b)
    result = []
    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            windows = [
                (row + down) * columns + column + across
                for down in (-1, 0, 1)
                for across in (-1, 0, 1)
            ]
            x, y = [s[cell] for cell in windows], [t[cell] for cell in windows]
            mean_x, mean_y = sum(x) / 9, sum(y) / 9
            covariance = sum((u - mean_x) * (v - mean_y) for u, v in zip(x, y, strict=True)) / 8
            variance = sum((u - mean_x) ** 2 for u in x) / 8 + sum((v - mean_y) ** 2 for v in y) / 8
            level = (2 * mean_x * mean_y + 1e-4) / (mean_x**2 + mean_y**2 + 1e-4)
            result.append(level * (2 * covariance + 9e-4) / (variance + 9e-4))
    return sum(result) / len(result)


def weights(a, b) -> list[float]:
    """Half even, half the mean of the two maps."""
    n = len(cells(a))
    return [1 / n / 2 + (p + q) / 2 / 2 for p, q in zip(shared(a), shared(b), strict=True)]


def weighted_correlation(x, y, w) -> float:
    triples = list(zip(x, y, w, strict=True))
    mean_x = sum(k * s for s, _, k in triples) / sum(w)
    mean_y = sum(k * t for _, t, k in triples) / sum(w)
    products = sum(k * (s - mean_x) * (t - mean_y) for s, t, k in triples)
    power_x = sum(k * (s - mean_x) ** 2 for s, _, k in triples)
    power_y = sum(k * (t - mean_y) ** 2 for _, t, k in triples)
    return products / sqrt(power_x * power_y)


def weighted_pearson(a, b) -> float:
    return weighted_correlation(cells(a), cells(b), weights(a, b))


def weighted_mad(a, b) -> float:
    triples = zip(stretched(a), stretched(b), weights(a, b), strict=True)
    return sum(w * abs(s - t) for s, t, w in triples)


def regions(grid) -> list[list[tuple[int, Fraction]]]:
    """For each ninth of the image: its cells, each with the part of it that lies inside."""

    def part(cell, count, third) -> Fraction:
        low, high = Fraction(third * count, 3), Fraction((third + 1) * count, 3)
        return max(Fraction(0), min(high, cell + 1) - max(low, cell))

    rows, columns = len(grid), len(grid[0])
    result = []
    for down in range(3):
        for across in range(3):
            parts = [
                (row * columns + column, part(row, rows, down) * part(column, columns, across))
                for row in range(rows)
                for column in range(columns)
            ]
            result.append([(cell, inside) for cell, inside in parts if inside > 0])
    return result


def regional_shift(a, b) -> float:
    p, q = shared(a), shared(b)
    return sum(abs(sum(k * (p[i] - q[i]) for i, k in region)) for region in regions(a)) / 2


def regional_pearson(a, b) -> float:
    x, y, result = cells(a), cells(b), []
    for region in regions(a):
        seen_x, seen_y = [x[i] for i, _ in region], [y[i] for i, _ in region]
        varying = (min(seen_x) < max(seen_x)) + (min(seen_y) < max(seen_y))
        if varying == 2:
            result.append(weighted_correlation(seen_x, seen_y, [float(k) for _, k in region]))
        elif varying == 1:
            result.append(0.0)
    return sum(result) / len(result)


def centroid(grid) -> tuple[float, float]:
    p, columns = shared(grid), len(grid[0])
    row = sum(share * (cell // columns) for cell, share in enumerate(p))
    column = sum(share * (cell % columns) for cell, share in enumerate(p))
    return row, column


def frame(grid) -> float:
    return hypot(len(grid), len(grid[0]))


def centroid_shift(a, b) -> float:
    (row_a, column_a), (row_b, column_b) = centroid(a), centroid(b)
    return hypot(row_a - row_b, column_a - column_b) / frame(a)


def wasserstein(a, b) -> float:
    """The transport problem as a linear program over all pairs of cells."""
    from scipy.optimize import linprog

    p, q, columns = shared(a), shared(b), len(a[0])
    n = len(p)
    cost = [
        hypot(i // columns - j // columns, i % columns - j % columns)
        for i in range(n)
        for j in range(n)
    ]
    sums = np.zeros((2 * n, n * n))
    for i in range(n):
        for j in range(n):
            sums[i, i * n + j] = sums[n + j, i * n + j] = 1
    return linprog(cost, A_eq=sums[:-1], b_eq=(p + q)[:-1]).fun / frame(a)


def softmax(logits) -> list[float]:
    powers = [exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def prediction_kl(a, b) -> float:
    return sum(p * log(p / q) for p, q in zip(softmax(a), softmax(b), strict=True))


def entropy(grid) -> float:
    p = shared(grid)
    return -sum(share * log(share) for share in p if share > 0) / log(len(p))


def effective_area(grid) -> float:
    p = shared(grid)
    return exp(-sum(share * log(share) for share in p if share > 0)) / len(p)


def gini(grid) -> float:
    """Half the mean absolute difference of two cells, over their mean."""
    p = shared(grid)
    differences = sum(abs(s - t) for s in p for t in p) / len(p) ** 2
    return differences / 2 / (sum(p) / len(p))


def spread(grid) -> float:
    (row, column), columns = centroid(grid), len(grid[0])
    variance = sum(
        share * ((cell // columns - row) ** 2 + (cell % columns - column) ** 2)
        for cell, share in enumerate(shared(grid))
    )
    return sqrt(variance) / frame(grid)


def area_above_half(grid) -> float:
    return len(half(grid)) / len(cells(grid))


def bilinear(grid, rows, columns) -> list[list[float]]:
    """Half-pixel centres, the edge's value beyond the outer centres."""

    def between(pixel, pixels, count):
        place = min(max((pixel + 0.5) * count / pixels - 0.5, 0), count - 1)
        low = min(int(place), count - 1)
        return low, min(low + 1, count - 1), place - low

    image = []
    for row in range(rows):
        top_row, bottom_row, down = between(row, rows, len(grid))
        line = []
        for column in range(columns):
            left, right, across = between(column, columns, len(grid[0]))
            above = grid[top_row][left] * (1 - across) + grid[top_row][right] * across
            below = grid[bottom_row][left] * (1 - across) + grid[bottom_row][right] * across
            line.append(above * (1 - down) + below * down)
        image.append(line)
    return image


def focus(grid, mask) -> float:
    image = bilinear(grid, len(mask), len(mask[0]))
    marked = [
        (value, inside)
        for values, insides in zip(image, mask, strict=True)
        for value, inside in zip(values, insides, strict=True)
    ]
    inside = sum(value for value, is_inside in marked if is_inside)
    share = sum(1 for _, is_inside in marked if is_inside) / len(marked)
    return inside / sum(value for value, _ in marked) / share


def off_product(grid, mask) -> float:
    if not any(map(any, mask)):
        return float("nan")
    share = sum(map(sum, mask)) / (len(mask) * len(mask[0]))
    return 1 - focus(grid, mask) * share


def marked(grid, mask) -> list[tuple[float, bool]]:
    """The pixels of the enlarged map, and whether each lies in the mask."""
    image = bilinear(grid, len(mask), len(mask[0]))
    return [
        (round(value / max(cells(grid)), 12), inside)
        for values, insides in zip(image, mask, strict=True)
        for value, inside in zip(values, insides, strict=True)
    ]


def pointing_game(grid, mask) -> float:
    pixels = marked(grid, mask)
    peaks = [inside for value, inside in pixels if value == max(pixels)[0]]
    return sum(peaks) / len(peaks)


def relevance_rank(grid, mask) -> float:
    """Fill the mask's number of places from the top, each group of equal pixels at once."""
    pixels = marked(grid, mask)
    places = size = sum(inside for _, inside in pixels)
    result = 0.0
    for level in sorted({value for value, _ in pixels}, reverse=True):
        group = [inside for value, inside in pixels if value == level]
        count = min(places, len(group))
        result += count * sum(group) / len(group)
        places -= count
    return result / size


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)
