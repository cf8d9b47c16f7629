"""Several processes at work on one store: edits, runs, selects, sheets, prunes, exports."""

from __future__ import annotations

import multiprocessing
import random
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import DiskStore
from daggr_nb.errors import DamagedError
from tests.unit.trust.dangling import dangling

spawn = multiprocessing.get_context("spawn")
COUNT = 4
KEY = "several"


def text(a: str, b: str, c: str, d: str) -> str:
    return (a + b + c + d) * 40


def letters(text: str) -> list[str]:
    return sorted(set(text))


def upper(letter: str) -> str:
    return letter.upper() * 700


def joined(letters: list[str], text: str) -> str:
    return "".join(letters) + text


def large(text: str) -> bytes:
    return (text.encode() + b".") * 20


def graph_in(store: Path) -> Graph:
    form = InputNode("form", ports={name: ui.Textbox(name) for name in "abcd"})
    made = FnNode(text, inputs={name: getattr(form, name) for name in "abcd"})
    each = FnNode(
        upper, inputs={"letter": FnNode(letters, inputs={"text": made.output}).output.each}
    )
    end = FnNode(joined, inputs={"letters": each.output.all(), "text": made.output})
    size = FnNode(len, "size", inputs={"obj": FnNode(large, inputs={"text": end.output}).output})
    return Graph("Several", [size], store=store, persist_key=KEY)


class Person:
    """Works on the sheet that all share, where one input is theirs, and on sheets of their own."""

    def __init__(self, who: int, folder: Path) -> None:
        self.input, self.chance = f"form__{'abcd'[who]}", random.Random(who)
        self.folder, self.who = folder, who
        self.graph = graph_in(folder)
        self.last = ""
        self.counts: dict[str, int] = {}
        self.own: list[str] = []

    def work(self, seconds: float) -> None:
        acts = [self.edit, self.edit, self.run, self.run, self.change_own, self.select_in_own]
        acts += [self.change_sheets, self.prune, self.export]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            act = self.chance.choice(acts)
            act()
            self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1

    def edit(self) -> None:
        self.graph.sheets.use("Sheet 1")
        self.last = self._word()
        self.graph.inputs[self.input] = self.last

    def run(self) -> None:
        self.graph.run(force=self.chance.random() < 0.3)

    def change_own(self) -> None:
        if self.own:
            self.graph.sheets.use(self.chance.choice(self.own))
            self.graph.set_inputs({f"form__{name}": self._word() for name in "abcd"})
            self.graph.run()

    def select_in_own(self) -> None:
        if not self.own:
            return
        self.graph.sheets.use(self.chance.choice(self.own))
        node_runs = self.graph.history("size", 10)
        if node_runs:
            try:
                self.graph.select(self.chance.choice(node_runs))
            except DamagedError as error:  # another has let go of it since
                assert "no record" in str(error) or "no value" in str(error)  # noqa: PT017

    def change_sheets(self) -> None:
        if len(self.own) < 2:
            name = f"{self.who} {self.chance.random()}"
            self.own.append(self.graph.sheets.duplicate("Sheet 1", name))
        else:
            self.graph.sheets.delete(self.own.pop(0))

    def prune(self) -> None:
        self.graph.store.prune(keep=self.chance.choice([0, 1, 5]))

    def export(self) -> None:
        path = self.folder / f"{self.who}.zip"
        path.unlink(missing_ok=True)
        self.graph.store.export(path)

    def _word(self) -> str:
        return "".join(self.chance.choice("abcdefgh") for _ in range(self.chance.randrange(1, 30)))


def _work(who: int, folder: Path, seconds: float, answers: Any) -> None:
    try:
        person = Person(who, folder)
        person.work(seconds)
        person.graph.close()
        answers.put((person.input, person.last, person.counts, ""))
    except BaseException:  # noqa: BLE001 - told to whoever checks
        answers.put(("", "", {}, traceback.format_exc()))


def together(folder: Path, seconds: float, work: Callable[..., None] = _work) -> dict[str, int]:
    """Let processes work on a store, and check what they leave; returns how often they did what."""
    answers = spawn.Queue()
    workers = [
        spawn.Process(target=work, args=(who, folder, seconds, answers)) for who in range(COUNT)
    ]
    for worker in workers:
        worker.start()
    results = [answers.get(timeout=seconds + 90) for _ in workers]
    for worker in workers:
        worker.join(30)
    errors = [error for *_, error in results if error]
    assert not errors, "\n".join(errors)
    counts: dict[str, int] = {}
    for *_, done, _ in results:
        for name, count in done.items():
            counts[name] = counts.get(name, 0) + count
    _check(folder, {name: last for name, last, *_ in results if last})
    return counts


def _check(folder: Path, edits: dict[str, str]) -> None:
    store = DiskStore(folder / KEY)
    assert dangling(Log(store)) == []
    store.close()
    graph = graph_in(folder)
    assert not graph.session.current.problems
    graph.sheets.use("Sheet 1")
    assert {name: graph.inputs[name] for name in edits} == edits
    result = graph.run()["size"]["output"]
    assert result == len(large(_end(dict(graph.inputs))))
    graph.close()
    for path in folder.glob("*.zip"):
        loaded = graph_in(folder / f"from {path.stem}")
        loaded.store.load(path)
        assert dangling(loaded.session.log) == []
        loaded.close()


def _end(inputs: dict[str, str]) -> str:
    whole = text(*(inputs[f"form__{name}"] for name in "abcd"))
    return joined([upper(letter) for letter in letters(whole)], whole)
