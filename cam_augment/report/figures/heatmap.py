"""The impact profile at a glance: strategies by effects."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL, HEAD, TREE = (0.7, 0.31), 0.98, 0.7


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
            "A row is a strategy; a column asks one question, in the unit written under it. "
            "Blue: more than the baselines; red: less; the colour's strength compares strategies "
            "within a column. Bold with ●: beyond seed noise (corrected p at most {alpha}); pale: "
            "within it. The tree on the right joins strategies with similar profiles: the sooner, "
            "the more similar.",
            alpha=f"{profile.plan.alpha:g}",
        ),
        alt=_alt(profile, questions),
        draw=lambda: _draw(profile, questions),
        phone=900,
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


def _draw(profile: ImpactProfile, questions: list[str]) -> style.Drawing:
    names = queries.tree_order(profile)
    labels = [_label(profile, name) for name in names]
    margin = style.room_for(labels)
    width, height = CELL[0] * len(questions), CELL[1] * len(names)
    tree = TREE if len(profile.linkage) == len(names) - 1 else 0
    drawing = style.canvas(margin + width + tree + 0.25, height + HEAD + 0.1)
    axes = style.place(drawing, margin, 0.05, width, height)
    for column, question in enumerate(questions):
        effects = [profile.effect(name, question) for name in names]
        _column(axes, column, effects, queries.question(profile, question))
    columns = [queries.question(profile, question) for question in questions]
    _frame(axes, labels, columns)
    _groups(axes, columns)
    if tree:
        _tree(style.place(drawing, margin + width + 0.1, 0.05, tree, height), profile, names)
    return drawing


def _label(profile: ImpactProfile, name: str) -> str:
    return f"{words.short(name)} {words.SYMBOLS[queries.verdicts(profile)[name]]}"


def _column(axes: "Axes", column: int, effects: Sequence[Effect], question: words.Question) -> None:
    """Draw the cells of one question, a row for each strategy."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    values = np.array([effect.estimate for effect in effects], float)
    largest = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0
    for row, (effect, value) in enumerate(zip(effects, values, strict=True)):
        if not math.isfinite(value):
            axes.text(column, row, words.DASH, ha="center", va="center", color=style.PALE)
            continue
        beyond = effect.beyond_noise
        strength = value / largest if largest else 0
        shade = 0.5 + (0.36 if beyond else 0.1) * strength
        colour = colormaps["RdBu"](shade)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, lw=0))
        text = question.write(value, sign=question.signed) + (" ●" if beyond else "")
        axes.text(
            column, row, text, ha="center", va="center", fontsize=8.2,
            weight="bold" if beyond else "normal", color=_ink(colour, beyond),
        )  # fmt: skip


def _ink(colour: Sequence[float], beyond: bool) -> str:
    """Return the colour of text that is legible on a colour: red, green, blue of 0..1."""
    light = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return "white" if light < 0.5 else (style.INK if beyond else "#555555")


def _frame(axes: "Axes", labels: list[str], questions: list[words.Question]) -> None:
    axes.set(xlim=(-0.5, len(questions) - 0.5), ylim=(len(labels) - 0.5, -0.5))
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    for edge in range(len(labels) + 1):
        axes.axhline(edge - 0.5, color="white", lw=1.2)
    for edge in range(len(questions) + 1):
        axes.axvline(edge - 0.5, color="white", lw=1.2)
    for column, question in enumerate(questions):
        size = _font_size(question.head, 1, 8.4)
        _head(axes, column, question.head, 23, fontsize=size)
        unit = question.unit.replace("share of ", "share of\n")
        _head(axes, column, unit, 3, fontsize=7, color=style.PALE)


def _head(axes: "Axes", column: int, text: str, height: float, **options: Any) -> None:
    """Write a text ``height`` points above a column."""
    axes.annotate(
        text, (column, -0.5), (0, height), textcoords="offset points", ha="center", va="bottom",
        annotation_clip=False, **options,
    )  # fmt: skip


def _font_size(text: str, columns: int, size: float) -> float:
    """Return the largest font size, up to ``size``, at which a heading fits its columns."""
    longest = max(map(len, text.split("\n")))
    return min(size, 72 * CELL[0] * columns / (0.58 * longest))


def _groups(axes: "Axes", questions: list[words.Question]) -> None:
    """Write the headings over neighbouring columns of one group."""
    groups = [question.group for question in questions]
    start = 0
    for end in range(1, len(groups) + 1):
        if end < len(groups) and groups[end] == groups[start]:
            continue
        wide = end - start > 1
        title = groups[start] if wide else groups[start].replace(" ", "\n", 1)
        axes.annotate(
            title, ((start + end - 1) / 2, -0.5), (0, 53), textcoords="offset points",
            ha="center", weight="bold", fontsize=_font_size(title, end - start, 8.5 if wide else 7),
            annotation_clip=False, linespacing=0.95,
        )  # fmt: skip
        for edge in (start, end):
            axes.axvline(edge - 0.5, color="white", lw=5)
        start = end


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
