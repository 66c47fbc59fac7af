"""``python -m cam_augment.store``: what the store holds, from a shell."""

from cam_augment.cli.program import run

if __name__ == "__main__":
    run("store")
