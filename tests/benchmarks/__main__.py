"""Measure, compare with the goals, and leave build/benchmarks.json. `make bench`."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

from tests.benchmarks import bundle, importing, recording
from tests.benchmarks.measure import table

RESULT = Path(__file__).resolve().parents[2] / "build" / "benchmarks.json"


def main() -> None:
    found = [finding for module in (importing, recording, bundle) for finding in module.findings()]
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    RESULT.parent.mkdir(exist_ok=True)
    document = {"machine": machine, "findings": [finding.as_dict() for finding in found]}
    RESULT.write_text(json.dumps(document, indent=1) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
