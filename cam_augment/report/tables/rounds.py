"""A study in rounds: how many models each strategy got, and why it got no more."""

from cam_augment.records import ImpactProfile, Stop
from cam_augment.report import queries
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy, of_verdict

COLUMNS = ("strategy", "models", "most", "round", "reason", "verdict")
REASONS = {
    "certain": "what its verdict rests on is beyond noise",
    "unlikely": "all models would hardly change its verdict",
    "budget": "the budget went to strategies nearer to an answer",
    "all": "it has all models",
}


@table("validity", 14)
def rounds(profile: ImpactProfile) -> Table | None:
    """How many models each strategy got, until which round, and why it stopped."""
    if not profile.rounds:
        return None
    verdicts = queries.verdicts(profile)
    return Table(
        name="rounds",
        title=say("Models of each strategy, round by round"),
        caption=say(
            "{asked} of {all} models were asked for. A strategy that is settled gets no more. p of "
            "the gain, of the primary excess shift, of focus and of the class that loses most are "
            "sequential: looking more than once is counted. They suppose about normal noise, alike "
            "in all arms. The estimate of a strategy that stopped early for what it showed is too "
            "large on average.",
            asked=model_count(profile),
            all=profile.plan.size,
        ),
        columns=COLUMNS,
        rows=tuple(
            (s.strategy, s.models, s.most, s.round, s.reason, verdicts[s.strategy])
            for s in in_order(profile)
        ),
        views=(
            of_strategy(),
            View(say("Models"), lambda r: say("{best} of {all}", best=r["models"], all=r["most"])),
            View(say("Until round"), lambda r: str(r["round"])),
            View(say("No more because"), lambda r: say(REASONS[r["reason"]]), kind="sentence"),
            of_verdict(profile),
        ),
    )


def in_order(profile: ImpactProfile) -> list[Stop]:
    """Return the stops in the plan's order."""
    return sorted(profile.rounds, key=lambda stop: profile.arms.index(stop.strategy))


def model_count(profile: ImpactProfile) -> int:
    """Return the number of models in all rounds together."""
    return profile.plan.baselines + sum(stop.models for stop in profile.rounds)
