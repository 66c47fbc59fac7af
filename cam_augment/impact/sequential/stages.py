"""A study in stages: which strategies get more models, and what each stage decided.

All strategies are judged at the first stage. Those go on whose next step is more models; the
others stop and keep what their last stage said, with the models and baselines of that stage.
Everything follows from the models' answers, so the same stages come of the same store.
"""

from collections.abc import Mapping
from dataclasses import replace

from cam_augment.impact.judging import judge
from cam_augment.impact.sequential.standing import Standing
from cam_augment.impact.verdicts import Findings, step_of
from cam_augment.plan import BASELINE, Plan, Run
from cam_augment.plan.stages import Stage
from cam_augment.records import Stop
from cam_augment.records.claims import Claims, Judgement
from cam_augment.records.effects import StopReason


class Stages:
    """Where a study stands.

    Attributes:
        standing: as the present stage begins. models: strategy to how many it is to have by now.
        going: strategies of the present stage; none: the study is over.
        findings, judgements: strategy to what its last stage found, and its verdict by it.
        stops: why strategies got no more models.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.standing = Standing.first(plan)
        self.going = [strategy.label for strategy in plan.strategies]
        self.models = dict.fromkeys(self.going, self.standing.stage.models)
        self.findings: dict[str, Findings] = {}
        self.judgements: dict[str, Judgement] = {}
        self._latest: Findings | None = None
        self.stops: list[Stop] = []

    @property
    def over(self) -> bool:
        """Whether no strategy gets further models."""
        return not self.going

    @property
    def latest(self) -> Findings:
        """What the last stage found, of the models of all arms."""
        assert self._latest is not None  # asked once a stage is closed
        return self._latest

    def asks(self, run: Run) -> bool:
        """Whether a run of the plan is to be made by now."""
        label = run.strategy.label
        most = self.standing.stage.baselines if label == BASELINE else self.models[label]
        return run.seed - self.plan.first_seed < most

    def close(self, findings: Findings) -> None:
        """Judge the strategies of the present stage, and say who goes on.

        Args:
            findings: what the models by now show, as the study stands (``standing``).
        """
        claims = {label: findings.claims(label) for label in self.going}
        self.judgements |= {label: judge(claim) for label, claim in claims.items()}
        self.findings |= dict.fromkeys(self.going, findings)
        self._latest = findings
        wishes = self._wishes(findings)
        further = self.plan.stages[self.standing.stage.number :]
        chosen = self._affordable(wishes, further[0]) if further else []
        for label in self.going:
            if label not in wishes:
                is_open = self.judgements[label].verdict == "undecided"
                self._stop(label, "otherwise" if is_open else "decided")
            elif label not in chosen:
                self._stop(label, "budget" if further else "last")
        self.going = [label for label in self.going if label in chosen]
        if self.going:
            self._begin(further[0], findings, claims)

    def withdraw(self) -> None:
        """End the study before a stage of which there is no model: what was found stays."""
        for label in self.going:
            self._stop(label, "missing")
        self.going = []

    def _wishes(self, findings: Findings) -> dict[str, int]:
        """Return the strategies whose next step is more models, and how many."""
        steps = {label: step_of(findings, label, self.judgements[label]) for label in self.going}
        return {
            label: int(str(step.values["more"]))
            for label, step in steps.items()
            if step.code == "step.models"
        }

    def _affordable(self, wishes: Mapping[str, int], stage: Stage) -> list[str]:
        """Return whom the budget gives the models of a stage: those first that need the fewest."""
        nearest = sorted(wishes, key=lambda label: wishes[label])
        if self.plan.budget is None:
            return nearest
        now = self.standing.stage
        left = self.plan.budget - sum(self.models.values()) - stage.baselines
        return nearest[: max(0, left // (stage.models - now.models))]

    def _begin(self, stage: Stage, findings: Findings, claims: Mapping[str, Claims]) -> None:
        """Begin a stage of the strategies that go on, with what was claimed before it."""
        before = self.standing
        losing = {label: claim.surely for label, claim in claims.items() if claim.surely}
        self.models |= dict.fromkeys(self.going, stage.models)
        self.standing = replace(
            before,
            stage=stage,
            factor=self.plan.alpha / stage.alpha,
            going=frozenset(self.going),
            effects=findings.by_question,
            losing={**before.losing, **losing},
            leaving=before.leaving | {label for label, claim in claims.items() if claim.leaves},
        )

    def _stop(self, label: str, reason: StopReason) -> None:
        stage = self.findings[label].arms.standing.stage
        self.stops.append(
            Stop(
                strategy=label,
                stage=stage.number,
                models=stage.models,
                baselines=stage.baselines,
                reason=reason,
            )
        )
