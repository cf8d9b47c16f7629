"""`import daggr_nb` against `import daggr`, each in fresh processes, in turns."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import zip_longest
from statistics import median

from tests.benchmarks import peer
from tests.benchmarks.measure import Finding, median_ratio

ROUNDS = 9
# daggr's components are gradio's, so a script that uses it imports both; our own come with us.
PEER_IMPORTS = ("daggr, gradio", "daggr")
PROBE = """
import json, pathlib, resource, sys, time
begun = time.perf_counter()
import {module}
seconds = time.perf_counter() - begun
status = pathlib.Path("/proc/self/status")
if status.exists():  # what getrusage says begins with the peak of the process that started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak / (2**20 if sys.platform == "darwin" else 2**10)]))
"""


def findings() -> list[Finding]:
    daggr = peer.environment("daggr")
    contenders = [(sys.executable, "daggr_nb"), *((daggr, m) for m in PEER_IMPORTS if daggr)]
    for contender in contenders:  # writes byte code and fills caches
        probe(*contender)
    rounds = [[probe(*contender) for contender in contenders] for _ in range(ROUNDS)]
    ours, *theirs = zip(*rounds, strict=True)
    seconds, megabytes = (median(series) for series in zip(*ours, strict=True))
    found = [Finding("import: peak memory", megabytes, "MB", 40, note=f"{seconds:.3f} s")]
    for modules, taken in zip_longest(PEER_IMPORTS, theirs):
        what, goal = f"import: time / `import {modules}`", (1 / 15, 1 / 8)
        if taken is None:
            found.append(Finding(what, None, "×", *goal, "daggr could not be installed"))
            continue
        ratio = median_ratio([s for s, _ in ours], [s for s, _ in taken])
        note = "{:.2f} s, {:.0f} MB".format(*map(median, zip(*taken, strict=True)))
        found.append(Finding(what, ratio, "×", *goal, note))
    return found


def probe(python: str, module: str) -> tuple[float, float]:
    """Seconds to import ``module`` and the process's peak resident memory in MB."""
    command = [python, "-c", PROBE.format(module=module)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout
    seconds, megabytes = json.loads(printed.splitlines()[-1])
    return seconds, megabytes
