"""The impact profile at a glance: strategies by effects."""

import itertools
import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit, text_width, widest
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, GROUPS, EDGE = 0.19, 0.26, 0.1  # inches: a row, the groups' names, between parts
GAINS, ATTENTION = "RdBu", "PRGn"  # red stands for harm alone


@figure("paper", 1)
def impact_profile(profile: ImpactProfile) -> Figure | None:
    """The heat map, with the tree that groups similar strategies."""
    questions = queries.at_a_glance(profile)
    if not questions or not profile.strategies:
        return None
    return Figure(
        name="impact_profile",
        title=say("Every strategy, every effect"),
        caption=say(
            "A row is a strategy, a column one question. Blue (of predictions) or green: more than "
            "the baselines; red or purple: less. + and −: beyond seed noise (corrected p at most "
            "{alpha}). Colours compare strategies within a column; the deepest stands for the "
            "number beside its name; all numbers are in the table of all effects. In a paper's "
            "column: of the shifts, those by the primary metric and of predictions. The tree on "
            "the right joins strategies with similar profiles: the sooner, the more similar.",
            alpha=f"{profile.plan.alpha:g}",
        ),
        alt=_alt(profile, questions),
        draw=partial(_draw, profile, questions),
    )


def _alt(profile: ImpactProfile, questions: list[str]) -> str:
    primary = queries.primary(profile)
    strategies = [
        words.visible(s.strategy)
        for s in profile.strategies
        if profile.effect(s.strategy, primary).beyond_noise
    ]
    return say(
        "Heat map of {strategies} strategies by {effects} effects. Attention moves beyond seed "
        "noise under: {moved}. All values are in the table of all effects.",
        strategies=len(profile.strategies),
        effects=len(questions),
        moved=words.listing(strategies) or say("none"),
    )


def _draw(profile: ImpactProfile, questions: list[str], size: Size) -> style.Drawing:
    names = queries.tree_order(profile)
    questions = _few(profile, questions) if size.is_narrow else questions
    columns = [queries.question(profile, question) for question in questions]
    effects = [[profile.effect(name, question) for name in names] for question in questions]
    labels = [fit(_label(profile, name), 0.36 * size.width, lines=1) for name in names]
    left = widest(labels) + 0.1
    tree = 0.1 * size.width if len(profile.linkage) == len(names) - 1 else 0.0
    width = size.width - left - tree - EDGE
    heads = [_head(c, e, size) for c, e in zip(columns, effects, strict=True)]
    above = GROUPS + widest(heads, SMALL)
    height = min(ROW * len(names), HEIGHT - above)
    drawing = style.canvas(size.width, height + above + 0.05)
    axes = style.place(drawing, left, 0.05, width, height)
    for column, of_column in enumerate(effects):
        _column(axes, column, of_column, ATTENTION if _of_attention(columns[column]) else GAINS)
    _frame(axes, labels, heads)
    _groups(axes, columns, width / len(columns), 72 * (above - GROUPS + 0.08))
    if tree:
        _tree(style.place(drawing, left + width + EDGE / 2, 0.05, tree, height), profile, names)
    return drawing


def _few(profile: ImpactProfile, questions: list[str]) -> list[str]:
    """Return questions less the shifts by metrics other than the primary one."""
    always = queries.primary(profile), "excess_shift.prediction_kl"
    return [q for q in questions if not q.startswith("excess_shift.") or q in always]


def _label(profile: ImpactProfile, name: str) -> str:
    return f"{words.visible(name)} {words.SYMBOLS[queries.verdicts(profile)[name]]}"


def _of_attention(question: naming.Question) -> bool:
    return question.group != say("prediction")


def _head(question: naming.Question, effects: Sequence[Effect], size: Size) -> str:
    """Return the heading of a column: the question, and what its deepest colour stands for."""
    name = question.head.replace("-\n", "").replace("\n", say(" "))
    values = [abs(effect.estimate) for effect in effects if words.is_known(effect.estimate)]
    if size.is_narrow or not values:
        return name
    return f"{name}\n{question.write(max(values), sign=False)} ({question.unit})"


def _column(axes: "Axes", column: int, effects: Sequence[Effect], colours: str) -> None:
    """Draw the cells of one question, a row for each strategy."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    values = np.array([effect.estimate for effect in effects], float)
    largest = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0
    for row, (effect, value) in enumerate(zip(effects, values, strict=True)):
        if not math.isfinite(value):
            axes.text(column, row, words.DASH, ha="center", va="center", color=style.PALE)
            continue
        strength = value / largest if largest else 0
        colour = colormaps[colours](0.5 + 0.4 * strength)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, lw=0))
        if effect.beyond_noise:
            sign = "+" if value > 0 else words.MINUS
            axes.text(column, row, sign, ha="center", va="center", weight="bold",
                      color=ink(colour))  # fmt: skip


def ink(colour: Sequence[float] | np.ndarray) -> str:
    """Return the colour of text that is legible on a colour: red, green, blue of 0..1."""
    return (
        "white" if 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] < 0.5 else style.INK
    )


def _frame(axes: "Axes", labels: Sequence[str], heads: Sequence[str]) -> None:
    axes.set(xlim=(-0.5, len(heads) - 0.5), ylim=(len(labels) - 0.5, -0.5))
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    for edge in range(len(labels) + 1):
        axes.axhline(edge - 0.5, color="white", lw=0.8)
    for edge in range(len(heads) + 1):
        axes.axvline(edge - 0.5, color="white", lw=0.8)
    for column, head in enumerate(heads):
        axes.annotate(
            head, (column, -0.5), (0, 3), textcoords="offset points", ha="center", va="bottom",
            rotation=90, fontsize=SMALL, annotation_clip=False, linespacing=1.0,
        )  # fmt: skip


def _groups(axes: "Axes", questions: Sequence[naming.Question], cell: float, above: float) -> None:
    """Part the groups of columns, and name those that are wide enough for their names.

    Args:
        cell: width of a column in inches. above: the names' height above the cells in points.
    """
    start = 0
    for group, columns in itertools.groupby(questions, lambda question: question.group):
        size = len(list(columns))
        if text_width(group, SMALL, bold=True) <= size * cell:
            axes.annotate(
                group, (start + size / 2 - 0.5, -0.5), (0, above), textcoords="offset points",
                ha="center", va="bottom", weight="bold", fontsize=SMALL, annotation_clip=False,
            )  # fmt: skip
        start += size
        axes.axvline(start - 0.5, color="white", lw=4)


def _tree(axes: "Axes", profile: ImpactProfile, names: list[str]) -> None:
    places = {name: float(row) for row, name in enumerate(names)}
    joints = [(places[s.strategy], 0.0) for s in profile.strategies]
    # Square roots: one far outlier must not press all other joints against the edge.
    for first, second, distance, _ in profile.linkage:
        reach = math.sqrt(distance)
        (low, a), (high, b) = joints[int(first)], joints[int(second)]
        axes.plot([a, reach, reach, b], [low, low, high, high], color="#888888", lw=1)
        joints.append(((low + high) / 2, reach))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.axis("off")
