"""What templates say, through the canvas's own reducer: at every step, the text on the screen."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daggr_nb import TemplateNode
from daggr_nb._model.policy import Policy
from daggr_nb.testing import After, Chunk, Raise, Return, ScriptNode
from tests.unit.canvas.test_bridge import View
from tests.unit.engine.test_scheduler import World, source
from tests.unit.engine.test_speaking import (
    failing_once,
    read,
    route,
    streaming,
    template,
    two_ways,
)

JS = Path(__file__).resolve().parents[3] / "js"


def retried_late() -> World:
    return World(template("{s}, {l}.", s=streaming("s", "S", step=2), l=failing_once()))


def contradicted() -> World:
    script = [After(1, Chunk("one")), After(1, Chunk(" two")), After(1, Return("zwei"))]
    return World(template("<{l}> {l}", l=ScriptNode("l", script=script)))


def recovered() -> World:
    script = [After(1, Chunk("par")), After(1, Raise(OSError("x")))]
    return World(
        template("a {l} b", l=ScriptNode("l", script=script, policy=Policy(default=("d",))))
    )


def beside_a_skip() -> World:
    r = route("r", source(), "q", ["p", "q"])
    p, q = (ScriptNode(n, {"x": r.ports[n]}, [After(1, Chunk(n)), Return(n * 2)]) for n in "pq")
    return World(template("now {p}{q}!", p=p, q=q))


def held() -> World:
    model = streaming("l", "he", "llo", above=[source()])
    return World(TemplateNode("oh {l}!", "a", {"l": model.output}, lead="hold"))


ROWS: dict[str, Callable[[], World]] = {
    "1 a value": lambda: World(template("Hello {s}", s=source())),
    "3 held": held,
    "4 text, variable, text": lambda: World(template("x{l}y", l=streaming("l", *"abcde"))),
    "5 a text alone": lambda: World(template("Hello")),
    "6 out of order": lambda: World(
        template("{l}{m}", l=streaming("l", *"ab", step=5), m=streaming("m", *"cd"))
    ),
    "7 a choice": lambda: two_ways("p"),
    "7 beside a skip": beside_a_skip,
    "13 twice": lambda: World(template("{l}+{l}", l=streaming("l", "hé", "llo 🦦"))),
    "14 more than its chunks": contradicted,
    "15 a retry": lambda: World(template("x{l}y", l=failing_once())),
    "15 a retry that is not come to": retried_late,
    "16 a default": recovered,
    "a longer text": lambda: World(template("# T\n{l}", l=streaming("l", *["word "] * 40))),
}


@pytest.fixture(scope="module")
def reducer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The canvas's reducer, as a module of its own."""
    built = tmp_path_factory.mktemp("js") / "reduce.mjs"
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    entry = JS / "src" / "state" / "reduce.ts"
    arguments = ["--bundle", "--format=esm", f"--outfile={built}", "--log-level=warning"]
    subprocess.run([esbuild, entry, *arguments], check=True)
    return built


class Screen(View):
    """A view that keeps what it was sent."""

    def __init__(self, world: World) -> None:
        super().__init__(SimpleNamespace(session=world.session, name="Rows"))  # type: ignore[arg-type]
        self.first = self.bridge.snapshot()
        self.sent: list[dict[str, Any]] = []

    def hear(self) -> tuple[dict[str, Any], list[bytes]]:
        message, buffers = super().hear()
        self.sent.append(message)
        return message, buffers

    def text(self, node: str) -> str:
        preview = self.nodes[node]["values"].get("text")
        return str(preview["data"] or "") if preview else ""


def play(world: World) -> tuple[dict[str, Any], list[str]]:
    """Let everything happen, second by second; return what was sent, and the texts due."""
    node = "a" if "a" in world.session.current.structure.nodes else "e1"
    screen = Screen(world)
    world.submit()
    steps, texts = [], []
    for half_second in range(120):
        world.time.run(until=half_second / 2)
        due = read(world.session.events.since(1), node)
        while screen.text(node) != due:
            screen.hear()
        steps.append(screen.sent)
        texts.append(due)
        screen.sent = []
    screen.bridge.end()
    return {"first": screen.first, "steps": steps, "node": node, "port": "text"}, texts


def test_the_screen_shows_what_was_said_at_every_step(reducer: Path, tmp_path: Path) -> None:
    played, expected = zip(*(play(make()) for make in ROWS.values()), strict=True)
    file = tmp_path / "played.json"
    file.write_text(json.dumps(played), encoding="utf-8")
    script = Path(__file__).with_name("on_screen.mjs")
    done = subprocess.run(["node", script, reducer, file], stdout=subprocess.PIPE, check=True)
    seen = json.loads(done.stdout)
    for name, texts, shown in zip(ROWS, expected, seen, strict=True):
        assert shown == texts, name
    assert sum(len(set(texts)) for texts in expected) > 80
