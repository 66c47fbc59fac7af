"""Whether the maps are faithful to the baselines: deletion, insertion, fresh weights."""

from typing import Any

from cam_augment.records import ALIKE, Faithfulness, ImpactProfile, Removal
from cam_augment.report import queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import interval
from cam_augment.report.words import is_known, number, percent, visible

TESTS = ("deletion", "insertion")
NO_PART = {
    True: "the last layer plays no part",
    False: "the last layer plays no part, since the method speaks for no class",
}
SAME = 0.9995  # rounds to 1.000: the maps are the same


@table("validity", 16)
def faithfulness(profile: ImpactProfile) -> Table:
    """Whether the cells that maps point at matter more than the middle, and than any."""
    return Table(
        name="faithfulness",
        title=say("Do the maps point at what the networks use?"),
        caption=sentences(
            say(
            "Deletion covers the cells of an image, a step at a time and the map's highest first, "
            "with the mean probe image; insertion lays them on the mean image in the same order. "
            "The score is the mean probability, over all steps, of the class that the map speaks "
            "for, 0 to 1: low is good in deletion, high in insertion. Centre: the same in the "
            "order of the cells' distance from the middle of the image. Random: in a random "
            "order. Differences are paired, with an interval over baselines and images. Only "
            "baselines are scored: a strategy that covers or mixes regions teaches its models to "
            "do without them, so between differently trained models these scores would compare "
            "trainings and not maps. The mean image carries nothing of the image that it covers, "
            "but it is a choice: another filling gives other scores."
            ),
            _open_looks(profile),
        ),
        columns=(
            "look", "test", "models", "images", "map", "centre", "random", "less_centre",
            "less_centre_low", "less_centre_high", "less_random", "less_random_low",
            "less_random_high", "reading",
        ),
        rows=tuple(
            _scores(faithful, test, getattr(faithful, test))
            for faithful in profile.faithful
            for test in TESTS
        ),
        views=(
            View(say("Look"), lambda r: visible(r["look"]), kind="word"),
            View(say("Test"), lambda r: say(r["test"]), kind="word"),
            View(say("Map"), lambda r: number(r["map"])),
            View(say("Centre"), lambda r: number(r["centre"])),
            View(say("Random"), lambda r: number(r["random"])),
            View(say("Map − centre [interval]"), lambda r: interval(r, "less_centre", _signed)),
            View(say("Map − random [interval]"), lambda r: interval(r, "less_random", _signed)),
            View(say("The map is"), lambda r: r["reading"], kind="sentence"),
        ),
        empty=say(
            "Not checked: fewer than two baselines were asked. The study's command, without "
            "--report-only, asks the stored models; nothing is trained for it."
        ),
    )  # fmt: skip


def _signed(value: Any, **_sign: bool) -> str:
    return number(value, sign=True)


def _short(value: Any, **_sign: bool) -> str:
    return number(value, 2)


def _open_looks(profile: ImpactProfile) -> str:
    """Return a sentence on the looks that have no row yet."""
    labels = [check.label for check in profile.plan.checks]
    rows = {faithful.look for faithful in profile.faithful}
    open_looks = [visible(label) for label in labels if label not in rows]
    return say("Not checked yet: {looks}.", looks=words.listing(open_looks)) if open_looks else ""


def _scores(faithful: Faithfulness, test: str, removal: Removal) -> tuple[Any, ...]:
    centre, random = removal.against["centre"], removal.against["random"]
    return (
        queries.of_map(faithful), test, faithful.models, faithful.images,
        *(removal.score[order] for order in ("map", "centre", "random")),
        centre.estimate, centre.low, centre.high, random.estimate, random.low, random.high,
        _standing(removal),
    )  # fmt: skip


def _standing(removal: Removal) -> str:
    """Return how a map compares with the two orders that know nothing of the model."""
    if "random" not in removal.better:
        return say("not shown to be better than random")
    if "centre" in removal.better:
        return say("better than both")
    if "centre" in removal.worse:
        return say("better than random, worse than the centre")
    return say("better than random, not shown to be better than the centre")


@table("validity", 18)
def randomisation(profile: ImpactProfile) -> Table | None:
    """Whether maps change when what was learnt is taken away."""
    if not profile.faithful:
        return None
    columns = (
        "look", "last", "last_low", "last_high", "last_share", "all", "all_low", "all_high",
        "all_share", "chance", "reading",
    )  # fmt: skip
    return Table(
        name="randomisation",
        title=say("Do the maps depend on what the networks have learnt?"),
        caption=say(
            "Mean Pearson's r of a baseline's map and the map of the same image by the same "
            "network with weights drawn anew, in its last layer or in all layers; the interval is "
            "over baselines and images. Near 1 the map shows the image and not the model; above "
            "{alike} for all layers the page warns. Chance: maps of different images by one "
            "baseline. Compared: images whose map under the new weights is not constant, in last "
            "layer / all layers; the others have no correlation and are left out.",
            alike=f"{ALIKE:g}",
        ),
        columns=columns,
        rows=tuple(_alike(faithful) for faithful in profile.faithful),
        views=(
            View(say("Look"), lambda r: visible(r["look"]), kind="word"),
            View(say("Last layer [interval]"), lambda r: interval(r, "last", _short)),
            View(say("All layers [interval]"), lambda r: interval(r, "all", _short)),
            View(say("Chance"), lambda r: number(r["chance"], 2)),
            View(say("Compared"), _shares),
            View(say("Reading"), lambda r: r["reading"], kind="sentence"),
        ),
    )


def _shares(row: Row) -> str:
    return f"{percent(row['last_share'], 0)} / {percent(row['all_share'], 0)}"


def _alike(faithful: Faithfulness) -> tuple[Any, ...]:
    last, every = faithful.alike["last"], faithful.alike["all"]
    return (
        queries.of_map(faithful), last.estimate, last.low, last.high, faithful.alike_share["last"],
        every.estimate, every.low, every.high, faithful.alike_share["all"], faithful.chance,
        _dependence(faithful),
    )  # fmt: skip


def _dependence(faithful: Faithfulness) -> str:
    last, every = faithful.alike["last"].estimate, faithful.alike["all"]
    if not is_known(every.estimate):
        text = say("Every map under new weights is constant")
    elif faithful.shows_image:
        text = say("The maps show the image, and not what was learnt")
    elif is_known(faithful.chance) and is_known(every.low) and every.low > faithful.chance:
        text = say("Under new weights still more alike than maps of different images are")
    else:
        text = say("Under new weights not clearly more alike than maps of different images")
    if not (is_known(last) and last > SAME):
        return text
    return say("; ").join([text, say(NO_PART[faithful.targeted])])
