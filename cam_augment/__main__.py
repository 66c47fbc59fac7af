"""``python -m cam_augment``: the command ``cam-augment``, from a shell."""

from cam_augment.cli.program import command

if __name__ == "__main__":
    command()
