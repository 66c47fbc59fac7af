"""Slow twins: each formula written plainly from its definition, one image, one loop."""

from fractions import Fraction
from itertools import combinations, permutations
from math import comb, exp, hypot, log, sqrt


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
    import numpy as np
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


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def excess(distance, group_a) -> tuple[float, float, float]:
    """Floor, between and within of the models ``group_a`` and the rest."""
    group_b = [model for model in range(len(distance)) if model not in group_a]
    floor = mean(distance[i][j] for i, j in combinations(group_b, 2))
    between = mean(distance[i][j] for i in group_a for j in group_b)
    within = mean(distance[i][j] for i, j in combinations(group_a, 2))
    return floor, between, within


def relabelling_p(statistic, n, n_a) -> float:
    """The share of all ways to choose group A whose statistic reaches the observed one."""
    observed = statistic(tuple(range(n_a)))
    reached = sum(statistic(group) >= observed - 1e-9 for group in combinations(range(n), n_a))
    return reached / comb(n, n_a)


def energy_p(distance, n_a) -> float:
    def statistic(group):
        floor, between, within = excess(distance, group)
        return 2 * between - floor - within

    return relabelling_p(statistic, len(distance), n_a)


def agreement_p(distance, n_a) -> float:
    def statistic(group):
        floor, _, within = excess(distance, group)
        return abs(within - floor)

    return relabelling_p(statistic, len(distance), n_a)


def mean_difference(values, group) -> float:
    rest = [value for model, value in enumerate(values) if model not in group]
    return mean(values[model] for model in group) - mean(rest)


def difference_p(values, n_a) -> float:
    def statistic(group):
        return abs(mean_difference(values, group))

    return relabelling_p(statistic, len(values), n_a)


def worst_class_p(recalls, n_a) -> float:
    """``recalls`` is [model][class]; the largest loss in standard deviations."""
    columns = [column for column in zip(*recalls, strict=True) if max(column) > min(column)]
    spreads = [sqrt(mean((value - mean(c)) ** 2 for value in c)) for c in columns]

    def statistic(group):
        return max(
            -mean_difference(column, group) / spread
            for column, spread in zip(columns, spreads, strict=True)
        )

    return relabelling_p(statistic, len(recalls), n_a)


def holm(p) -> list[float]:
    """Holm's steps, smallest first, each no less than the one before."""
    adjusted, before = list(p), 0.0
    for step, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        before = max(before, min(1.0, (len(p) - step) * p[index]))
        adjusted[index] = before
    return adjusted


def benjamini_hochberg(p) -> list[float]:
    """The least level at which Benjamini and Hochberg's rule rejects each hypothesis."""
    m = len(p)
    ordered = sorted(p)
    steps = [min(1.0, value * m / rank) for rank, value in enumerate(ordered, 1)]
    return [min(steps[rank] for rank in range(m) if ordered[rank] >= value) for value in p]


def rank_p(x, y) -> float:
    observed = abs(correlation(ranks(x), ranks(y)))
    found = [abs(correlation(ranks(x), ranks(order))) for order in permutations(y)]
    return sum(rho >= observed - 1e-9 for rho in found) / len(found)


def leave_one_out(x, y) -> tuple[float, float]:
    """Fit the line again without each point; exact in fractions."""
    x, y = [Fraction(value) for value in x], [Fraction(value) for value in y]
    errors, mean_errors = [], []
    for left in range(len(x)):
        u = [value for index, value in enumerate(x) if index != left]
        v = [value for index, value in enumerate(y) if index != left]
        mean_u, mean_v = sum(u) / len(u), sum(v) / len(v)
        power = sum((a - mean_u) ** 2 for a in u)
        products = sum((a - mean_u) * (b - mean_v) for a, b in zip(u, v, strict=True))
        slope = products / power if power else 0
        errors.append(y[left] - mean_v - slope * (x[left] - mean_u))
        mean_errors.append(y[left] - mean_v)
    press = sum(error**2 for error in errors)
    q2 = 1 - press / sum(error**2 for error in mean_errors)
    return float(q2), float(mean(abs(error) for error in errors))
