"""``python -m cam_augment.study``: a study, from a shell."""

from cam_augment.cli.program import run

if __name__ == "__main__":
    run("study")
