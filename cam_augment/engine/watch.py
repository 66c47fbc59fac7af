"""A scheduler and its workers, looked after while tasks are under way.

Is the scheduler still there, are there workers, do they offer what is asked, are they like us?
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cam_augment.base.errors import InputError
from cam_augment.engine.workers import CONNECT, Place, first_line

if TYPE_CHECKING:
    from distributed import Client

PACKAGE = "cam-augment"
GOES_ON = "finished runs are kept, and the same command goes on"


class Watch:
    """Looks after a scheduler and its workers while tasks are under way.

    Args:
        client: as ``connect`` gives it. place: what it was made of.
    """

    def __init__(self, client: "Client", place: Place):
        self._client = client
        self._place = place
        self._scheduler: str | None = None
        self._alike: set[str] = set()
        self._idle_since: float | None = None
        self._told_of_threads = False

    @property
    def met(self) -> bool:
        """Whether a worker was found to be like us."""
        return bool(self._alike)

    def look(self) -> int:
        """Return how many tasks workers can have in hand now.

        Raises:
            InputError: the scheduler is gone; a worker is not like us; or no worker could
                take a task for as long as the place allows.
        """
        info = self._info()
        workers = info["workers"]
        self._compare(set(workers))
        able = [
            worker for worker in workers.values() if self._offers(worker.get("resources") or {})
        ]
        self._wait_for_workers(able, workers)
        self._tell_of_threads(workers)
        return sum(worker.get("nthreads", 1) for worker in able)

    @contextmanager
    def attending(self) -> Iterator[None]:
        """Take any error inside for a lost scheduler, where the client has lost it."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            if self._client.status == "running":
                raise
            raise self.lost(first_line(error)) from None

    def lost(self, why: str = "") -> InputError:
        """Return the error for a scheduler that is there no more."""
        where = self._place.scheduler or "this machine"
        return InputError(f"the scheduler of '{where}' is gone{why and f' ({why})'}: {GOES_ON}")

    def _info(self) -> dict:
        rpc = self._rpc()
        try:
            # Not ``scheduler_info``: what it returns may be replaced by totals in between.
            info = self._client.sync(rpc.identity, n_workers=-1)
        except Exception as error:  # Dask has no one error for this
            raise self.lost(first_line(error)) from None
        if (self._scheduler or info["id"]) != info["id"]:
            raise self.lost("another one is there now")
        self._scheduler = info["id"]
        return info

    def _rpc(self) -> Any:
        """Return what the scheduler is asked by."""
        if self._client.status != "running" or self._client.scheduler is None:
            raise self.lost()
        return self._client.scheduler

    def _compare(self, workers: set[str]) -> None:
        """Refuse workers of another Python, or of another version of this."""
        from distributed.versions import get_versions

        if workers <= self._alike:
            return
        versions = self._versions()
        local = _like(get_versions([PACKAGE]))
        by_worker = {f"its worker {name}": remote for name, remote in versions.items()}
        for name, remote in by_worker.items():
            if isinstance(remote, dict) and "packages" in remote and _like(remote) != local:
                raise InputError(
                    f"option --scheduler: '{self._place.scheduler}': {name} has {_like(remote)}, "
                    f"and here is {local}; they must be the same, as a model could differ"
                )
        self._alike |= set(versions)

    def _versions(self) -> dict:
        """Return what workers say of their versions, by address, those that say it in time."""
        rpc = self._rpc()
        try:
            return self._client.sync(
                rpc.broadcast,
                msg={"op": "versions", "packages": [PACKAGE]},
                on_error="ignore",
                callback_timeout=CONNECT,
            )
        except TimeoutError:  # one that is silent; asked again at the next look
            return {}
        except Exception as error:
            raise self.lost(first_line(error)) from None

    def _offers(self, offer: Mapping[str, float]) -> bool:
        return all(offer.get(name, 0) >= much for name, much in self._place.resources.items())

    def _wait_for_workers(self, able: list, workers: Mapping[str, dict]) -> None:
        if able:
            self._idle_since = None
            return
        where, wait = self._place.scheduler or "this machine", self._place.wait
        lacking = f"'{where}' has no worker"
        if self._place.resources:
            lacking += f" with {_as_text(self._place.resources)}"
        if workers:
            lacking += f"; its {len(workers)} offer {_offers_of(workers)}"
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
            self._place.tell(f"{lacking}; waiting for one, {wait:g} s at most")
        if now - self._idle_since >= wait:
            raise InputError(f"{lacking}, and none came in {wait:g} s: {GOES_ON}")

    def _tell_of_threads(self, workers: Mapping[str, dict]) -> None:
        many = [name for name, worker in workers.items() if worker.get("nthreads", 1) > 1]
        if many and not self._told_of_threads:
            self._told_of_threads = True
            self._place.tell(
                f"{len(many)} of {len(workers)} workers have several threads (first: {many[0]}): a "
                "worker trains one model at a time, so start one of --nthreads 1 per core or GPU"
            )


def _like(versions: Mapping) -> str:
    """Return what must be the same everywhere, as text: Python's minor version, and this package.

    Pickled functions do not pass between minor versions of Python.
    """
    packages = versions["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return f"Python {python} and {PACKAGE} {packages.get(PACKAGE) or 'not installed'}"


def _as_text(resources: Mapping[str, float]) -> str:
    return ",".join(f"{name}={much:g}" for name, much in resources.items())


def _offers_of(workers: Mapping[str, dict]) -> str:
    kinds = {_as_text(worker.get("resources") or {}) for worker in workers.values()}
    return " or ".join(sorted(kind or "nothing" for kind in kinds))
