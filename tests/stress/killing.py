"""Real kernels at work, killed at random moments."""

from __future__ import annotations

import random
import signal
import threading
from pathlib import Path

import jupyter_client

from tests.stress.workload import check

ROOT = Path(__file__).resolve().parents[2]
PER_STORE = 10
CELL = """
from pathlib import Path
from tests.stress.workload import work
for count in work(Path({store!r}), Path({report!r}), {seed}):
    if count == 0:
        print("at work", flush=True)
"""


class Kernel:
    """A kernel in a process of its own, started at once and ready later."""

    def __init__(self) -> None:
        self._manager = jupyter_client.KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(ROOT))
        self._client = self._manager.blocking_client()
        self._client.start_channels()

    def run_until_it_prints(self, cell: str) -> None:
        self._client.wait_for_ready(timeout=60)
        self._client.execute(cell)
        while (message := self._client.get_iopub_msg(timeout=60))["msg_type"] != "stream":
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])

    def kill(self) -> None:
        self._manager.signal_kernel(signal.SIGKILL)
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


def killed(folder: Path, kills: int, seed: int = 0) -> int:
    """Kill so many kernels at work in stores below ``folder``; return how many records stood."""
    chance, total = random.Random(seed), 0
    kernel, spare = Kernel(), Kernel() if kills > 1 else None
    for kill in range(kills):
        place = folder / f"store {kill // PER_STORE}"
        place.mkdir(exist_ok=True)
        report = place / "report.txt"
        cell = CELL.format(store=str(place), report=str(report), seed=chance.randrange(10**9))
        kernel.run_until_it_prints(cell)
        threading.Event().wait(chance.uniform(0, 0.5))
        kernel.kill()
        if spare is not None:
            kernel, spare = spare, Kernel() if kill + 2 < kills else None
        whole, _, _ = report.read_text().rpartition("\n")  # a line may have been cut short
        total += check(place, whole.splitlines())
    return total
