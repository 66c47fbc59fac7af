"""The figures of the paper, drawn in the size in which they are placed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.plan.choices import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import COLUMN, PAGE, SMALL
from paper import attention, evidence
from paper.evidence import MARKS, REAL, SINGLE, SWEEPS, WORLDS
from paper.formats import known

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Drawing = Callable[[], "Figure"]
MILD = 2.0  # points: gains within which a strategy changes little


def noise() -> "Figure":
    """Every model of the default study: accuracy by arm."""
    profile = evidence.study("quickstart")
    accuracy = profile.points["accuracy"]
    means = {arm: np.array(values, float).mean() for arm, values in accuracy.items()}
    arms = [BASELINE, *sorted(accuracy.keys() - {BASELINE}, key=lambda arm: -means[arm])]
    labels = ["baselines", *(name.replace("_", " ") for name in arms[1:])]
    height = 0.17 * len(arms) + 0.55
    drawing = style.canvas(COLUMN.width, height)
    left = style.room_for(labels)
    axes = style.place(drawing, left, 0.42, COLUMN.width - left - 0.08, height - 0.48)
    base = 100 * np.array(accuracy[BASELINE], float)
    axes.axvspan(base.min(), base.max(), color=style.BAND, lw=0)
    verdicts = {s.strategy: str(s.verdict) for s in profile.strategies}
    for place, arm in enumerate(arms):
        values = 100 * np.array(accuracy[arm], float)
        verdict = verdicts.get(arm, BASELINE)
        colour = style.COLOURS[verdict]
        axes.plot(values, np.full(len(values), place), "o", ms=3, mfc="none", mec=colour, mew=0.8)
        axes.plot(values.mean(), place, style.MARKERS[verdict], ms=5, color=colour)
    style.frame_rows(axes, labels)
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_xlabel("test accuracy of a model, %")
    return drawing


def convergence() -> "Figure":
    """Undecided, and adopted by one study alone of two that decide, as models are added."""
    drawing = style.canvas(COLUMN.width, 1.95)
    shares = (("undecided", "undecided, %", 0.42), ("adopt against", "adopt against, %", 2.1))
    for column, label, left in shares:
        axes = style.place(drawing, left, 0.42, 1.12, 1.22)
        for name, rows, colour, mark in _sources():
            models = [float(row["models, mean"]) for row in rows]
            values = [100 * float(row[column]) for row in rows]
            axes.plot(models, values, mark, color=colour, ms=4, lw=1, label=name)
            whole = _single(name)
            axes.plot(
                float(whole["models, mean"]), 100 * float(whole[column]), mark[-1], ms=4.5,
                mfc="none", mec=colour,
            )  # fmt: skip
        axes.set_xlabel("models of a study")
        axes.set_ylabel(label)
        axes.set_ylim(0, None)
        axes.set_xlim(45, 66)
        axes.grid(color=style.RULE, lw=0.5)
        axes.tick_params(axis="y", labelsize=SMALL)
    handles, names = drawing.axes[0].get_legend_handles_labels()
    drawing.legend(handles, names, loc="upper center", ncols=2, fontsize=SMALL, borderpad=0.1)
    return drawing


def _sources() -> list[tuple[str, list[Mapping[str, str]], str, str]]:
    """Return the designs of one world and one number of test images, fewest models first."""
    sources = []
    for name, world, colour, mark in (
        ("simulated", "M", style.BLUE, "-o"),
        ("trained", "trained", style.ORANGE, "--s"),
    ):
        rows = [
            row
            for row in evidence.rows(f"truth/{name}.csv")
            if row["world"] == world and row["test images"] == evidence.TEST_IMAGES
            and row["models, by stage"] != SINGLE
        ]  # fmt: skip
        sources.append((name, sorted(rows, key=lambda r: float(r["models, mean"])), colour, mark))
    return sources


def _single(source: str) -> Mapping[str, str]:
    """Return a single stage of as many models as the default design takes in the end."""
    return next(
        row
        for row in evidence.rows(f"truth/{source}.csv")
        if row["models, by stage"] == SINGLE and row["test images"] == evidence.TEST_IMAGES
    )


def alarms() -> "Figure":
    """False alarms of a gain, by the two tests, in every simulated world."""
    drawing = style.canvas(COLUMN.width, 1.9)
    labels = list(WORLDS.values())
    left = style.room_for(labels)
    axes = style.place(drawing, left, 0.42, COLUMN.width - left - 0.1, 1.2)
    tests = (("gain", style.BLUE, "o", "moderated t", -0.14),
             ("gain, relabelled", style.ORANGE, "s", "relabelling", 0.14))  # fmt: skip
    for question, colour, mark, name, shift in tests:
        for place, world in enumerate(WORLDS):
            row = next(
                r
                for r in evidence.document("truth/simulated.json")["alarms"]
                if (r["world"], r["design"], r["question"]) == (world, "4+8", question)
            )
            y = place + shift
            axes.plot([100 * row["low"], 100 * row["high"]], [y, y], color=colour, lw=1.2)
            share = 100 * row["alarms"] / row["studies"]
            axes.plot(share, y, mark, ms=4, color=colour, label="" if place else name)
    axes.axvline(5, color=style.INK, lw=0.8, ls=":")
    style.frame_rows(axes, labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, None)
    axes.set_xlabel("studies that claim something, %")
    drawing.legend(loc="upper right", ncols=2, fontsize=SMALL, borderpad=0.1)
    return drawing


def shortcuts() -> "Figure":
    """Focus, and gain as a study sees it, against what is kept without the mark."""
    document = evidence.document(attention.SHORTCUT)
    learned = [c for c in document["conditions"] if attention.learned(c)]
    drawing = style.canvas(PAGE.width, 3.05)
    scores = (
        ("focus", "change of focus"),
        ("gain in accuracy, as the study sees it", "gain seen, points"),
    )
    for column, condition in enumerate(learned):
        for row, (score, label) in enumerate(scores):
            left, bottom = 0.55 + 1.64 * column, 1.87 - 1.51 * row
            axes = style.place(drawing, left, bottom, 1.28, 0.86)
            scale = 1 if score == "focus" else 100
            axes.axhline(0, color=style.RULE, lw=0.8)
            axes.axvline(0, color=style.RULE, lw=0.8)
            for arm in condition["arms"]:
                axes.plot(scale * arm["scores"][score], 100 * arm["causal"]["kept"], "o", ms=3.5,
                          color=style.BLUE, alpha=0.8, mew=0)  # fmt: skip
            value = condition["orders"][score]["kept"][0]
            title = MARKS.get(condition["name"], condition["name"]) if row == 0 else ""
            axes.set_title(f"{title}{', ' if title else ''}ρ = {signed(value)}", fontsize=SMALL)
            axes.set_xlabel(label, fontsize=SMALL)
            axes.tick_params(labelsize=SMALL)
            if column == 0:
                axes.set_ylabel("kept without\nthe mark, points", fontsize=SMALL)
    return drawing


def sweeps() -> "Figure":
    """Excess shift against gain, in both sweeps: all strategies, and those that change little."""
    drawing = style.canvas(COLUMN.width, 2.5)
    for column, (name, short) in enumerate(SWEEPS.items()):
        profile = evidence.study(name)
        axes = style.place(drawing, 0.42 + 1.5 * column, 0.42, 1.33, 1.66)
        _sweep(axes, profile)
        primary = next(c for c in profile.correlations if c.primary)
        axes.set_title(
            f"{short}: ρ = {signed(primary.rho)};\nmild: ρ = {signed(primary.rho_mild)}",
            fontsize=SMALL,
        )
        axes.set_xlabel("excess shift E")
        axes.tick_params(axis="y", labelsize=SMALL)
        if column == 0:
            axes.set_ylabel("gain, points")
    return drawing


def _sweep(axes: "Axes", profile: ImpactProfile) -> None:
    shift = f"excess_shift.{profile.plan.primary}"
    axes.axhspan(-MILD, MILD, color=style.BAND, lw=0)
    axes.axhline(0, color=style.RULE, lw=0.8)
    for strategy in profile.strategies:
        gain = 100 * known(profile.effect(strategy.strategy, "gain").estimate)
        mild = abs(gain) < MILD
        moved = known(profile.effect(strategy.strategy, shift).estimate)
        mark, colour = ("o", style.BLUE) if mild else ("v", style.ORANGE)
        axes.plot(moved, gain, mark, ms=3.5, color=colour, mew=0, alpha=0.85)


def gains() -> "Figure":
    """The gain of every strategy on the five data sets, with its deciding interval."""
    profiles = {name: evidence.study(name) for name in REAL}
    # Three panels above, two below, of as many rows as the longest of each.
    rows = (list(REAL)[:3], list(REAL)[3:])
    heights = [0.14 * max(len(profiles[name].strategies) for name in row) for row in rows]
    height = sum(heights) + 2 * 0.72
    drawing = style.canvas(PAGE.width, height)
    top = height
    for row, tall in zip(rows, heights, strict=True):
        top -= 0.24
        width = PAGE.width / 3
        for column, name in enumerate(row):
            profile = profiles[name]
            labels = [s.strategy.partition(":")[0].replace("_", " ") for s in profile.strategies]
            left = width * column + style.room_for(labels, SMALL)
            bottom = top - tall
            axes = style.place(drawing, left, bottom, width * (column + 1) - left - 0.1, tall)
            _forest(axes, profile, labels)
            axes.set_title(REAL[name], fontsize=SMALL)
        top -= tall + 0.48
    _legend(drawing)
    return drawing


def _forest(axes: "Axes", profile: ImpactProfile, labels: Sequence[str]) -> None:
    margin = 100 * profile.plan.margins.gain
    axes.axvspan(-margin, margin, color=style.BAND, lw=0)
    axes.axvline(0, color=style.PALE, lw=0.6)
    for place, strategy in enumerate(profile.strategies):
        effect = profile.effect(strategy.strategy, "gain")
        colour, mark = style.COLOURS[str(strategy.verdict)], style.MARKERS[str(strategy.verdict)]
        axes.plot(
            [100 * known(effect.low), 100 * known(effect.high)],
            [place, place],
            color=colour,
            lw=1.1,
        )
        axes.plot(100 * known(effect.estimate), place, mark, ms=4, color=colour)
    style.frame_rows(axes, labels)
    axes.tick_params(labelsize=SMALL)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel("gain, points", fontsize=SMALL)


def _legend(drawing: "Figure") -> None:
    verdicts = ("adopt", "undecided", "no gain worth having", "avoid", "quiet")
    handles = [
        drawing.axes[0].plot(
            [], [], style.MARKERS[verdict], ms=4, color=style.COLOURS[verdict], label=verdict
        )[0]
        for verdict in verdicts
    ]
    drawing.legend(handles=handles, loc="lower right", fontsize=SMALL, bbox_to_anchor=(0.97, 0.1))


def maps() -> "Figure":
    """The mean map of the baselines, and how those of some strategies differ from it."""
    profile = evidence.study(SHOWN)
    cells = {m.arm: np.array(m.cells) for m in profile.mean_maps if not m.name}
    differences = {arm: cells[arm] - cells[BASELINE] for arm in STRATEGIES}
    scale = max(abs(values).max() for values in differences.values())
    panels = [("baselines", cells[BASELINE], "viridis", 0.0, cells[BASELINE].max())]
    panels += [
        (arm.replace("_", " "), values, "PRGn", -scale, scale)
        for arm, values in differences.items()
    ]
    side, gap = 0.58, 0.1
    drawing = style.canvas(COLUMN.width, side + 0.32)
    for place, (name, values, colours, low, high) in enumerate(panels):
        axes = style.place(drawing, place * (side + gap), 0.06, side, side)
        axes.imshow(values, cmap=colours, vmin=low, vmax=high)
        axes.set_title(name, fontsize=SMALL)
        axes.set_xticks([])
        axes.set_yticks([])
    return drawing


SHOWN = "fashion"
STRATEGIES = ("identity", "rotation", "translation", "cutmix")


def signed(value: float | None) -> str:
    """Return a number with a minus sign that is none of a hyphen.

    >>> signed(-0.381), signed(0.8)
    ('−0.38', '0.80')
    """
    return f"{known(value):.2f}".replace("-", "−")


FIGURES: Mapping[str, Drawing] = {
    "noise": noise,
    "convergence": convergence,
    "alarms": alarms,
    "shortcuts": shortcuts,
    "sweeps": sweeps,
    "gains": gains,
    "maps": maps,
}
