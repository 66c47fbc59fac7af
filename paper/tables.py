"""The tables of the paper, as LaTeX for a column or the page."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from cam_augment.plan.choices import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report.formats.latex import escape
from paper import evidence
from paper.evidence import REAL, STAGED, SWEEPS, WORLDS
from paper.formats import count, known, p_value, percent, points, rho

VERDICTS = ("adopt", "trade-off", "undecided", "no gain worth having", "avoid")


def studies() -> str:
    """The studies of real data: how large, how noisy, and what came out."""
    return tabular(
        "lrrrrrr",
        ["Data", "train", "test", "models", "accuracy", "SD", "finds"],
        (
            [
                REAL[name],
                train,
                count(tested),
                str(len(profile.models)),
                accuracy,
                spread,
                _least(profile),
            ]
            for name in REAL
            for profile in [evidence.study(name)]
            for train, tested, accuracy, spread in [_sizes(profile)]
        ),
    )


def _sizes(profile: ImpactProfile) -> tuple[str, int, str, str]:
    base = np.array(profile.points["accuracy"][BASELINE])
    tested = round(sum(map(sum, profile.confusion[BASELINE])))
    train = profile.plan.dataset.settings["train"]
    sized = count(train) if train >= 1 and train == int(train) else percent(train)
    return sized, tested, percent(base.mean(), 1), points(base.std(ddof=1), sign=False)


def _least(profile: ImpactProfile) -> str:
    """Return the least gain that the design finds, in points."""
    gains = [known(s.smallest_gain) for s in profile.strategies if s.rule != "control"]
    return points(float(np.median(gains)), sign=False, digits=1)


def verdicts() -> str:
    """How many strategies of each study have which verdict, and attention that moved."""
    heading = ["Data", "adopt", "trade", "undec.", "no gain", "avoid", "moved", "control"]
    return tabular("l" + "r" * (len(heading) - 2) + "l", heading, map(_verdicts_of, REAL))


def _verdicts_of(name: str) -> list[str]:
    profile = evidence.study(name)
    judged = [s for s in profile.strategies if s.rule != "control"]
    control = next(s for s in profile.strategies if s.rule == "control")
    shift = f"excess_shift.{profile.plan.primary}"
    moved = sum(profile.effect(s.strategy, shift).finding == "moves" for s in judged)
    counts = [sum(s.verdict == verdict for s in judged) for verdict in VERDICTS]
    return [REAL[name], *map(str, counts), f"{moved}/{len(judged)}", str(control.verdict)]


def alarms() -> str:
    """False alarms of every world: by moderated t, by relabelling, and of classes."""
    above = (
        r" & \multicolumn{3}{c}{one stage} & \multicolumn{2}{c}{two stages} \\"
        r"\cmidrule(lr){2-4}\cmidrule(l){5-6}"
    )
    return tabular(
        "lrrrrr",
        ["Noise of the arms", "gain", "relab.", "class", "gain", "class"],
        [*_alarms("simulated", WORLDS), *_alarms("trained", _trained())],
        above=above,
    )


QUESTIONS = (("gain", "gain, relabelled", "class at its margin"), ("gain", "class at its margin"))


def _trained() -> Mapping[str, str]:
    rows = evidence.document("truth/trained.json")["alarms"]
    worlds = dict.fromkeys(row["world"] for row in rows)
    return {world: world.replace(" x ", r" $\times$ ") for world in worlds}


def _alarms(source: str, worlds: Mapping[str, str]) -> Iterable[list[str]]:
    rows = evidence.document(f"truth/{source}.json")["alarms"]
    shares = {
        (row["world"], row["design"] == STAGED, row["question"]): percent(
            row["alarms"] / row["studies"], 1
        )
        for row in rows
    }
    for world, name in worlds.items():
        yield [
            name,
            *(
                shares[world, staged, question]
                for staged, questions in enumerate(QUESTIONS)
                for question in questions
            ),
        ]


def _design(text: str) -> str:
    """Return a design as short as a table wants it.

    >>> _design("4+8, then 6+12")
    '4+8, 6+12'
    """
    return text.replace(", then ", ", ")


def power() -> str:
    """Verdicts of every world and design: undecided, right, and against a second study."""
    heading = ["World", "design", "test", "models", "undec.", "right", "against", "alike"]
    rows = [(WORLDS[row["world"]], row) for row in evidence.rows("truth/simulated.csv")] + [
        ("trained models", row) for row in evidence.rows("truth/trained.csv")
    ]
    return tabular(
        "llrrrrrr",
        heading,
        (
            [
                name, _design(row["models, by stage"]), count(int(row["test images"])),
                f"{float(row['models, mean']):.0f}", percent(float(row["undecided"])),
                percent(float(row["claims right"]), 1), percent(float(row["adopt against"]), 1),
                percent(float(row["alike"])),
            ]
            for name, row in rows
        ),
    )  # fmt: skip


def shortcuts() -> str:
    """Planted marks: what baselines lose without them, and what orders the strategies."""
    heading = ["Mark", "seen", "without", "named", "focus", "gain", "$E$"]
    return tabular(
        "lrrlrrr",
        heading,
        (
            [
                NAMES.get(c["name"], c["name"]),
                percent(c["baseline"]["same"]),
                percent(c["baseline"]["none"]),
                ", ".join(c["named"].values()) or "nothing",
                *(_order(c["orders"].get(score, {}).get("kept")) for score in SCORES),
            ]
            for c in evidence.document("truth/shortcut.json")["conditions"]
        ),
    )


NAMES = {"mark": "small", "other corner": "small, moved", "invisible": "invisible"}
SCORES = ("focus", "gain in accuracy, as the study sees it", "excess shift by Pearson")


def _order(order: Sequence[float | None] | None) -> str:
    return "--" if not order or order[0] is None else rho(order[0])


def prediction() -> str:
    """Scores against gain in both sweeps."""
    profiles = [evidence.study(name) for name in SWEEPS]
    heading = ["Score", *[r"$\rho$", r"$\rho$ mild", "$Q^2$", "$p$"] * len(profiles)]
    found = [{c.score: c for c in profile.correlations} for profile in profiles]
    rows = []
    for score, name in PREDICTORS.items():
        cells = []
        for scores in found:
            c = scores[score]
            cells += [rho(c.rho), rho(c.rho_mild), rho(c.q2), p_value(c.q2_p)]
        rows.append([name, *cells])
    sets = " & ".join(rf"\multicolumn{{4}}{{c}}{{{name.capitalize()}}}" for name in SWEEPS.values())
    return tabular("l" + "rrrr" * len(profiles), heading, rows, above=f" & {sets} \\\\")


PREDICTORS = {
    "excess_shift.pearson": "$E$, Pearson (primary)",
    "excess_shift.centroid_shift": "$E$, centroid",
    "excess_shift.wasserstein": "$E$, Wasserstein",
    "spread": "spread of a map",
    "equivariance": "CAM equivariance",
    "excess_shift.prediction_kl": "shift of predictions",
    "affinity": "affinity",
    "diversity": "diversity",
    "one_epoch_accuracy": "accuracy after one epoch",
}


def searches() -> str:
    """What each way of choosing a pipeline gained, for the models that it trained."""
    if not evidence.has(evidence.SEARCH):
        return "% results/search is not there yet\n"
    rows = evidence.rows("search/search.csv")
    ways = dict.fromkeys((row["data"], row["way"]) for row in rows)
    return tabular(
        "llrrr",
        ["Data", "Way", "times", "models", "gain"],
        (
            [
                escape(data),
                escape(way),
                str(len(chosen)),
                f"{np.mean([int(row['models']) for row in chosen]):.0f}",
                points(float(np.mean([float(row["gain"]) for row in chosen]))),
            ]
            for data, way in ways
            for chosen in [[row for row in rows if (row["data"], row["way"]) == (data, way)]]
        ),
    )


def tabular(
    columns: str, heading: Sequence[str], rows: Iterable[Sequence[str]], above: str = ""
) -> str:
    """Return a table with rules of ``booktabs``."""
    lines = [rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", *([above] if above else [])]
    lines += [" & ".join(heading) + r" \\", r"\midrule"]
    lines += [" & ".join(row) + r" \\" for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


TABLES: Mapping[str, Callable[[], str]] = {
    "studies": studies,
    "verdicts": verdicts,
    "alarms": alarms,
    "power": power,
    "shortcuts": shortcuts,
    "prediction": prediction,
    "searches": searches,
}
