"""Values that stand in the sentences of a notice: files, layouts, rules, places."""

# What some of their values are lists of.
FILES = {
    "hidden": ("{count} hidden file", "{count} hidden files"),
    "other": (
        "{count} file that is no picture by its name",
        "{count} files that are no pictures by their names",
    ),
    "beside": (
        "{count} picture that lies in no folder of a class",
        "{count} pictures that lie in no folder of a class",
    ),
}
LAYOUTS = {
    "classes": "a folder for each class",
    "splits": "folders of splits, with a folder for each class",
    "inspection": "sound parts to train on and defects to test, pooled and split anew",
    "masks": "pictures with masks, of classes by whether anything is marked",
    "coco": "pictures with a file of COCO's, of classes by its categories",
    "table": "a table",
}
LEFT_OUT = {
    "system": "which a storage or desktop system made",
    "masks": "which holds masks",
    "unmatched": "called as masks are, though none has a picture's name",
    "beside": "which lies beside the splits",
    "empty": "in which no picture lies",
}
RULES = {
    "levels": ("all but the background ({count} mask)", "all but the background ({count} masks)"),
    "halfway": (
        "what is beyond half, since JPEG left greys ({count} mask)",
        "what is beyond half, since JPEG left greys ({count} masks)",
    ),
    "greys": (
        "what is beyond half of many greys ({count} mask)",
        "what is beyond half of many greys ({count} masks)",
    ),
    "faint": (
        "all but black in a JPEG of nearly black numbers ({count} mask)",
        "all but black in JPEGs of nearly black numbers ({count} masks)",
    ),
    "opacity": ("opacity ({count} mask)", "opacity ({count} masks)"),
    "drawn": ("shapes ({count} picture)", "shapes ({count} pictures)"),
}
OVERLAP = "{count} of {of} {part} images in {other}"
PAIR = "{first} and {second}"
LACKING = "{count} of {of} of class '{name}'"
QUOTED = "'{name}'"
MORE = "and {count} more"
PLACES = (
    "top left", "top centre", "top right", "left", "centre", "right",
    "bottom left", "bottom centre", "bottom right",
)  # fmt: skip
