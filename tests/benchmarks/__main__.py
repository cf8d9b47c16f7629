"""Measure, compare with the goals, and leave build/benchmarks.json. `make bench`.

joblib always takes part, as it is quick to install; `--peers` adds those that are not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import (
    bundle,
    calling,
    following,
    growing,
    importing,
    recording,
    remembering,
    speaking,
    streaming,
    updating,
    waiting,
)
from tests.benchmarks.measure import Finding, table
from tests.benchmarks.peer import CONTENDERS, JOBLIB, Peer, joined

RESULT = Path(__file__).resolve().parents[2] / "build" / "benchmarks.json"
ALONE = (bundle, calling, following, importing, waiting, streaming, speaking, growing, remembering)
WITH_PEERS = (recording, updating)
MODULES = {module.__name__.rpartition(".")[2]: module for module in (*ALONE, *WITH_PEERS)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure, and compare with the goals.")
    parser.add_argument("--peers", action="store_true", help="measure all peers, some are slow")
    parser.add_argument("--only", nargs="+", choices=MODULES, help="the table, of these alone")
    asked = parser.parse_args()
    with joined(CONTENDERS if asked.peers else [JOBLIB]) as peers:
        found = [f for name in asked.only or MODULES for f in findings(name, peers)]
    if not asked.only:
        write(found)
    print(table(found))


def findings(name: str, peers: Sequence[Peer]) -> list[Finding]:
    module = MODULES[name]
    found: list[Finding] = module.findings(peers) if module in WITH_PEERS else module.findings()
    return found


def write(found: Sequence[Finding]) -> None:
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    RESULT.parent.mkdir(exist_ok=True)
    document = {"machine": machine, "findings": [finding.as_dict() for finding in found]}
    RESULT.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
