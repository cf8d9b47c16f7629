"""A call: part of a graph, run beside the sheets, with inputs of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

from daggr_nb._canvas.uploads import Uploads
from daggr_nb._engine.run.questions import Question
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden, tells
from daggr_nb._serve.arguments import argument, arguments
from daggr_nb._serve.artifacts import Artifacts
from daggr_nb._serve.ids import Part
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.results import as_answer
from daggr_nb._serve.served import Served
from daggr_nb.errors import (
    DaggrError,
    InputError,
    NodeFailed,
    RunCancelled,
    RunError,
    RunPaused,
    is_interrupt,
    text_of,
)

Outputs = dict[str, dict[str, Any]]


class Call:
    """One call at work. It changes nobody's inputs, and is on record like any other run.

    A run ends where it waits for a person, and another goes on after the answer: ``run`` is the
    last of them, ``run_ids`` are those of all; their events begin at number ``from_seq``.
    """

    def __init__(
        self, served: Served, part: Part, sheet: SheetSession, run: Run, from_seq: int
    ) -> None:
        self.part = part
        self.run_ids = [run.id]
        self.from_seq = from_seq
        self._served = served
        self._work: tuple[SheetSession, Run] | None = None
        self._final: dict[str, Any] = {}
        self._is_overdue = False
        self._lock = threading.Lock()
        self._follow(sheet, run)

    @property
    def id(self) -> str:
        """The id of the first of its runs, by which callers know it."""
        return self.run_ids[0]

    def _follow(self, sheet: SheetSession, run: Run) -> None:
        self._work = sheet, run

    @property
    def run(self) -> Run:
        """The run that goes on, or was the last."""
        return self._at_work()[1]

    def _at_work(self) -> tuple[SheetSession, Run]:
        if self._work is None:
            raise RunError("The run is over, and what it worked with is let go of.")
        return self._work

    @property
    def status(self) -> str:
        """``running``, ``waiting`` for a person, or how it ended."""
        if self._final:
            return str(self._final["status"])
        status = self.run.status
        return {"paused": "waiting", "aborted": "cancelled"}.get(status, status)

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on, and no answer makes it go on."""
        return self.status not in ("running", "waiting")

    async def wait(self) -> None:
        """Wait until it is over, or asks a person."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(done.set)

        self.run.when_over(tell)
        await done.wait()

    def cancel(self) -> None:
        """Stop what goes on."""
        work = self._work
        if work is not None:
            work[1].cancel()

    def end_overdue(self) -> None:
        """Stop what goes on: it takes longer than the server lets any."""
        self._is_overdue = True
        self.cancel()

    def give_back(self) -> None:
        """Let another call have the sheet of this one, which went well and is looked at no more."""
        work, self._work = self._work, None
        if work is not None:
            self._served.session.sheets.give_back(work[0])

    # -- what came of it

    def problem(self) -> Problem | None:
        """Return why there is no result, if there is none and nothing goes on."""
        try:
            self.run.check()
        except NodeFailed as error:
            return Problem(500, str(error))
        except RunPaused as error:
            return Problem(
                409,
                f"{', '.join(map(repr, error.waiting))} asks a person, and a call does not wait "
                "for people. Start it with POST /api/runs, and answer at /api/runs/ID/answers.",
                questions=[],
            )
        except RunCancelled as error:
            if self._is_overdue:
                seconds = self._served.limits.call_seconds
                return Problem(504, f"A run may take {seconds:g} s here, and this took longer.")
            return Problem(500, str(error))
        except DaggrError as error:
            return Problem(500, str(error))
        except BaseException as error:  # whatever a node's own code raised
            if is_interrupt(error):
                raise
            return Problem(500, f"{type(error).__name__}: {text_of(error)}")
        return None

    def values(self) -> Outputs:
        """Return what the targets show now; those that show nothing are left out."""
        return {
            str(name): {port: value for port, (_, value) in ports.items()}
            for name, ports in self._shown().items()
        }

    def outputs(self, artifacts: Artifacts) -> Outputs:
        """Return what the targets show now, as JSON."""
        nodes = self._at_work()[0].structure.nodes
        return {
            str(name): {
                port: _answer(ref, value, nodes[name].outputs[port], artifacts)
                for port, (ref, value) in ports.items()
            }
            for name, ports in self._shown().items()
        }

    def _shown(self) -> dict[NodeId, dict[str, tuple[ValueRef, Any]]]:
        shown, sheet = {}, self._at_work()[0]
        with self._served.session.lock:
            inputs, nodes = sheet.inputs, sheet.structure.nodes
            for name in self.part.targets:
                if name not in nodes or name in inputs.skips:
                    continue
                refs = {port: inputs.shown(name, port) for port in nodes[name].outputs}
                ports = {
                    port: (ref, HIDDEN if is_hidden(ref.digest) else inputs.value(name, port))
                    for port, ref in refs.items()
                    if ref is not None and not inputs.edge_skipped(name, port)
                }
                if ports:
                    shown[name] = ports
        return shown

    def shown(self, artifacts: Artifacts) -> dict[str, Any]:
        """Return how it stands, as JSON.

        Once it is over, that is all that is kept of it: values are on record, and take no memory.
        """
        with self._lock:
            if self._final:
                return self._final
            shown = self._shown_now(artifacts)
            if shown["status"] not in ("running", "waiting"):
                self._final, self._work = shown, None
            return shown

    def _shown_now(self, artifacts: Artifacts) -> dict[str, Any]:
        status, (done, total) = self.status, self.run.progress
        problem = self.problem() if status in ("failed", "cancelled") else None
        return {
            "id": self.id,
            "status": status,
            "steps": self.run.steps,
            "progress": {"done": done, "total": total},
            "outputs": self.outputs(artifacts) if status != "running" else {},
            "questions": self.questions(artifacts) if status == "waiting" else [],
            "error": None if problem is None else problem.content["error"],
        }

    # -- people

    def asked(self) -> list[Question]:
        """Return what people are asked now."""
        sheet = self._at_work()[0]
        with self._served.session.lock:
            return [q for name in sheet.waiting() for q in sheet.questions(name)]

    def questions(self, artifacts: Artifacts) -> list[dict[str, Any]]:
        """Return what people are asked now, as JSON."""
        return [_question(each, artifacts) for each in self.asked()]

    def answer(self, body: Mapping[str, Any], uploads: Uploads) -> None:
        """Answer what a node asks, and go on with what waited for it."""
        node, key = str(body.get("node", "")), body.get("key")
        if "value" not in body:
            raise Problem(400, 'An answer was expected as {"node": …, "key": …, "value": …}.')
        if not isinstance(key, str):
            raise Problem(
                400,
                f'"key" was expected to be that of a question, got {key!r}. GET the run for it.',
            )
        item = None if body.get("item") in (None, "") else str(body["item"])
        with self._lock:
            if self.over:
                raise Problem(409, f"The run is over ({self.status}), and asks nothing any more.")
            sheet = self._at_work()[0]
            value = _answer_value(sheet, NodeId(node), body["value"], uploads)
            try:
                run = self._served.session.runs.answer(
                    NodeId(node), value, key=key, item=item, sheet=sheet
                )
            except InputError as error:
                raise Problem(400, str(error)) from error
            self.run_ids.append(run.id)
            self._follow(sheet, run)


def _answer_value(sheet: SheetSession, node: NodeId, value: Any, uploads: Uploads) -> Any:
    """Return an answer with files in the place of what was uploaded."""
    asked = sheet.asked(node) if node in sheet.structure.nodes else []
    component = asked[0][1].component if asked else None
    if component is None or not component.takes_files:
        return value
    return argument(PortRef(node, "answer"), component, value, uploads)


def _answer(ref: ValueRef, value: Any, component: Any, artifacts: Artifacts) -> Any:
    return as_answer(
        value, component, lambda part, steps, shown: artifacts.address(part, ref, steps, shown)
    )


def _question(question: Question, artifacts: Artifacts) -> dict[str, Any]:
    options = [
        HIDDEN
        if tells(option)
        else as_answer(option, None, lambda value, _, shown: artifacts.keep(value, shown))
        for option in question.options
    ]
    return {
        "node": question.node,
        "key": question.key,
        "item": question.item,
        "kind": question.kind,
        "text": question.text,
        "options": options,
    }


def begin_call(
    served: Served,
    part: Part,
    inputs: Mapping[str, Any],
    uploads: Uploads,
    force: bool = False,
    timeout: float | None = None,
    borrows: bool = False,
) -> Call:
    """Start a call of a part. For inputs that are none raise :class:`Problem`, and run nothing.

    One that ``borrows`` its sheet is to give it back with :meth:`Call.give_back`.
    """
    values = arguments(served.structure, part, inputs, uploads)
    return begin_with(served, part, values, force, timeout, borrows=borrows)


def begin_with(
    served: Served,
    part: Part,
    values: Mapping[PortRef, Any],
    force: bool = False,
    timeout: float | None = None,
    reason: str = "api",
    borrows: bool = False,
) -> Call:
    """Start a call with values as controls take them; raises :class:`Problem` for others."""
    sheets = served.session.sheets
    sheet = sheets.borrow(part.nodes) if borrows else sheets.aside(anew=part.nodes)
    try:
        if values:
            sheet.set_inputs(values)
    except InputError as error:
        raise Problem(400, str(error)) from error
    from_seq = served.session.events.next_expected()
    run = served.session.submit(
        part.targets or part.nodes,  # none at all would mean the whole graph
        "to_here" if force else "stale",
        force,
        reason=reason,
        timeout=timeout,
        sheet=sheet,
    )
    return Call(served, part, sheet, run, from_seq)
