"""A network simplex for optimal transport on small grids, compiled, a stack at a time.

The textbook method (Ahuja, Magnanti, Orlin 1993, "Network Flows", ch. 11) with two liberties
that a grid of at most 64 cells allows. The first basis ships to the nearest cells instead of
through artificial arcs, which spares most pivots. And the set of nodes below a node of the
basis tree is one 64-bit word, so that finding a cycle and moving a subtree are a few bit
operations. `make bench` holds it against the usual library's solver.

Sources are the cells with surplus, sinks those with deficit; a solution ships all surplus
at the least sum of mass times cost. Importing this module imports Numba; the functions are
compiled when first called, and kept on disk.
"""

import numpy as np

from cam_augment.base.jit import compiled

CELLS = 64
ROUNDING = 1e-12  # a reduced cost above minus this is no gain: costs are of the order of 1
PIVOTS = 10_000  # far more than a problem of 64 cells needs; beyond, POT solves it


@compiled
def solve(surplus, cost, near, work):
    """Fill ``work`` with the least work of every problem; -1 where the pivots ran out.

    Args:
        surplus: float64 [problem, cell], each row of sum zero up to rounding, finite.
        cost: float64 [cell, cell], a metric between at most 64 cells.
        near: int64 [cell, cell], each row the cells from the nearest to the farthest.
        work: float64 [problem], is filled.
    """
    cells = len(cost)
    at = np.empty(cells, np.int64)  # node -> cell; sources come first
    node = np.empty(cells, np.int64)  # cell -> node
    between = np.empty((cells, cells))  # cost [source, sink]
    arcs, shipped = np.empty((cells, 2), np.int64), np.empty(cells)
    tree, below = np.empty(cells, np.int64), np.empty(cells, np.uint64)
    flow, price = np.empty(cells), np.empty(cells)
    for problem in range(len(surplus)):
        sources, nodes = _place(surplus[problem], at, node)
        if sources == 0 or sources == nodes:
            work[problem] = 0.0
            continue
        for i in range(sources):
            for j in range(nodes - sources):
                between[i, j] = cost[at[i], at[sources + j]]
        known = _ship(surplus[problem], sources, nodes, at, node, near, arcs, shipped)
        _span(sources, nodes, between, arcs, shipped, known)
        _hang(sources, nodes, between, arcs, shipped, tree, below, flow, price)
        done = _improve(sources, nodes, between, tree, below, flow, price)
        work[problem] = _cost(sources, nodes, between, tree, flow) if done else -1.0


@compiled
def _place(surplus, at, node):
    """Number the cells that take part, sources first; return counts of sources and nodes."""
    nodes = 0
    for cell in range(len(surplus)):
        if surplus[cell] > 0:
            at[nodes], node[cell] = cell, nodes
            nodes += 1
    sources = nodes
    for cell in range(len(surplus)):
        if surplus[cell] < 0:
            at[nodes], node[cell] = cell, nodes
            nodes += 1
    return sources, nodes


@compiled
def _ship(surplus, sources, nodes, at, node, near, arcs, shipped):
    """Ship to the nearest, next-nearest, ... sinks, all sources in turn; return the arcs used.

    Every arc empties a source or fills a sink, so the arcs form no cycle.
    """
    left = np.empty(nodes)
    for k in range(nodes):
        left[k] = abs(surplus[at[k]])
    active = np.arange(sources)
    live, used = sources, 0
    for rank in range(1, len(surplus)):
        count = 0
        for t in range(live):
            i = active[t]
            cell = near[at[i], rank]
            if surplus[cell] < 0 and used < nodes - 1:
                j = node[cell]
                if left[j] > 0:
                    mass = min(left[i], left[j])
                    left[i] -= mass
                    left[j] -= mass
                    arcs[used, 0], arcs[used, 1], shipped[used] = i, j, mass
                    used += 1
            if left[i] > 0:
                active[count] = i
                count += 1
        live = count
        if live == 0:
            break
    return used


@compiled
def _span(sources, nodes, between, arcs, shipped, used):
    """Join the forest of the first ``used`` arcs to one tree by cheap arcs without flow."""
    part = np.arange(nodes)
    for arc in range(used):
        _merge(part, arcs[arc, 0], arcs[arc, 1])
    while used < nodes - 1:
        least, first, second = np.inf, 0, 0
        for i in range(sources):
            for j in range(sources, nodes):
                if part[i] != part[j] and between[i, j - sources] < least:
                    least, first, second = between[i, j - sources], i, j
        arcs[used, 0], arcs[used, 1], shipped[used] = first, second, 0.0
        _merge(part, first, second)
        used += 1


@compiled
def _merge(part, first, second):
    old, new = part[first], part[second]
    for k in range(len(part)):
        if part[k] == old:
            part[k] = new


@compiled
def _bit(k):
    return np.uint64(1) << np.uint64(k)


@compiled
def _hang(sources, nodes, between, arcs, shipped, tree, below, flow, price):
    """Hang the spanning tree from node 0: each node's parent, subtree, flow to it, and price.

    Prices of a source and a sink that share an arc of the tree add up to its cost.
    """
    for k in range(nodes):
        tree[k], below[k] = -2, _bit(k)
    tree[0], price[0] = -1, 0.0
    waiting = nodes - 1
    while waiting > 0:
        count = 0
        for arc in range(waiting):
            i, j, mass = arcs[arc, 0], arcs[arc, 1], shipped[arc]
            if tree[i] == -2 and tree[j] == -2:
                arcs[count, 0], arcs[count, 1], shipped[count] = i, j, mass
                count += 1
                continue
            low, top = (j, i) if tree[j] == -2 else (i, j)
            tree[low], flow[low] = top, mass
            price[low] = between[i, j - sources] - price[top]
            while top >= 0:
                below[top] |= _bit(low)
                top = tree[top]
        waiting = count


@compiled
def _improve(sources, nodes, between, tree, below, flow, price):
    """Pivot until no arc would cost less than its ends' prices; return whether that came."""
    row, settled = 0, 0
    for _ in range(PIVOTS):
        gain = 0.0
        while settled < sources:
            gain = 0.0
            for j in range(nodes - sources):
                reduced = between[row, j] - price[sources + j] - price[row]
                gain = reduced if reduced < gain else gain
            if gain < -ROUNDING:
                break
            settled += 1
            row = row + 1 if row + 1 < sources else 0
        if settled == sources:
            return True
        j = 0
        while between[row, j] - price[sources + j] - price[row] != gain:
            j += 1
        _pivot(row, sources + j, gain, sources, nodes, tree, below, flow, price)
        settled = 0
    return False


@compiled
def _pivot(i, j, gain, sources, nodes, tree, below, flow, price):
    """Take the arc from source ``i`` to sink ``j`` into the tree, and the tightest one out."""
    join, leaving, mass = _tightest(i, j, sources, tree, below, flow)
    _push(i, join, mass, sources, True, tree, flow)
    _push(j, join, mass, sources, False, tree, flow)
    moved = below[leaving]
    inner, outer = (i, j) if moved & _bit(i) else (j, i)
    node = tree[leaving]
    while node != join:
        below[node] &= ~moved
        node = tree[node]
    node = outer
    while node != join:
        below[node] |= moved
        node = tree[node]
    _turn(inner, outer, leaving, mass, moved, tree, below, flow)
    step = gain if inner == i else -gain
    for k in range(nodes):
        if moved & _bit(k):
            price[k] += step if k < sources else -step


@compiled
def _tightest(i, j, sources, tree, below, flow):
    """Return where the paths from ``i`` and ``j`` up the tree join, and the arc that leaves.

    Flow shrinks on the arcs that a source owns on the way up from ``i``, and on those that
    a sink owns on the way up from ``j``; ties go one fixed way.
    """
    leaving, mass = -1, np.inf
    node = i
    while not below[node] & _bit(j):
        if node < sources and flow[node] < mass:
            leaving, mass = node, flow[node]
        node = tree[node]
    join = node
    node = j
    while node != join:
        if node >= sources and flow[node] <= mass:
            leaving, mass = node, flow[node]
        node = tree[node]
    return join, leaving, mass


@compiled
def _push(node, join, mass, sources, from_source, tree, flow):
    while node != join:
        shrinks = (node < sources) == from_source
        flow[node] += -mass if shrinks else mass
        node = tree[node]


@compiled
def _turn(node, parent, leaving, mass, moved, tree, below, flow):
    """Hang the cut-off subtree from ``node``, which now ships ``mass`` to ``parent``."""
    detached = np.uint64(0)
    while True:
        old_parent, old_flow, old_below = tree[node], flow[node], below[node]
        tree[node], flow[node], below[node] = parent, mass, moved & ~detached
        if node == leaving:
            return
        parent, mass, detached = node, old_flow, old_below
        node = old_parent


@compiled
def _cost(sources, nodes, between, tree, flow):
    work = 0.0
    for k in range(1, nodes):
        i, j = (k, tree[k]) if k < sources else (tree[k], k)
        work += flow[k] * between[i, j - sources]
    return work
