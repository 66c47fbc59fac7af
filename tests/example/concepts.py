"""Factors of the example: what the baselines see in patches, and how strategies use it."""

from collections.abc import Sequence

import numpy as np

from cam_augment.records import Concepts, Effect, Factor, Patch
from tests.example.effects import effect_of, p_of
from tests.example.measured import MEASURED
from tests.example.pictures import digit, png

NAMES = ("arcs", "")  # the second one has none
USES = (0.31, 0.22)


def factor_effects() -> list[Effect]:
    """What strategies change: the common share where they lose, the use of factors elsewhere."""
    changes = {
        "common_share": lambda row: min(0.0, 4 * row[0]),
        "factors.1": lambda row: 2 * row[3],
        "factors.2": lambda row: -1.5 * row[3],
    }
    return [
        effect_of(strategy, question, change(row), 0.02, 0.012, p_of(change(row), 0.012))
        for question, change in changes.items()
        for strategy, row in MEASURED.items()
    ]


def concepts_of(arms: Sequence[str]) -> Concepts:
    rng = np.random.default_rng(3)
    changes = {e.strategy: e.estimate for e in factor_effects() if e.question == "common_share"}
    common = {arm: 0.8 + changes.get(arm, 0.0) for arm in arms}
    most = {arm: 0.8 - 0.01 * place for place, arm in enumerate(arms)}
    return Concepts(
        patches=2000,
        common=common,
        explained={arm: common[arm] * most[arm] for arm in arms},
        most=most,
        factors=tuple(
            Factor(
                name=name,
                use=dict.fromkeys(arms, use),
                patches=tuple(patch(label, rng) for label in range(3 * place, 3 * place + 3)),
            )
            for place, (name, use) in enumerate(zip(NAMES, USES, strict=True))
        ),
    )


def patch(label: int, rng: np.random.Generator) -> Patch:
    return Patch(
        index=label,
        label=str(label),
        row=2,
        column=3,
        image=png(digit(label, rng)[4:18, 7:21]),
        box=(0.36, 0.64, 0.29, 0.57),
    )
