"""Run the project's checks and tests, all of them even if one fails, and end with a summary.

make test                       everything
make quick                      what needs no browser and no server
make lint                       style, types and layers only
.venv/bin/python scripts/check.py --only hosts
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

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


def python(group: str, name: str, *arguments: str, seconds: int = 120) -> Step:
    return Step(group, name, (PYTHON, *arguments), seconds)


def tool(group: str, name: str, program: str, *arguments: str) -> Step:
    return Step(group, name, (str(BIN / program), *arguments))


def npm(group: str, name: str, *arguments: str, input_from: tuple[str, ...] = ()) -> Step:
    return Step(
        group, name, ("npm", "run", "--silent", *arguments), 180, ROOT / "js", input_from=input_from
    )


SCHEMA = (PYTHON, "-m", "daggr_nb._protocol.schema")
STEPS = (
    tool("lint", "ruff check", "ruff", "check", "."),
    tool("lint", "ruff format", "ruff", "format", "--check", "."),
    tool("lint", "mypy", "mypy"),
    tool("lint", "layers", "lint-imports"),
    npm("lint", "biome", "lint"),
    npm("lint", "tsc", "check"),
    npm("lint", "protocol is current", "protocol", "--", "--check", input_from=SCHEMA),
    npm("js", "vitest", "test"),
    npm("js", "bundle within budget", "build"),
    python("unit", "unit tests", "-m", "pytest", "-q", "tests/unit", "tests/typing", seconds=900),
    python("packaging", "packaging", "-m", "pytest", "-q", "tests/packaging", seconds=600),
    python("hosts", "a Chromium", "-m", "tests.hosts.browser", "--install", seconds=600),
    python("hosts", "hosts", "-m", "pytest", "-q", "tests/hosts", seconds=1500),
)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a step with everything it started: each runs in a process group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(step: Step) -> str | None:
    """Run one step; return why it failed, if it did."""
    text = b""
    if step.input_from:
        producer = subprocess.run(step.input_from, cwd=ROOT, stdout=subprocess.PIPE)
        if producer.returncode:
            return f"exit code {producer.returncode} of {' '.join(step.input_from[1:])}"
        text = producer.stdout
    process = subprocess.Popen(
        step.command, cwd=step.folder, stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        process.communicate(text, timeout=step.seconds)
    except subprocess.TimeoutExpired:
        stop(process)
        return f"still running after {step.seconds} s"
    except KeyboardInterrupt:
        stop(process)
        raise
    return f"exit code {process.returncode}" if process.returncode else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    groups = list(dict.fromkeys(step.group for step in STEPS))
    parser.add_argument("--only", choices=groups, action="append", help="run these groups")
    only = parser.parse_args().only or groups

    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    outcomes: list[tuple[Step, float, str | None]] = []
    for step in (s for s in STEPS if s.group in only):
        print(f"\n== {step.name}", flush=True)
        begun = time.monotonic()
        problem = run(step)
        outcomes.append((step, time.monotonic() - begun, problem))

    width = max(len(step.name) for step, _, _ in outcomes)
    print("\n== summary")
    for step, seconds, problem in outcomes:
        verdict = "FAILED" if problem else "ok"
        print(f"{verdict:<7}{step.name:<{width}}{seconds:7.1f} s  {problem or ''}")
    failed = sum(problem is not None for *_, problem in outcomes)
    total = sum(seconds for _, seconds, _ in outcomes)
    print(f"{failed} of {len(outcomes)} steps failed" if failed else "everything passed", end="")
    print(f", {total:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
