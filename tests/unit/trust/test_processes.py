"""A process that may open little, and one that is forked while others are at work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such thing")


def run_alone(code: str, folder: Path) -> str:
    """Run code in a process of its own; return what it says of what goes wrong."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stderr


FEW_HANDLES = """
import pathlib, resource, sys, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from daggr_nb._provenance.log.store import DiskStore

stores = [DiskStore(pathlib.Path(sys.argv[1], str(number))) for number in range(6)]
for store in stores:
    store.set("a:short", b"1")
    store.set("a:long", bytes(300_000))
together, faults = threading.Barrier(64 * 6), []

def read(store):
    try:
        together.wait(60)
        for _ in range(3):
            assert store.get("a:short") == b"1" and len(store.get("a:long")) == 300_000
            assert store.has("a:long") and store.file("a:long").exists()
            assert store.get_rows(["a:short"]) and len(list(store.keys("a:"))) == 2
        together.wait(60)  # all of them are still there
    except BaseException as error:
        faults.append(error)
        together.abort()

threads = [threading.Thread(target=read, args=(store,)) for store in stores for _ in range(64)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(90)
assert not faults, [fault for fault in faults if "Barrier" not in repr(fault)][:3]
"""


def test_t24_six_stores_that_many_threads_read_do_with_256_handles(tmp_path: Path) -> None:
    run_alone(FEW_HANDLES, tmp_path)


MAPPED = """
import pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
import numpy
from daggr_nb._provenance.artifacts.codec import encode
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.log.log import Commit, Log
from daggr_nb._provenance.log.store import DiskStore

log, parts, refs = Log(DiskStore(pathlib.Path(sys.argv[1]))), {}, []
for number in range(400):
    array = numpy.full(20_000, number)
    refs.append(encode(array, digest(array), parts))
log.append(Commit(values=parts))
for _ in range(3):  # those of before are let go of
    values = [log.value(ref) for ref in refs]
    assert [int(value[7]) for value in values] == list(range(400))
    assert not any(value.flags.writeable for value in values)
    assert isinstance(values[0].base, numpy.memmap)
    files = [open("/dev/null") for _ in range(100)]
    for file in files:
        file.close()
    del values
"""


def test_t24_hundreds_of_arrays_are_read_with_256_handles(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    run_alone(MAPPED, tmp_path)


FORKED = """
import os, pathlib, signal, sys, threading
from daggr_nb._provenance.log.store import DiskStore

store = DiskStore(pathlib.Path(sys.argv[1], "store"))
store.set("a", b"1")
over = threading.Event()

def work():
    while not over.is_set():
        store.get("a")
        store.set("b", b"2")

threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
for thread in threads:
    thread.start()
faults = []

def fork(who):
    for number in range(30):
        child = os.fork()
        if not child:
            sys.setswitchinterval(0.005)
            signal.alarm(20)  # which ends it
            other = threading.Thread(target=store.get, args=("a",))
            other.start()
            other.join()
            store.set(f"child {who} {number}", b"3")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            faults.append(f"a child ended with {status}")
            return

sys.setswitchinterval(1e-6)
forking = [threading.Thread(target=fork, args=(who,)) for who in range(2)]
for thread in forking:
    thread.start()
for thread in forking:
    thread.join()
over.set()
sys.setswitchinterval(0.005)
for thread in threads:
    thread.join()
assert not faults, faults
assert len(list(store.keys("child"))) == 60
store.close()
"""


GRAPH_IN_FORK = """
import os, signal, sys, threading
from daggr_nb import FnNode, Graph, ui
from daggr_nb.errors import ForkedProcessError

def add(x):
    return x + 1

def graph_of():
    node = FnNode(add, "add", inputs={"x": ui.Number(1)}, version="1")
    return Graph("Forks", [node], store=sys.argv[1])

graph = graph_of()
graph.run()
record = graph.history("add")[0]
ACTS = {
    "status": graph.status,
    "plan": graph.plan,
    "results": lambda: graph.results["add"]["output"],
    "value": lambda: graph["add"].output.value,
    "set an input": lambda: graph.set_inputs({"add__x": 5}),
    "history": lambda: graph.history("add"),
    "select": lambda: graph.select(record),
    "run": lambda: graph.run(force=True),
    "submit": graph.submit,
    "prune": lambda: graph.store.prune(0),
}

def fork(act):
    child = os.fork()
    if not child:
        signal.alarm(20)  # which ends it
        os._exit(act())
    return os.waitpid(child, 0)[1]

def refused(act):
    try:
        act()
    except ForkedProcessError as error:
        return 0 if "Make the graph anew" in str(error) else 3
    return 4

def made_anew():
    again = graph_of()
    assert again.results["add"]["output"] in (2, 8)  # which an earlier one left
    assert again.run(inputs={"add__x": 7})["add"]["output"] == 8
    again.close()
    return 0

def ended():
    graph.close()
    sys.exit(0)

def fork_all():
    for name, act in ACTS.items():
        status = fork(lambda: refused(act))
        assert not status, f"{name} ended with {status}"
    assert not fork(made_anew)
    assert not fork(ended)

fork_all()  # nobody is at work
is_held, is_over = threading.Event(), threading.Event()

def hold():
    with graph.session.lock:
        is_held.set()
        is_over.wait(90)

thread = threading.Thread(target=hold, daemon=True)
thread.start()
is_held.wait()
fork_all()  # somebody is, who is gone in the new process
is_over.set()
thread.join()
assert graph.run(inputs={"add__x": 2})["add"]["output"] == 3
values = {run.outputs["output"] for run in graph.history("add")}
assert values == {2, 3, 8}, values
graph.close()
"""


def test_t31_a_graph_is_of_the_process_that_made_it(tmp_path: Path) -> None:
    assert "Traceback" not in run_alone(GRAPH_IN_FORK, tmp_path)


def test_t31_a_forked_process_goes_on_with_the_store(tmp_path: Path) -> None:
    run_alone(FORKED, tmp_path)
