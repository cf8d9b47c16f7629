"""How a peer answers: a line `["layered", "/folder"]` in, a line `[seconds, answer]` out.

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
from typing import Any

Timed = tuple[float, Any]


def timed(work: Callable[[], Any]) -> Timed:
    """Return the CPU seconds of all threads that ``work`` took, and what it returned."""
    gc.collect()
    begun = time.process_time()
    answer = work()
    return time.process_time() - begun, answer


def serve(works: dict[str, Callable[[Path], Timed]]) -> None:
    """Answer until nobody asks. What libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        name, folder = json.loads(line)
        print(json.dumps(works[name](Path(folder))), file=answers, flush=True)
