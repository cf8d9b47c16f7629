"""Bytes of the canvas, which every widget instance carries."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.benchmarks.measure import Finding

STATIC = Path(__file__).resolve().parents[2] / "daggr_nb" / "_canvas" / "static"
KB = 1024


def findings() -> list[Finding]:
    script = (STATIC / "index.js").read_bytes()
    style = (STATIC / "index.css").read_bytes()
    return [
        Finding("bundle", len(script) / KB, "KB", 80, note=f"style: {len(style) / KB:.1f} KB"),
        Finding("bundle, compressed", len(gzip.compress(script, 9)) / KB, "KB", 28),
    ]
