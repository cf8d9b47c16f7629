"""Other libraries at the same work, each in an environment and a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.serving import Timed

ENVIRONMENTS = Path(__file__).resolve().parents[2] / "build" / "peers"
SCRIPTS = Path(__file__).parent / "peers"
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
REQUIREMENTS = {
    "daggr": ("daggr==0.8.0", "gradio"),
    "hamilton": ("sf-hamilton==1.90.0",),
    "joblib": ("joblib==1.6.0",),
    "pipefunc": ("pipefunc==0.93.0",),
}
QUIET = {
    "HAMILTON_TELEMETRY_ENABLED": "false",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
}


@dataclass(frozen=True)
class Contender:
    """Who it is, the script in ``peers`` that speaks for it, and what it keeps of a node run."""

    name: str
    script: str
    keeps: str


JOBLIB = Contender("joblib", "joblib_memory", "result, inputs as text, duration; no record of runs")
CONTENDERS = (
    JOBLIB,
    Contender("pipefunc", "pipefunc_map", "result alone; root inputs and shapes once per run"),
    Contender("hamilton", "hamilton_cache", "result, key of code and inputs, run it was made in"),
    Contender("daggr", "daggr_state", "result as JSON, time; one row for all items of a scatter"),
)


class Peer:
    """A contender's process, which answers one piece of work after the other."""

    def __init__(self, contender: Contender, process: subprocess.Popen[str]) -> None:
        self.name, self.keeps = contender.name, contender.keeps
        self._process = process

    def cpu(self, work: str, expected: Any) -> float:
        """Return what :meth:`did` says, without the rest."""
        return self.did(work, expected).cpu

    def did(self, work: str, expected: Any) -> Timed:
        """Have ``work`` done into an empty folder.

        Raises :class:`RuntimeError` when the process died, ``AssertionError`` for a wrong answer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory(dir=FAST) as folder:
            print(json.dumps([work, folder]), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self._process.wait()} at {work}")
        found = Timed(*json.loads(line))
        assert found.answer == expected, f"{self.name} is wrong at {work}"
        return found


@contextmanager
def joined(contenders: Iterable[Contender]) -> Iterator[list[Peer]]:
    """Start those contenders that can be installed, and end them."""
    with ExitStack() as stack:
        pythons = [(contender, environment(contender.name)) for contender in contenders]
        yield [stack.enter_context(started(c, python)) for c, python in pythons if python]


@contextmanager
def started(contender: Contender, python: str) -> Iterator[Peer]:
    command = [python, str(SCRIPTS / f"{contender.script}.py")]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryDirectory(dir=FAST) as home,
        subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            text=True,
            env={**os.environ, **QUIET, "HF_HOME": home},
        ) as process,
    ):
        yield Peer(contender, process)
        assert process.stdin is not None
        process.stdin.close()


@cache
def environment(name: str) -> str | None:
    """Return a Python that has this peer; it is made on the first call."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        print(f"Installing {name} into build/peers to compare with ...", flush=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([*pip, *REQUIREMENTS[name]], check=True, timeout=600)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(error)
            return None
        (folder / ".ready").touch()
    return str(python)
