"""How long a fingerprint takes: the median of several, in milliseconds.

    python -m tests.benchmarks.bench_fingerprint

`first` has the syntax trees to make, `again` finds them remembered, as after every cell.
"""

from __future__ import annotations

import functools
from statistics import median
from time import perf_counter
from typing import Any

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code import fingerprint as module
from daggr_nb._provenance.code import source

CELLS = {
    "a line": "def f(x): return x + 1",
    "a helper and a constant": "K = 3\ndef g(x): return x * K\ndef f(x): return g(x) + 1",
    "ten helpers": "\n".join(f"def h{n}(x): return h{n + 1}(x)" for n in range(10))
    + "\ndef h10(x): return x\ndef f(x): return h0(x)",
    "a class of ten methods": "class A:\n"
    + "\n".join(f"    def m{n}(self, x=1):\n        return self.m{n + 1}(x)" for n in range(10))
    + "\ndef f(x): return A().m0(x)",
    "a data class": "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int\n"
    "    y: int = 1\ndef f(x): return P(x)",
    "numpy": "import numpy as np\ndef f(x): return np.linalg.norm(x) + np.sum(x)",
    "a dict of 1,000": "K = {str(n): n for n in range(1000)}\ndef f(x): return K[x]",
    "a frame of 10,000 rows": "import pandas as pd\nK = pd.DataFrame({'a': range(10_000), "
    "'b': [str(n) for n in range(10_000)]})\ndef f(x): return K",
}


def measure(cell: str) -> tuple[float, float]:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(cell, space)
    take = functools.partial(module.fingerprint, Code("function", {"fn": space["f"]}))
    first, again = [], []
    for _ in range(30):
        source._body.cache_clear()  # noqa: SLF001 - to measure without it
        for times in (first, again):
            begun = perf_counter()
            take()
            times.append((perf_counter() - begun) * 1000)
    return median(first), median(again)


def main() -> None:
    print(f"{'what':>26} {'first ms':>9} {'again ms':>9}")
    for what, cell in CELLS.items():
        first, again = measure(cell)
        print(f"{what:>26} {first:>9.3f} {again:>9.3f}")


if __name__ == "__main__":
    main()
