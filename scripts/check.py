"""Run the project's checks and tests, all of them even if one fails, and end with a summary.

make test                       everything
make quick                      what needs no browser and no server
make lint                       style, types and layers only
.venv/bin/python scripts/check.py --only hosts

Steps of two lanes run beside each other; the output of each is printed whole when it ends.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable


@dataclass(frozen=True)
class Step:
    group: str
    name: str
    command: tuple[str, ...]
    seconds: int = 120
    folder: Path = ROOT
    input_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    step: Step
    seconds: float
    problem: str | None = None

    @property
    def line(self) -> str:
        verdict = "FAILED" if self.problem else "ok"
        return (
            f"{verdict:<7}{self.step.name:<22}{self.seconds:7.1f} s  {self.problem or ''}".rstrip()
        )


def suite(group: str, name: str, *folders: str, seconds: int, workers: int = 2) -> Step:
    """A worker of the hosts has a server, kernels and a browser of its own."""
    options = ("-n", str(workers), "--dist", "worksteal") if workers > 1 else ()
    return Step(group, name, (PYTHON, "-m", "pytest", "-q", *options, *folders), seconds)


def tool(group: str, name: str, program: str, *arguments: str) -> Step:
    return Step(group, name, (str(BIN / program), *arguments))


def npm(group: str, name: str, *arguments: str, input_from: tuple[str, ...] = ()) -> Step:
    return Step(
        group, name, ("npm", "run", "--silent", *arguments), 180, ROOT / "js", input_from=input_from
    )


SCHEMA = (PYTHON, "-m", "daggr_nb._protocol.schema")
CHROMIUM = (PYTHON, "-m", "tests.hosts.browser", "--install")
LINT = (
    tool("lint", "ruff check", "ruff", "check", "."),
    tool("lint", "ruff format", "ruff", "format", "--check", "."),
    tool("lint", "mypy", "mypy"),
    tool("lint", "layers", "lint-imports"),
    npm("lint", "biome", "lint"),
    npm("lint", "tsc", "check"),
    npm("lint", "protocol is current", "protocol", "--", "--check", input_from=SCHEMA),
)
BUNDLE = npm("js", "bundle within budget", "build")
VITEST = npm("js", "vitest", "test")
UNIT = suite("unit", "unit tests", "tests/unit", "tests/typing", seconds=900)
REMOTE = suite("remote", "remote nodes", "tests/remote", seconds=900, workers=1)
SERVE = suite("serve", "server", "tests/serve", seconds=300)
PACKAGING = suite("packaging", "packaging", "tests/packaging", seconds=600, workers=1)
HOSTS = (
    Step("hosts", "a Chromium", CHROMIUM, 600),
    suite("hosts", "hosts", "tests/hosts", seconds=1500),
)
# Stages follow each other; the lanes of one run side by side. Python serves the bundle, so it is
# built before the rest; hosts have both processors, as a page that waits for one is a late page.
STAGES = (((BUNDLE,),), ((*LINT, VITEST, PACKAGING, REMOTE, SERVE), (UNIT,)), (HOSTS,))
GROUPS = ("lint", "js", "unit", "packaging", "remote", "serve", "hosts")


class Runner:
    """Runs steps one after another; ``live`` prints as they go, else each when it ends."""

    def __init__(self, live: bool) -> None:
        self._live = live
        self._ended = False
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()

    def run_lane(self, steps: Iterable[Step]) -> list[Outcome]:
        return [self.run(step) for step in steps]

    def run(self, step: Step) -> Outcome:
        print(f"\n== {step.name}" if self._live else f".. {step.name}", flush=True)
        begun = time.monotonic()
        with tempfile.TemporaryFile() as output:
            problem = self._problem(step, None if self._live else output)
            outcome = Outcome(step, time.monotonic() - begun, problem)
            output.seek(0)
            text = output.read().decode(errors="replace")
        if not self._live:
            with self._lock:
                print(f"\n== {outcome.line}\n{text}", flush=True)
        return outcome

    def end(self) -> None:
        """End what runs, and begin nothing else."""
        with self._lock:
            self._ended = True
            processes = list(self._processes)
        for process in processes:
            stop(process)

    def _problem(self, step: Step, output: IO[bytes] | None) -> str | None:
        """Run one step; return why it failed, if it did."""
        text = b""
        if step.input_from:
            command = step.input_from
            producer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=output)
            if producer.returncode:
                return f"exit code {producer.returncode} of {' '.join(command[1:])}"
            text = producer.stdout
        with self._lock:
            if self._ended:
                return "not begun"
            process = subprocess.Popen(
                step.command,
                cwd=step.folder,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._processes.add(process)
        try:
            process.communicate(text, timeout=step.seconds)
        except subprocess.TimeoutExpired:
            stop(process)
            return f"still running after {step.seconds} s"
        finally:
            with self._lock:
                self._processes.discard(process)
        return f"exit code {process.returncode}" if process.returncode else None


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a step with everything it started: each runs in a process group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_all(lanes: list[list[Step]]) -> list[Outcome]:
    """Run lanes beside each other; a single one prints as it goes."""
    runner = Runner(live=len(lanes) == 1)
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        futures = [pool.submit(runner.run_lane, lane) for lane in lanes]
        try:
            return [outcome for future in futures for outcome in future.result()]
        except KeyboardInterrupt:
            runner.end()
            raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=GROUPS, action="append", help="run these groups")
    only = parser.parse_args().only or GROUPS

    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    begun = time.monotonic()
    outcomes: list[Outcome] = []
    for stage in STAGES:
        lanes = [[step for step in lane if step.group in only] for lane in stage]
        outcomes += run_all(list(filter(None, lanes)))

    print("\n== summary")
    for outcome in outcomes:
        print(outcome.line)
    failed = sum(outcome.problem is not None for outcome in outcomes)
    times = os.times()
    print(f"{failed} of {len(outcomes)} steps failed" if failed else "everything passed", end="")
    print(
        f", {time.monotonic() - begun:.0f} s"
        f" ({times.children_user + times.children_system:.0f} s of processor)"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
