"""The marks of the verdicts as paths about 0, for drawings inside the page."""

SHAPES = {
    "adopt": "M0 -7 7 5.5H-7Z",
    "trade-off": "M0 -7 6.5 0 0 7 -6.5 0Z",
    "undecided": "M-6.5 0 -3.2 -6H3.2L6.5 0 3.2 6H-3.2Z",
    "no gain worth having": "M-5.5 -5.5H5.5V5.5H-5.5Z",
    "avoid": "M0 7 7 -5.5H-7Z",
    "quiet": "M-5.5 0A5.5 5.5 0 1 1 5.5 0 5.5 5.5 0 1 1 -5.5 0Z",
    "not quiet": "M-6 -4 -4 -6 0 -2 4 -6 6 -4 2 0 6 4 4 6 0 2 -4 6 -6 4 -2 0Z",
}
SHAPES |= {"care": SHAPES["trade-off"], "no effect seen": SHAPES["quiet"]}
