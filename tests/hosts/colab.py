"""A page like Colab's: outputs in sandboxed frames, the kernel behind the page around them."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hosts.server import serving

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "js" / "test" / "colab"
ANYWIDGET = Path(sys.prefix) / "share" / "jupyter" / "nbextensions" / "anywidget" / "index.js"
FONTS = [f"--loader:.{kind}=dataurl" for kind in ("woff", "woff2", "ttf", "eot", "svg")]


def bundle_frame(target: Path) -> None:
    """Bundle what runs in a frame, ipywidgets' own manager included."""
    command = ["node_modules/.bin/esbuild", str(PAGE / "frame.mjs"), "--bundle", "--minify"]
    banner = "--banner:js=var __webpack_public_path__;"
    options = [banner, "--format=iife", "--log-level=error", f"--outfile={target}", *FONTS]
    subprocess.run([*command, *options], cwd=ROOT / "js", check=True)


class _Handler(http.server.SimpleHTTPRequestHandler):
    files: dict[str, Path]

    def __init__(self, *args: object, files: dict[str, Path], **kwargs: object) -> None:
        self.files = files
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        name = path.partition("?")[0].strip("/") or "index.html"
        return str(self.files.get(name, PAGE / name))

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")  # frames have no origin
        super().end_headers()

    def log_request(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the page on this machine only; yield its address."""
    frame = folder / "frame.js"
    bundle_frame(frame)
    handler = functools.partial(_Handler, files={"frame.js": frame, "anywidget.js": ANYWIDGET})
    with serving(handler) as address:
        yield address
