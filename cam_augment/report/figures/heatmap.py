"""The impact profile at a glance: strategies by effects."""

import math

import numpy as np

from cam_augment.records import ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

CELL, HEAD, TREE = (0.7, 0.31), 0.98, 0.7


@figure("profile", 1)
def impact_profile(profile: ImpactProfile) -> Figure | None:
    """The heat map, with the tree that groups similar strategies."""
    asked = look.questions(profile)
    if not asked or not profile.strategies:
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
        alt=_alt(profile, asked),
        draw=lambda: _draw(profile, asked),
        phone=900,
    )


def _alt(profile: ImpactProfile, asked: list[str]) -> str:
    found = look.effects(profile)
    moved = [
        words.visible(s.strategy)
        for s in profile.strategies
        if look.beyond(found.get((s.strategy, look.primary(profile))))
    ]
    return say(
        "Heat map of {strategies} strategies by {effects} effects. Attention moves beyond seed "
        "noise under: {moved}. All values are in the table of all effects.",
        strategies=len(profile.strategies),
        effects=len(asked),
        moved=words.listing(moved) or say("none"),
    )


def _draw(profile: ImpactProfile, asked: list[str]):
    names = look.tree_order(profile)
    found = look.effects(profile)
    labels = [_label(profile, name) for name in names]
    left = style.room_for(labels)
    width, height = CELL[0] * len(asked), CELL[1] * len(names)
    tree = TREE if len(profile.linkage) == len(names) - 1 else 0
    drawing = style.canvas(left + width + tree + 0.25, height + HEAD + 0.1)
    axes = style.place(drawing, left, 0.05, width, height)
    values = np.array([[_value(found, name, q) for q in asked] for name in names])
    for column, question in enumerate(asked):
        effects = [found.get((name, question)) for name in names]
        _column(axes, profile, column, question, effects, values[:, column])
    _frame(axes, labels, asked)
    _groups(axes, asked)
    if tree:
        _tree(style.place(drawing, left + width + 0.1, 0.05, tree, height), profile, names)
    return drawing


def _label(profile: ImpactProfile, name: str) -> str:
    return f"{words.short(name)} {words.SYMBOLS[look.verdicts(profile)[name]]}"


def _value(found, name: str, question: str) -> float:
    effect = found.get((name, question))
    return effect.estimate if effect and words.known(effect.estimate) else math.nan


def _column(axes, profile, column: int, question: str, effects, values) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    largest = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0
    for row, (effect, value) in enumerate(zip(effects, values, strict=True)):
        if not math.isfinite(value):
            axes.text(column, row, words.DASH, ha="center", va="center", color=style.PALE)
            continue
        beyond = look.beyond(effect)
        strength = value / largest if largest else 0
        shade = 0.5 + (0.36 if beyond else 0.1) * strength
        colour = colormaps["RdBu"](shade)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, lw=0))
        asked = words.question(question)
        text = asked.write(value, sign=asked.signed) + (" ●" if beyond else "")
        axes.text(
            column, row, text, ha="center", va="center", fontsize=8.2,
            weight="bold" if beyond else "normal", color=_ink(colour, beyond),
        )  # fmt: skip


def _ink(colour, beyond: bool) -> str:
    light = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return "white" if light < 0.5 else (style.INK if beyond else "#555555")


def _frame(axes, labels: list[str], asked: list[str]) -> None:
    axes.set(xlim=(-0.5, len(asked) - 0.5), ylim=(len(labels) - 0.5, -0.5))
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    for edge in range(len(labels) + 1):
        axes.axhline(edge - 0.5, color="white", lw=1.2)
    for edge in range(len(asked) + 1):
        axes.axvline(edge - 0.5, color="white", lw=1.2)
    for column, question in enumerate(map(words.question, asked)):
        put = {"ha": "center", "textcoords": "offset points", "annotation_clip": False}
        top = (column, -0.5)
        size = _fitting(question.head, 1, 8.4)
        axes.annotate(question.head, top, (0, 23), va="bottom", fontsize=size, **put)
        unit = question.unit.replace("share of ", "share of\n")
        axes.annotate(unit, top, (0, 3), va="bottom", fontsize=7, color=style.PALE, **put)


def _fitting(text: str, columns: int, size: float) -> float:
    """Return the largest font size, up to ``size``, at which a heading stays in its columns."""
    longest = max(map(len, text.split("\n")))
    return min(size, 72 * CELL[0] * columns / (0.58 * longest))


def _groups(axes, asked: list[str]) -> None:
    """Write the headings over neighbouring columns of one group."""
    groups = [words.question(q).group for q in asked]
    start = 0
    for end in range(1, len(groups) + 1):
        if end < len(groups) and groups[end] == groups[start]:
            continue
        wide = end - start > 1
        title = groups[start] if wide else groups[start].replace(" ", "\n", 1)
        axes.annotate(
            title, ((start + end - 1) / 2, -0.5), (0, 53), textcoords="offset points",
            ha="center", weight="bold", fontsize=_fitting(title, end - start, 8.5 if wide else 7),
            annotation_clip=False, linespacing=0.95,
        )  # fmt: skip
        for edge in (start, end):
            axes.axvline(edge - 0.5, color="white", lw=5)
        start = end


def _tree(axes, profile: ImpactProfile, names: list[str]) -> None:
    places = {name: row for row, name in enumerate(names)}
    joints = [(places[s.strategy], 0.0) for s in profile.strategies]
    # Square roots: one far outlier must not press all other joints against the edge.
    for left, right, distance, _ in profile.linkage:
        reach = math.sqrt(distance)
        (low, a), (high, b) = joints[int(left)], joints[int(right)]
        axes.plot([a, reach, reach, b], [low, low, high, high], color="#888888", lw=1)
        joints.append(((low + high) / 2, reach))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.axis("off")
