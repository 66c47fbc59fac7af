"""``python -m cam_augment.study``: a study, from a shell."""

from cam_augment.cli.study import main

if __name__ == "__main__":
    raise SystemExit(main())
