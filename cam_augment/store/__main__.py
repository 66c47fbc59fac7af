"""``python -m cam_augment.store``: hands over to ``cam_augment.housekeeping``."""

from cam_augment.housekeeping import main

if __name__ == "__main__":
    raise SystemExit(main())
