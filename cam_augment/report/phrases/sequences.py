"""How steady maps and predictions are from frame to frame, and whether attention follows."""

STEADINESS_TITLE = "From frame to frame"
STEADINESS_CAPTION = (
    "Of {sequences} probe sequences, {pairs} pairs of successive frames. Flicker is the distance "
    "of their maps by {metric} ({unit}); flips, the share of pairs with another predicted class; "
    "flicker at flips, how often the maps of a pair with a flip differ more than those of a pair "
    "without ({even}: they have nothing to do with each other). First row: the "
    "baselines' mean; below, each strategy less the baselines, flips and shares in percentage "
    "points, with the deciding interval. For flicker and flips a sequence counts once; sequences "
    "are what is drawn by chance. Bold: beyond seed noise, corrected over the strategies."
)
FOLLOWING_CAPTION = (
    "Followed: the share of the marked regions' motion that the centre of attention follows "
    "({pairs} pairs). {whole}: attention goes where the defect goes; 0: it stays."
)
PAIRS_LEFT_OUT = {
    "repeated": (
        "{count} pair is left out, since both frames are the same picture.",
        "{count} pairs are left out, since both frames are the same picture.",
    ),
    "changing": (
        "{count} pair is left out, since its frames are of two classes.",
        "{count} pairs are left out, since their frames are of two classes.",
    ),
    "interrupted": (
        "{count} pair is left out, since a frame between its frames is lacking.",
        "{count} pairs are left out, since frames between their frames are lacking.",
    ),
}
PREDICTED_TARGET = (
    "Maps are of the predicted class: at a flip they explain another class, and differ for that "
    "alone."
)
STEADINESS = {
    "flicker": {"falls": "Maps are steadier.", "rises": "Maps flicker more."},
    "flips": {"falls": "Fewer predictions flip.", "rises": "More predictions flip."},
    "flicker_at_flips": {
        "falls": "Flicker is less closely tied to flips.",
        "rises": "Flicker is more closely tied to flips.",
    },
    "following": {
        "falls": "Attention follows marked regions less.",
        "rises": "Attention follows marked regions more.",
    },
}
STEADINESS_UNCHANGED = "No change shown."
STEADINESS_BASELINES = {
    "together": (
        "Where predictions flip, maps differ more than elsewhere in {share} of comparisons."
    ),
    "never": "No prediction flips.",
    "following": "Attention follows {share} of the marked regions' motion.",
}
STRIP_TITLE = "A sequence, frame by frame"
STRIP_CAPTION = (
    "Successive frames of “{sequence}” (class “{label}”), the map of one model without "
    "augmentation and of one with {strategy} over each; the brighter, the more attention. Chosen "
    "by rule: the strategy whose change of flicker is surest; of the sequences, those with marks "
    "first, the one in which it changes by the median; of each arm the model of median flicker "
    "there. Below each map what the model predicts; ✗: not the frame's class."
)
STRIP_ALT = (
    "{frames} successive frames of the sequence “{sequence}” of class “{label}”, with the maps of "
    "a baseline and of a model of {strategy}."
)
