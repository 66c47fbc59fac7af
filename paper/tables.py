"""The tables of the paper, as LaTeX for a column or the page."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from cam_augment.plan.choices import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report.queries import maps_pass
from paper import attention, evidence
from paper.evidence import MARKS, REAL, STAGED, SWEEPS, TILES, WORLDS
from paper.formats import code, count, estimate, known, maths, p_value, percent, points, rho

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
    moved = f"{sum(s.attention == 'moved' for s in judged)}/{len(judged)}"
    counts = [sum(s.verdict == verdict for s in judged) for verdict in VERDICTS]
    looked = moved if maps_pass(profile) else "--"
    return [REAL[name], *map(str, counts), looked, str(control.verdict)]


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
    heading = ["World", "design", "test", "models", "undec.", "right", "below", "against", "alike"]
    rows = [(WORLDS[row["world"]], row) for row in evidence.rows("truth/simulated.csv")] + [
        ("trained models", row) for row in evidence.rows("truth/trained.csv")
    ]
    return tabular(
        "llrrrrrrr",
        heading,
        (
            [
                name, _design(row["models, by stage"]), count(int(row["test images"])),
                f"{float(row['models, mean']):.0f}", percent(float(row["undecided"])),
                percent(float(row["claims right"]), 1), percent(float(row["adopts below margin"])),
                percent(float(row["adopt against"]), 1), percent(float(row["alike"])),
            ]
            for name, row in rows
        ),
    )  # fmt: skip


def shortcuts() -> str:
    """Planted marks: what baselines lose without them, and what orders the strategies."""
    truths = (attention.KEPT, attention.WITHOUT)
    above = (
        r" & \multicolumn{2}{c}{accuracy} & & \multicolumn{2}{c}{focus}"
        r" & \multicolumn{2}{c}{gain seen} & \multicolumn{2}{c}{$E$} \\"
        r"\cmidrule(lr){2-3}\cmidrule(lr){5-6}\cmidrule(lr){7-8}\cmidrule(l){9-10}"
    )
    return tabular(
        "lrrlrrrrrr",
        ["Mark", "seen", "without", "strongest at the", *["kept", "without"] * 3],
        (
            [
                MARKS.get(c["name"], c["name"]),
                percent(c["baseline"]["same"], 1),
                percent(c["baseline"]["none"], 1),
                ", ".join(c["named"].values()) or "nothing named",
                *(
                    _order(c["orders"].get(score, {}).get(truth), attention.learned(c))
                    for score in attention.SCORES.values()
                    for truth in truths
                ),
            ]
            for c in evidence.document(attention.SHORTCUT)["conditions"]
        ),
        above=above,
    )


def _order(order: Sequence[float | None] | None, learned: bool) -> str:
    """Return rho with its p; nothing of a mark that was not learned."""
    if not learned or not order or order[0] is None:
        return "--"
    return f"{rho(order[0])} ({p_value(order[1])})"


def rotating() -> str:
    """The magnetic tiles three times: gains with their intervals, and verdicts."""
    profiles = [evidence.study(name) for name in TILES]
    designs = [
        f"{profile.plan.seeds}+{profile.plan.baselines}, test part {profile.plan.test}"
        for profile in profiles
    ]
    above = " & " + " & ".join(rf"\multicolumn{{2}}{{c}}{{{design}}}" for design in designs)
    return tabular(
        "l" + "rl" * len(profiles),
        ["Strategy", *["gain", "verdict"] * len(profiles)],
        (
            [
                code(label),
                *(
                    cell
                    for profile in profiles
                    for cell in (
                        estimate(profile.effect(label, "gain"), digits=1),
                        next(str(s.verdict) for s in profile.strategies if s.strategy == label),
                    )
                ),
            ]
            for label in (s.strategy for s in profiles[0].strategies)
        ),
        above=above + r" \\",
    )


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
    """What each way of choosing proposed, for the models that it trained, and what that gained."""
    if not evidence.has(evidence.SEARCH):
        return "% results/search is not there yet\n"
    return tabular(
        r"llr>{\raggedright}p{3.95in}r",
        ["Data", "Way", "models", "proposal", "gain"],
        (
            [
                DATA[row["data"]],
                row["way"],
                row["models"],
                _proposal(row["pipeline"]),
                _interval(row),
            ]
            for row in evidence.rows("search/search.csv")
        ),
    )


DATA = {"mnist": "digits", "fashion_mnist": "clothing"}


def _proposal(pipeline: str) -> str:
    return code(pipeline).replace("+", r"+\allowbreak ")


def _interval(row: Mapping[str, str]) -> str:
    """Return a gain with its interval, in points."""
    gain, low, high = (100 * float(row[name]) for name in ("gain", "low", "high"))
    return maths(rf"{gain:+.2f}\ [{low:.2f}, {high:.2f}]")


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
    "rotating": rotating,
}
