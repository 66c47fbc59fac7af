"""The store's own command: ``python -m cam_augment.store ls|verify|gc --store DIR``.

It trains nothing and loads no TensorFlow. ``gc`` shows what it would remove, and removes it
with ``--yes``. Exit codes: 0 done; 1 ``verify`` found damage; 2 bad input.
"""

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cam_augment.base.errors import InputError, writing
from cam_augment.base.keeper import kept_by
from cam_augment.base.stop import STOP
from cam_augment.cli.folders import check_writable
from cam_augment.cli.menu import Menu
from cam_augment.cli.parser import Parser, exit_code
from cam_augment.impact.attention import cache as score_cache
from cam_augment.plan import Plan
from cam_augment.store import ASIDE, DAMAGED, FITS, MODEL, TRAININGS, Damaged, Place, Store
from cam_augment.store.pictures import KIND, Pictures
from cam_augment.study.former import moves
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data

DAY = 24 * 60 * 60  # seconds after which nobody can still be writing what was left aside
COMMANDS = {
    "ls": "kinds, their number, bytes, ages and damage, by records and lengths",
    "verify": "read every byte and list what is damaged",
    "gc": "list, and with --yes remove, what is not needed",
}


@dataclass(frozen=True)
class Removal:
    """Something that ``gc`` can remove: where it lies, its bytes, why, and its training's key.

    ``training``: key of the training whose model it is; None: all of ``path`` goes.
    """

    path: Path
    size: int
    why: str
    training: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m cam_augment.store``; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    return exit_code(lambda: run("python -m cam_augment.store", words))


def menu(program: str) -> Menu:
    """Return the menu of what can be done."""
    return Menu(
        program,
        COMMANDS,
        "Look after a store of trainings, answers and scores.",
        "Exit codes: 0 done, 1 verify found damage, 2 bad input.",
    )


def parser(program: str, command: str) -> Parser:
    """Return the parser of one command's options."""
    parser = Parser(prog=f"{program} {command}", description=f"{COMMANDS[command]}.")
    parser.add_argument("--store", metavar="DIR", default="store", help="folder of the store")
    if command == "verify":
        parser.add_argument(
            "--set-aside", action="store_true", help=f"move what is damaged to {DAMAGED}/"
        )
    if command == "gc":
        _add_collecting(parser)
    return parser


def _add_collecting(parser: Parser) -> None:
    parser.add_argument(
        "--keep", nargs="+", metavar="PLAN", help="remove what none of these plans asks for"
    )
    parser.add_argument(
        "--forget-weights",
        action="store_true",
        help=f"with --keep: remove {MODEL} where the plans have all they ask for",
    )
    parser.add_argument(
        "--without-weights",
        action="store_true",
        help="remove trainings whose weights were forgotten: a study trains them anew",
    )
    parser.add_argument("--yes", action="store_true", help="remove; else it is only listed")


def run(program: str, words: Sequence[str]) -> int:
    """Do what the words ask for; return the exit code.

    Raises:
        InputError: there is no such store, or an option is refused.
    """
    command, words = menu(program).choose(words)
    options = parser(program, command).parse_args(words)
    if not os.path.isdir(options.store):
        raise InputError(f"option --store: no store at '{options.store}'")
    store = Store(options.store, set_aside=False)
    return {"ls": _list, "verify": _verify, "gc": _collect}[command](store, options)


# ---- ls


def _list(store: Store, _options: argparse.Namespace) -> int:
    kinds: dict[str, list[Place]] = {}
    for place in store.places():
        kinds.setdefault(place.kind, []).append(place)
    print(f"{'kind':<14}{'answers':>9}{'bytes':>17}  {'oldest':<18}{'newest':<18}{'damaged':>7}")
    for kind, places in kinds.items():
        ages = sorted(_date_of(place.path) for place in places)
        size = sum(_size(place.path) for place in places)
        bad = sum(store.damage(p.kind, p.key, all_files=False) is not None for p in places)
        print(
            f"{kind:<14}{len(places):>9,}{size:>17,}  {_date(ages[0]):<18}{_date(ages[-1]):<18}"
            f"{bad:>7,}"
        )
    aside = sorted((store.folder / DAMAGED).glob("*"))
    for name, paths in ((f"{DAMAGED}/", aside), (f"{ASIDE}*", store.leftovers())):
        if paths:
            print(f"{name:<14}{len(paths):>9,}{sum(map(_size, paths)):>17,}")
    return 0


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _date_of(path: Path) -> float:
    """Return when an answer was written: its arrays stay, its record may be written again."""
    arrays = path / "arrays.npz"
    return os.lstat(arrays if os.path.lexists(arrays) else path).st_mtime


def _size(path: Path) -> int:
    """Return the bytes of a file or of all below a folder; links count as links."""
    if path.is_symlink() or not path.is_dir():
        return os.lstat(path).st_size
    return sum(_size(child) for child in path.iterdir())


# ---- verify


def _verify(store: Store, options: argparse.Namespace) -> int:
    if options.set_aside:
        check_writable(store.folder, "--store")
    counts: Counter[bool] = Counter()
    for place in store.places():
        STOP.check()
        why = store.damage(place.kind, place.key)
        counts[why is not None] += 1
        if why is not None and options.set_aside:
            store.set_aside(place.kind, place.key, why)
        elif why is not None:
            print(f"damaged: {place.path}: {why}")
    print(f"{counts.total():,} answers read, {counts[True]:,} damaged")
    return 1 if counts[True] else 0


# ---- gc


def _collect(store: Store, options: argparse.Namespace) -> int:
    if options.forget_weights and not options.keep:
        raise InputError("option --forget-weights: name the plans that stay with --keep PLAN")
    with store.alone() if options.yes else nullcontext():
        removals = list(_removals(store, options))
        for removal in removals:
            print(f"{removal.size:>15,}  {removal.path}  {removal.why}")
        total = f"{len(removals):,} things, {sum(removal.size for removal in removals):,} bytes"
        if not (options.yes and removals):
            print(f"{total}; nothing was removed{': --yes removes them' if removals else ''}")
            return 0
        for removal in removals:
            STOP.check()
            _remove(removal, store)
        print(f"removed {total}")
    return 0


def _removals(store: Store, options: argparse.Namespace) -> Iterator[Removal]:
    yield from _stale(store)
    places, complete = list(store.places()), set[str]()
    if options.keep:
        needs, complete = _needs([Plan.read(plan) for plan in options.keep], store)
        useless = [place for place in places if (place.kind, place.key) not in needs]
        places = [place for place in places if (place.kind, place.key) in needs]
        yield from (Removal(p.path, _size(p.path), "no plan asks for it") for p in useless)
    trained = [place for place in places if place.kind in (TRAININGS, FITS)]
    if options.without_weights:
        mute = [place for place in trained if _has_model(store, place) is False]
        yield from (Removal(p.path, _size(p.path), "without weights") for p in mute)
    if options.forget_weights:
        full = [place for place in trained if place.key in complete and _has_model(store, place)]
        for place in full:
            path = place.path / MODEL
            yield Removal(path, _size(path), "its plans have all they ask for", place.key)


def _stale(store: Store) -> Iterator[Removal]:
    for path in store.leftovers():
        if time.time() - os.lstat(path).st_mtime > DAY:
            yield Removal(path, _size(path), "left aside by a killed writer")


def _needs(plans: Iterable[Plan], store: Store) -> tuple[set[tuple[str, str]], set[str]]:
    """Return all that plans ask for, kind and key, and the trainings that none of them lacks
    anything of."""
    needs: set[tuple[str, str]] = set()
    complete: set[str] = set()
    incomplete: set[str] = set()
    for plan in plans:
        pictures = Pictures(store)
        with kept_by(pictures):
            data = load_data(plan)
        needs.update((KIND, key) for key in pictures.keys)
        needs.update(score_cache.cache_keys(plan, data))
        needs.update(move.source for move in moves(plan, data, store))
        for item in requests(plan, data, store):
            needs.add((TRAININGS, item.training_key))
            needs.update((question.kind, question.key) for question in item.questions)
            (complete if item.done else incomplete).add(item.training_key)
    return needs, complete - incomplete


def _has_model(store: Store, place: Place) -> bool | None:
    """Whether a training has its weights; None where it is damaged."""
    try:
        return store.has_model(place.key, place.kind)
    except Damaged:
        return None


def _remove(removal: Removal, store: Store) -> None:
    """Remove it; what a kill half-way leaves of an answer is a folder aside, and no answer."""
    if removal.training is not None:
        store.forget_model(removal.training)
        return
    with writing(removal.path.parent):
        if removal.path.is_symlink() or not removal.path.is_dir():
            removal.path.unlink()
            return
        aside = removal.path.with_name(f"{ASIDE}gone-{removal.path.name.removeprefix(ASIDE)}")
        os.rename(removal.path, aside)
        shutil.rmtree(aside)
