"""``python -m cam_augment.store``: what the store holds, from a shell."""

from cam_augment.cli.store import main

if __name__ == "__main__":
    raise SystemExit(main())
