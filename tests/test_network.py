"""A worker on another host whose network fails: hosts are network namespaces joined by a bridge."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager

import pytest

from tests import light
from tests.processes import (
    answers_in,
    end,
    ended,
    ending,
    scheduler,
    sound,
    study,
    tables,
    until,
    worker,
)

BRIDGE = "casbr"
MORE = {"baselines": 10, "seeds": 10}  # a minute for one worker alone: it comes back before
HOSTS = ("cas0", "cas1", "cas2")  # the driver's and scheduler's, and two workers'


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def inside(host: str) -> tuple[str, ...]:
    return ("ip", "netns", "exec", host)


@contextmanager
def hosts():
    """Make namespaces, each with an address 10.199.7.N on one bridge; take them away again."""
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("link", "set", BRIDGE, "up")
        for number, host in enumerate(HOSTS):
            ip("netns", "add", host)
            ip("link", "add", f"{host}o", "type", "veth", "peer", "name", f"{host}i")
            ip("link", "set", f"{host}i", "netns", host)
            ip("link", "set", f"{host}o", "master", BRIDGE, "up")
            ip("-n", host, "addr", "add", f"10.199.7.{number + 1}/24", "dev", f"{host}i")
            ip("-n", host, "link", "set", f"{host}i", "up")
            ip("-n", host, "link", "set", "lo", "up")
        yield
    finally:
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], capture_output=True)
            subprocess.run(["ip", "link", "del", f"{host}o"], capture_output=True)
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)


@pytest.fixture
def network():
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if not shutil.which("ip"):
        pytest.skip("no command 'ip' (Debian: iproute2)")
    try:
        with hosts():
            yield
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {' '.join(error.cmd)}: {error.stderr.strip()}")


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_a_worker_that_is_cut_off_and_comes_back_changes_no_table(tmp_path, monkeypatch):
    """Dask gives a silent connection up after 30 seconds; what was in hand is done elsewhere."""
    (tmp_path / "here").mkdir()
    code, printed = ended(study(tmp_path / "here", **MORE))
    assert code == 0, printed
    monkeypatch.setenv(light.PAUSE, "3")
    server = scheduler(tmp_path, "--host", "10.199.7.1", "--port", "8786", inside=inside(HOSTS[0]))
    near = worker(tmp_path, inside=inside(HOSTS[1]))
    far = worker(tmp_path, inside=inside(HOSTS[2]))
    driver = study(tmp_path, "--scheduler", "tcp://10.199.7.1:8786", inside=inside(HOSTS[0]),
                   **MORE)  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(ending(server, near, far, driver))
        assert until(lambda: answers_in(tmp_path) > 0, driver)
        ip("link", "set", f"{HOSTS[2]}o", "down")
        time.sleep(45)
        ip("link", "set", f"{HOSTS[2]}o", "up")
        end(far)  # Dask has ended it by now, or will; as a batch system would, start it again
        stack.enter_context(ending(worker(tmp_path, inside=inside(HOSTS[2]))))
        log = tmp_path / "worker.log"
        assert until(lambda: log.read_text().count("Registered to") == 3, driver)
        code, printed = ended(driver)
    assert code == 0, printed
    assert tables(tmp_path) == tables(tmp_path / "here")
    assert sound(tmp_path)
