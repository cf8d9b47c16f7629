"""Ctrl-C at any instruction of what people do, and what must hold after it."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import daggr_nb
from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.state.events import one_by_one
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import DiskStore

WAIT = 20
Act = Callable[[], object]
_PACKAGE = str(Path(daggr_nb.__file__).parent)


def count_instructions(act: Act) -> int:
    """Return how many instructions of Python an act takes on this thread."""
    return _traced(act, -1)


def interrupt_at(act: Act, index: int) -> bool:
    """Press Ctrl-C before the ``index``-th instruction of an act; says whether it came through."""
    try:
        _traced(act, index)
    except KeyboardInterrupt:
        return True
    return False


def press_while(act: Act) -> None:
    """Press Ctrl-C again and again while an act goes on."""
    is_over = threading.Event()

    def press() -> None:
        while not is_over.wait(0.1):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            is_over.wait(1)

    thread = threading.Thread(target=press)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    try:
        act()
    finally:
        is_over.set()
        thread.join(WAIT)
        signal.signal(signal.SIGINT, handler)


def _traced(act: Act, index: int) -> int:
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == index + 1:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return trace

    with _pressable():
        _under(trace, act)
    return count


def _under(trace: Any, act: Act) -> None:
    previous = sys.gettrace()
    sys.settrace(trace)  # frames from here on: the act's, not this one
    try:
        act()
    finally:
        sys.settrace(previous)


@contextlib.contextmanager
def _pressable() -> Iterator[None]:
    """Let Ctrl-C be KeyboardInterrupt, among the instructions of the act and no others.

    What earlier tests left is not collected within. Where the act itself lets go of something,
    Python drops what is raised by a destructor or by a weak reference: nobody can be told.
    """

    def unraisable(args: Any) -> None:
        if not issubclass(args.exc_type, KeyboardInterrupt):
            hook(args)

    hook, was_enabled = sys.unraisablehook, gc.isenabled()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()
    sys.unraisablehook = unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGINT, handler)
        if was_enabled:
            gc.enable()


class Place(NamedTuple):
    """An instruction of some code, the same in every process."""

    file: str
    line: int
    name: str
    offset: int

    @property
    def is_ours(self) -> bool:
        """Whether it is of this package, and not of what it uses."""
        return self.file.startswith(_PACKAGE)

    def is_in(self, code: CodeType) -> bool:
        """Whether code has it."""
        is_there = self.line == code.co_firstlineno and self.name == code.co_name
        return is_there and self.file == code.co_filename


def places_of(act: Act) -> Counter[Place]:
    """Return the instructions that an act takes on this thread, and how often each."""
    places: Counter[Place] = Counter()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes, code = True, frame.f_code
        if event == "opcode":
            names = code.co_filename, code.co_firstlineno, code.co_name
            places[Place(*names, frame.f_lasti)] += 1
        return trace

    _under(trace, act)
    return places


def interrupt_in(act: Act, place: Place, times: int = 1) -> bool:
    """Press Ctrl-C when an act comes to a place for so many times; says whether it came there."""
    count = 0

    def enter(frame: FrameType, event: str, _: object) -> Any:
        if not place.is_in(frame.f_code):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return press

    def press(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if event == "opcode" and frame.f_lasti == place.offset:
            count += 1
            if count == times:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return press

    with _pressable(), contextlib.suppress(KeyboardInterrupt):
        _under(enter, act)
    return count >= times


# ---------------------------------------------------------------- a graph, and what it does


def tripled(n: float) -> list[float]:
    return [n] * 3


def total(numbers: list[float]) -> float:
    return sum(numbers)


class Bench:
    """A graph with two runs on record, and acts of a person; each can be repeated."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.graph = self._graph_in(folder / "store")
        for n in (1, 2):
            self.graph.run(inputs={"form__n": n})
        self.count = 0
        self.since = 1  # a prune lets go of events from before

    def _graph_in(self, store: Path) -> Graph:
        form = InputNode("form", ports={"n": ui.Number(0), "word": ui.Textbox("")})
        numbers = FnNode(tripled, inputs={"n": form.n})
        ends = [FnNode(total, inputs={"numbers": numbers.output})]
        return Graph("Pressed", ends, store=store)

    def acts(self) -> dict[str, tuple[Act, Act]]:
        """Return what there is to do by name: (what comes before, the act itself)."""
        graph, new = self.graph, self._new

        def edit() -> None:
            graph.inputs["form__n"] = new()

        def select() -> None:
            shown = graph.session.current.sheet.shown
            node_runs = graph.history("total")
            graph.select(next(run for run in node_runs if run.id != shown["total"].id))

        def stage() -> None:
            with graph.session.lock:
                graph.session.current.emit("state.noted", text=str(new()))

        def two_sheets() -> None:
            for name in list(graph.sheets)[1:]:
                graph.sheets.delete(name)
            graph.sheets.create(f"Other {new()}")
            graph.run()

        def run_more() -> None:
            two_sheets()
            graph.run(inputs={"form__n": new()})
            self.since = graph.session.events.next_expected()

        def last() -> str:
            return list(graph.sheets)[-1]

        return {
            "set_inputs": (
                two_sheets,
                lambda: graph.set_inputs({"form__n": new(), "form__word": "a" * new()}),
            ),
            "select": (run_more, select),
            "override": (
                two_sheets,
                lambda: graph.override(graph["total"].output, float(new())),
            ),
            "undo": (edit, graph.undo),
            "status": (stage, graph.status),
            "history": (stage, lambda: graph.history("total")),
            "prune": (run_more, lambda: graph.store.prune(keep=1)),
            "star": (two_sheets, lambda: graph.store.star(graph.history("total")[0])),
            "label": (
                two_sheets,
                lambda: graph.store.label(graph.history("total")[0], f"{new()}"),
            ),
            "sheets.create": (two_sheets, lambda: graph.sheets.create(f"New {new()}")),
            "sheets.duplicate": (two_sheets, lambda: graph.sheets.duplicate(to=f"New {new()}")),
            "sheets.use": (two_sheets, lambda: graph.sheets.use(last())),
            "sheets.rename": (two_sheets, lambda: graph.sheets.rename(last(), f"New {new()}")),
            "sheets.delete": (two_sheets, lambda: graph.sheets.delete(last())),
            "export": (two_sheets, lambda: graph.store.export(self.folder / f"{new()}.zip")),
        }

    def _new(self) -> int:
        self.count += 1
        return self.count + 2

    # -- what must hold

    def check(self) -> None:
        """Check that nothing is held or told too early, and memory agrees with the disk."""
        self._nothing_is_held()
        session = self.graph.session
        store = session.log.store
        assert store.folder is not None
        published = {_identity(event) for event in session.events.since(self.since)}
        on_record = {_identity(event) for event in one_by_one(Log(store).events(self.since))}
        assert published <= on_record
        self.since = session.events.next_expected()
        assert store_state(session) == self._reopened(store.folder)
        for path in self.folder.iterdir():
            assert path.name == "store" or "manifest.json" in zipfile.ZipFile(path).namelist()
            if path.name != "store":
                path.unlink()

    def _nothing_is_held(self) -> None:
        errors: list[BaseException] = []

        def write() -> None:
            try:
                with self.graph.session.reading():
                    self.graph.session.log.store.set("here", b"1")
            except BaseException as error:  # noqa: BLE001 - told below
                errors.append(error)

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        thread.join(WAIT)
        assert not thread.is_alive(), "something is held"
        assert not errors

    def _reopened(self, folder: Path) -> dict[str, Any]:
        session = Session(DiskStore(folder))
        with contextlib.closing(session):
            session.log.store.set("there", b"1")
            session.attach(self.graph.session.current.structure)
            return store_state(session)


def _identity(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["seq"], event["at"], event["type"], event.get("node"), event.get("text")


def store_state(session: Session) -> dict[str, Any]:
    """Return what a session shows and has on record."""
    with session.reading() as current:
        assert not current.problems
        index = session.sheets.index
        return {
            "inputs": {ref: held.ref.digest for ref, held in current.sheet.inputs.items()},
            "shown": {name: record.id for name, record in current.sheet.shown.items()},
            "freshness": {n: judged.freshness for n, judged in current.freshness.judged.items()},
            "sheets": dict(index.names),
            "current": index.current,
        }


def sample(count: int, points: int) -> Iterable[int]:
    """Return about so many of ``count`` instructions, evenly, the first and the last among them."""
    step = max(1, count // points)
    return [*range(0, count, step), count - 1]
