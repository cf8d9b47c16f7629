"""How a peer answers: a line `["layered", "/folder"]` in, a line `[cpu, wall, answer]` out.

The process stays, so that work can be done in turns without importing anything again.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """What work took, in CPU seconds of all threads and in seconds, and what it returned."""

    cpu: float
    wall: float
    answer: Any


def timed(work: Callable[[], Any]) -> Timed:
    gc.collect()
    begun, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return Timed(time.process_time() - cpu, time.perf_counter() - begun, answer)


def serve(works: dict[str, Callable[[Path], Timed]]) -> None:
    """Answer until nobody asks. What libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        name, folder = json.loads(line)
        print(json.dumps(works[name](Path(folder))), file=answers, flush=True)
