"""The canvas on a page of its own, with a small fake kernel behind it (js/test/page)."""

from __future__ import annotations

import functools
import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.hosts.server import serving

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "daggr_nb" / "_canvas" / "static" / "index.js"
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
    const report = await axe.run('.daggr-root', { resultTypes: ['violations'] });
    return report.violations.flatMap(
        violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 160)}`)
    );
}"""
# Another theme has other colours, and nothing else.
RUN_CONTRAST = RUN_AXE.replace("{ result", "{ runOnly: ['color-contrast'], result")
# The colour of the first card on a canvas, once there is one.
PAINTED = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const at = data.findIndex((value, i) => i % 4 === 3 && value === 255);
    return at < 0 ? null : data.slice(at - 3, at).join();
}"""
COMMANDS = "kind => model.sent.filter(command => command.kind === kind)"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_request(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the repository on this machine only; yield the address of the test page."""
    handler = functools.partial(_Quiet, directory=str(ROOT))
    with serving(handler) as address:
        yield f"{address}js/test/page/index.html"


@dataclass(frozen=True)
class CanvasPage:
    page: Page
    address: str

    def show(self, graph: str, **options: object) -> Locator:
        """Open a fresh page with a graph of ``js/test/page/graphs.js``; return the first view."""
        self.page.goto(self.address)
        self.page.wait_for_function("window.ready")
        self.page.evaluate(f"options => {{ show(graphs.{graph}, options) }}", options)
        root = self.root
        expect(root.locator("article, canvas").first).to_be_attached()
        return root

    @property
    def root(self) -> Locator:
        return self.page.locator(".daggr-root").first

    def card(self, name: str) -> Locator:
        return self.root.locator(f'article[data-node="{name}"]')

    def emit(self, message: dict[str, Any]) -> None:
        """Let the kernel say something."""
        self.page.evaluate("message => model.emit(message)", message)

    def batch(self, rev: int, *changes: dict[str, Any]) -> None:
        self.emit({"kind": "batch", "rev": rev, "since": None, "changes": list(changes)})

    def change_state(self, rev: int, node: str, **changes: object) -> None:
        """Change some of a node's state; the rest stays as the snapshot has it."""
        state = self.page.evaluate(
            "name => model.get('snapshot').nodes.find(node => node.id === name).state", node
        )
        self.batch(rev, {"kind": "node_state", "node": node, "state": {**state, **changes}})

    def commands(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(COMMANDS, kind)
        return found

    def wait_for_command(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait until so many of a kind were sent; return the last without its id."""
        wanted = f"([kind, count]) => ({COMMANDS})(kind).length >= count"
        self.page.wait_for_function(wanted, arg=[kind, count])
        command = self.commands(kind)[-1]
        return {key: value for key, value in command.items() if key not in {"id", "kind"}}

    def reject(self, kind: str, error: str) -> None:
        """Let the kernel reject the last command of a kind."""
        command = self.commands(kind)[-1]
        self.emit({"kind": "command_rejected", "id": command["id"], "error": error})

    def axe(self, theme: str = "light") -> list[str]:
        """What axe-core finds wrong with the canvas; of themes but the light one, the contrast."""
        if not self.page.evaluate("'axe' in window"):
            self.page.add_script_tag(path=AXE)
        findings: list[str] = self.page.evaluate(RUN_AXE if theme == "light" else RUN_CONTRAST)
        return findings
