"""What models see in patches: the factors that baselines share, and how strategies use them."""

CONCEPTS = {
    "title": "Do they see what baselines see?",
    "caption": (
        "{factors} that the baselines' activations in {patches} patches of the probe images have "
        "in common. Common share: what they explain of a model's activations, of what any {count} "
        "factors could explain of it at most. 100 %: it sees what baselines see, in its own "
        "channels. Every baseline is described by the factors of the others, which reach "
        "{baseline}; a strategy's models, by those of the same groups of baselines. Its change: "
        "in percentage points, with the deciding interval; bold: beyond seed noise, corrected over "
        "the strategies."
    ),
}
FACTORS_FIGURE = {
    "title": "The factors, and who uses them",
    "caption": (
        "A row is a factor, the one that baselines use most first; what it stands for, the patches "
        "say that show it most: the outlined cell, with what lies around it (one an image at "
        "most). Beside it: the share of the baselines' activations that falls to it. Cells: what a "
        "strategy changes of this share; green: it uses the factor more, purple: less, the deepest "
        "colour stands for {limit} points. A number, in points: beyond seed noise, corrected over "
        "strategies and factors; cells within it are pale. The plan may name the factors "
        "(concepts.names)."
    ),
    "plain caption": (
        "A row is a factor, the one that baselines use most first. Beside it: the share of the "
        "baselines' activations that falls to it. Cells: what a strategy changes of this share; "
        "green: it uses the factor more, purple: less, the deepest colour stands for {limit} "
        "points. A number, in points: beyond seed noise, corrected over strategies and factors; "
        "cells within it are pale. The plan's gallery is 0, so no patches are shown."
    ),
    "alt": (
        "{factors} in rows, with patches that show them, and strategies in columns. Used more or "
        "less beyond seed noise: {changes}."
    ),
    "change": "{factor} by {strategy} {change}",
    "use": "use",
}
USES = {
    "title": "Every factor, every strategy",
    "caption": (
        "Use: the share of the activations of a strategy's models that falls to a factor, beside "
        "the baselines'. Change: in percentage points, with the deciding interval; "
        "bold: beyond seed noise, corrected over strategies and factors."
    ),
}
SEES = {
    "falls": "It sees less of what baselines see.",
    "rises": "It sees more of what baselines see.",
    "weights": "It sees the same, and weighs it otherwise.",
    "within noise": "No change shown.",
    "unknown": "Not known.",
}
WEIGHTS = {
    "share": "Common share {own} (baselines {before}).",
    "more": "It uses more: {factors}.",
    "less": "It uses less: {factors}.",
    "factor": "{factor} ({change} points)",
    "various": (
        "Its activations are more varied than the baselines' (any {count} factors explain {most} "
        "of them at most, {before} of the baselines'); the common share takes that out."
    ),
    "uniform": (
        "Its activations are less varied than the baselines' (any {count} factors explain up to "
        "{most} of them, {before} of the baselines'); the common share takes that out."
    ),
}
