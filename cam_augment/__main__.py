"""``python -m cam_augment``: the command ``cam-augment``, from a shell."""

from cam_augment.cli.frame import main

if __name__ == "__main__":
    raise SystemExit(main())
