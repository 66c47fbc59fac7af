"""A study in stages: how many models each strategy is judged by, and why it got no more."""

from cam_augment.records import ImpactProfile, Stop
from cam_augment.report import queries
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy, of_verdict

COLUMNS = ("strategy", "stage", "models", "baselines", "reason", "verdict")
REASONS = {
    "decided": "it is decided",
    "otherwise": "more models would not decide it",
    "last": "the plan has no further stage",
    "budget": "the budget went to strategies that need fewer models",
    "missing": "there is no model of the next stage",
}


@table("validity", 14)
def stages(profile: ImpactProfile) -> Table | None:
    """At which stage each strategy stopped, by how many models, and why."""
    if not profile.stages:
        return None
    verdicts = queries.verdicts(profile)
    return Table(
        name="stages",
        title=say("Models of each strategy, stage by stage"),
        caption=say(
            "{count} models of {all} at most. Strategies that more models would decide about go on "
            "to the next stage; the others keep the verdict, the intervals and the baselines of "
            "their last one. A gain that stopped a strategy early is too large on average.",
            count=model_count(profile),
            all=profile.plan.size,
        ),
        columns=COLUMNS,
        rows=tuple(
            (s.strategy, s.stage, s.models, s.baselines, s.reason, verdicts[s.strategy])
            for s in in_order(profile)
        ),
        views=(
            of_strategy(),
            View(say("Stage"), lambda r: str(r["stage"])),
            View(say("Models"), lambda r: f"{r['models']} + {r['baselines']}"),
            View(say("No more because"), lambda r: say(REASONS[r["reason"]]), kind="sentence"),
            of_verdict(profile),
        ),
    )


def in_order(profile: ImpactProfile) -> list[Stop]:
    """Return the stops in the plan's order."""
    return sorted(profile.stages, key=lambda stop: profile.arms.index(stop.strategy))


def model_count(profile: ImpactProfile) -> int:
    """Return the number of models of all stages together."""
    baselines = max(stop.baselines for stop in profile.stages)
    return baselines + sum(stop.models for stop in profile.stages)
