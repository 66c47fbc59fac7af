"""The page: its first screen, a strategy looked at closely, and what stands by figures."""

# -- learning curves ----------------------------------------------------------------------

READINGS = {
    "overfits": "overfits: validation loss is lowest at epoch {best} and {rise} higher at the end",
    "falling": "no overfitting: validation loss is lowest at the last epoch",
    "level": "no overfitting: validation loss is lowest at epoch {best} and level from there",
}

# -- gain and saving side by side ---------------------------------------------------------

SAVING_FIGURE = {
    "title": "Gain and cost saved, side by side",
    "caption": (
        "Left: percentage points of {score} over the baselines' mean. Right: what the strategy "
        "saves per 1,000 parts; the baselines cost {before}. The mark is the mean, the line its "
        "{interval}, the grey band seed noise (± 1 standard deviation of the baselines). "
        "Filled: beyond seed noise, by p corrected over the strategies and an interval that leaves "
        "out 0; hollow: within it. Above 0 is better on both sides. Shapes are those of the "
        "verdicts. Most saved first."
    ),
    "alt": "Gain in points and cost saved per 1,000 parts: {rows}.",
    "row": "{strategy} {gain} and {saved}",
    "gain": "gain (percentage points)",
    "saved": "saved per 1,000 parts",
}

# -- the first screen ---------------------------------------------------------------------

FACTS = {
    "control": "{strategies} + control",
    "models": "{models} each, {baselines}",
    "images": "train {train}, test {test}",
    "images of groups": "train {train}, test {test} of {groups}",
    "groups": "train {train}, test {groups} ({images})",
    "test": "test {test}",
    "test of groups": "test {test} of {groups}",
    "folds": "{folds} folds",
}
HEADLINE = {
    "adopt": ("{count}, tested one by one: {least} to {most} {unit} (baselines' {score}: {mean})"),
    "alike": "{count}, tested one by one: {least} {unit} (baselines' {score}: {mean})",
    "strategy": "{name} {gain}",
    "loss of a class": "{name} {gain} ({class_name} {loss})",
    "more": "{names} and {count} more",
    "promised": "Promised: {promised} {unit}; confirmed: {confirmed}.",
}
CHECKS = {
    "control quiet": "control is quiet",
    "control uneasy": "control is hardly quiet: doubt small effects",
    "control off": "the control lies {gain} {unit} off: effects of that size are noise here",
    "control loud": "control is not quiet: find out why before you believe a verdict",
    "no control": "no control in the plan: add identity",
    "maps pass": "maps pass their check",
    "maps fail": "maps do no better than random cells: they decide nothing",
    "maps not checked": "maps were not checked",
    "few models": "fewer than 3 models in an arm: nothing is adopted",
    "leaks": (
        "{share} of the test images nearly repeat one that models learned from: nothing is adopted"
    ),
    "test images": "seed noise that more test images would remove: {share}",
    "early": "{strategies} trained past the best epoch",
    "missing": "{runs} missing",
}
NEXT_STEPS = {
    "control": "find out why the control is not quiet",
    "leaks": "take the near-copies out of the test images ({share})",
    "together": "test the {count} adopted together",
    "some together": "test {names} together",
    "models": "{names}: {more} more models and twice as many baselines would decide",
    "models anew": (
        "{names}: a study of its own would decide, of {models} new models: {seeds} of each "
        "strategy, {baselines} baselines"
    ),
    "many models": (
        "{names}: close to the margin; only {more} or more further models would decide"
    ),
    "images": "{names}: about {then} test images in place of {now} would decide",
    "images of several": "{names}: that many test images in place of {now} would decide",
    "groups": (
        "{names}: about {then} test images of {then_groups} in place of {now} of {now_groups} "
        "would decide"
    ),
    "groups of several": (
        "{names}: test images of that many {kind} in place of {now_groups} would decide"
    ),
    "need": "{name} ({then})",
    "class few": "class {name}: take test images of other parts; {now} of one part tell too little",
    "few images": "{names}: take test images of other parts; {now} of one part tell too little",
    "at margin": "{names}: beside a margin; {times} times the test images would not decide",
    "class images": (
        "{names}: about {then} test images of class {class_name} in place of {now} would show "
        "whether it loses"
    ),
    "class images of several": (
        "{names}: that many test images of class {class_name} in place of {now} would show "
        "whether it loses"
    ),
    "class groups": (
        "{names}: about {then} test images of class {class_name} in place of {now}, the further "
        "ones of other {kind}, would show whether it loses"
    ),
    "class groups of several": (
        "{names}: that many test images of class {class_name} in place of {now}, the further ones "
        "of other {kind}, would show whether it loses"
    ),
    "nothing": "nothing is left to decide",
}
ROWS = {
    "drawing": "{strategy}: gain {gain} {interval}, models {models}",
    "bound_low": "at least {gain}",
    "bound_high": "at most {gain}",
    "overestimated": "likely overestimated",
    "class": "{name}: {change}",
    "mean": "{score} {mean}",
}
ATTENTION = {
    "moved": "moved",
    "moved falls": "moved, gathers",
    "moved rises": "moved, scatters",
    "same place": "same place",
    "not known": "not known",
}
MEAN_MAPS = {
    "all": "{arm}: mean map of {images} images",
    "all difference": (
        "{arm}: mean map less the baselines', purple to green −{limit} to +{limit} times even"
    ),
    "class": "{arm}: mean map of {images} images of class {name}",
    "class difference": (
        "{arm}, class {name}: mean map less the baselines', purple to green −{limit} to +{limit} "
        "times even"
    ),
}
LEGEND = {
    "drawing": (
        "Small circle: a trained model. Large mark: the mean, its line the {interval}. Band: the "
        "margin of {margin} points; a line wholly to its right is surely worth having."
    ),
    "bounds": (
        "Small tick: the one-sided bound, nearer than the line's end, by which there is no gain "
        "worth having."
    ),
    "maps": (
        "Maps: the brighter, the more attention. Change from the baselines: green more, purple "
        "less."
    ),
    "doubtful": "Hatched: maps that fail their check.",
}

# -- a strategy looked at closely ---------------------------------------------------------

FACT_NAMES = {
    "models": "Models with answers",
    "gain": "Gain, deciding interval",
    "again": "A second study would find",
    "finds": "Least gain that is found in four of five studies",
    "better": "Surely better than",
    "shift": "Excess shift E",
    "spread": "Change of spread",
    "epoch": "Best epoch",
    "cost": "Cost per 1,000 parts",
    "saving": "Saving, deciding interval",
}
ERRORS = {
    "title": "Misses against false alarms",
    "across": "false alarms (“{good}” called a defect) per 1,000 parts",
    "up": "misses (called “{good}”) per 1,000 parts",
    "at": "Misses per 1,000 parts, with {alarms} false alarms: baselines {misses}, {rows}.",
    "arm": "{arm} {misses}",
    "legend": "What other thresholds would make of the same models: further down and left is "
    "better. Thick line: the mean over models; thin line: a model.",
    "likeliest": "Mark: the models' own decisions, for the likeliest class.",
    "cheaper": (
        "Mark: decisions by the rule that costs this arm less, for the likeliest class or for the "
        "least expected cost; recalls and accuracy are of the likeliest class."
    ),
    "costs": "Dashed: all that costs as much as the baselines at their cheapest threshold; what "
    "lies below costs less.",
    "mistakes": "Dashed: as many mistakes as the baselines make at their best threshold.",
}
SHARE_OF_FLOOR = "{shift}, {share} of the noise floor"
AGAINST = "{own}, baselines {before}"
TURNED = {
    "image": "probe image {index}, class {name}",
    "text": "class {name}: read rightly by {before} of the baselines, {after} of its models",
    "baseline": "mean map of the baselines",
    "strategy": "mean map of the strategy",
    "difference": "the strategy's map less the baselines'",
}
