"""Simulated pipelines whose true gains are known: they saturate, and pairs interact."""

from itertools import combinations, product

import numpy as np

from cam_augment.plan import Strategy
from cam_augment.plan.pipelines import compose
from cam_augment.search.scores import Scores

NAMES = ("rotation", "translation", "shear", "zoom", "contrast", "brightness", "gaussian_noise",
         "random_erasing")  # fmt: skip
STRATEGIES = tuple(map(Strategy.parse, NAMES))
MEASURED = (1.33, 1.08, 0.8, 0.5, 0.3, 0.0, 0.0, -0.4)  # points that each gains alone
SEEDS = 0.43  # points: spread of models of one kind
AWAY = 0.7  # of a gain, at another magnitude than the best


class World:
    """Gains of pipelines in points, and models of them with noise.

    Args:
        alone: what each of ``NAMES`` gains alone. most: what all together could gain.
        interaction: spread of what pairs gain beyond. seed: of that, and of the models' noise.
        policies: what each fixed policy gains, by its label.
    """

    def __init__(self, alone=MEASURED, most=2.5, interaction=0.15, seed=0, policies=None):
        self.policies = policies or {}
        self._draw = np.random.default_rng(seed)
        self.alone = dict(zip(NAMES, alone, strict=True))
        self._most = most
        self._beyond = {
            pair: self._draw.normal(0, interaction) if all(self.alone[n] for n in pair) else 0.0
            for pair in combinations(NAMES, 2)
        }
        self._plain = {s.steps[0].name: s.steps[0].settings["magnitude"] for s in STRATEGIES}

    def gain(self, pipeline: Strategy) -> float:
        """Return what a pipeline truly gains, in points."""
        if pipeline.label in self.policies:
            return self.policies[pipeline.label]
        names = [step.name for step in pipeline.steps]
        gains = [self._of_step(step) for step in pipeline.steps]
        whole = sum(gain for gain in gains if gain > 0)
        loss = sum(gain for gain in gains if gain < 0)
        beyond = sum(self._beyond[pair] for pair in combinations(names, 2))
        return self._most * (1 - np.exp(-whole / self._most)) + loss + beyond

    def _of_step(self, step) -> float:
        as_planned = abs(step.settings["magnitude"] / self._plain[step.name] - 1) < 0.01
        return self.alone[step.name] * (1 if as_planned else AWAY)

    def best(self) -> float:
        """Return what the best pipeline of all, or policy, gains."""
        choices = product((False, True), repeat=len(STRATEGIES))
        pipelines = (
            compose(s for s, chosen in zip(STRATEGIES, row, strict=True) if chosen)
            for row in choices
        )
        return max(*map(self.gain, pipelines), *self.policies.values())

    def measure(self, models) -> Scores:
        noise = self._draw.normal(0, SEEDS, len(models))
        gains = np.array([self.gain(model.strategy) for model in models])
        return Scores(0.93 + (gains + noise) / 100)
