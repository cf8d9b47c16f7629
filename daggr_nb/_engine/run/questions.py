"""What people are asked: which nodes wait for an answer, and which question they ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from daggr_nb._engine.run.item_cache import cached_items, items_shown
from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._engine.run.scatter import path_of
from daggr_nb._engine.sheet.sheet import Asking
from daggr_nb._engine.state.changes import NodeChanged
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.evaluation import Ask
from daggr_nb._model.node import AskingNode
from daggr_nb._model.words import QuestionKind
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DaggrError, InputError


@dataclass(frozen=True)
class Question:
    """A question that waits for an answer; ``graph.answer(question.node, ...)`` gives it.

    ``kind`` is ``approve`` (yes or no), ``choose`` (one of ``options``) or ``value``; ``options``
    are what there is to choose from, or the one thing that it is about. ``item`` is the index of a
    scattered node's item, nested ones joined by a dot.
    """

    node: str
    kind: QuestionKind
    text: str
    options: Sequence[Any]
    key: str
    item: str = ""


class Questions:
    """The questions of a session. ``tasks`` makes the evaluations of a node, items or itself."""

    def __init__(self, state: SheetState, tasks: Callable[[NodeId], list[Task]]) -> None:
        self._state = state
        self._tasks = tasks
        self._answers: dict[tuple[NodeId, str], tuple[Digest, Any]] = {}

    # -- what is asked

    def open(self, name: NodeId) -> list[Task]:
        """Return the evaluations of a node that wait for an answer, in order of their items."""
        if not self._state.waits(name):
            return []
        try:
            tasks = self._tasks(name)
        except DaggrError:  # an input is not there after all: nothing to ask yet
            return []
        known = self.known(tasks)
        return [task for task in tasks if task.index not in known and not self._given(task)]

    def _given(self, task: Task) -> bool:
        return self._answers.get((task.name, task.scope), ("",))[0] == task.key

    def known(self, tasks: Sequence[Task]) -> dict[int, Record]:
        """Return the answers on record to the questions of one node that count, by index."""
        log, sheet = self._state.log, self._state.sheet
        if [task.scope for task in tasks] == [""]:
            record = log.find(tasks[0].key, tasks[0].name, sheet.id)
            return {0: record} if record is not None and self.stands(record) else {}
        shown = sheet.shown.get(tasks[0].name) if tasks else None
        return cached_items(log, tasks, items_shown(log, shown), self.stands, sheet.id)

    def stands(self, record: Record) -> bool:
        """Whether an answer on record counts: it can be read, and nobody asked anew since."""
        asking = self._state.sheet.asking.get(record.node, Asking())
        return record.started_at >= asking.since and self._state.sheet.restorable(record)

    def ask(self, task: Task) -> Ask:
        """Return the question of a task; raises what the node raises about its inputs."""
        assert isinstance(task.node, AskingNode)
        return task.node.ask(task.arguments())

    # -- answers

    def take(self, task: Task, value: Any, *, in_python: bool) -> None:
        """Keep the answer to a task's question until the run that it starts comes to it."""
        node, inputs = task.node, task.arguments()
        assert isinstance(node, AskingNode)
        answer = node.answer_of(value, inputs) if in_python else value
        self._answers[task.name, task.scope] = (task.key, node.accept(answer, inputs))

    def give(self, task: Task) -> bool:
        """Hand a task the answer to its question, if there is one; says whether there was."""
        key, answer = self._answers.pop((task.name, task.scope), (None, None))
        task.context.answer = answer
        return key == task.key

    # -- between runs

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Keep the answers of a node that is called otherwise."""
        for node, scope in [place for place in self._answers if place[0] == former]:
            self._answers[latter, scope] = self._answers.pop((node, scope))

    def anew(self, name: NodeId) -> None:
        """Ask a node's questions again, whatever was answered before."""
        asking = self._state.sheet.asking.get(name, Asking())
        self._state.sheet.asking[name] = replace(asking, since=self._state.clock())

    def leave(self, name: NodeId, steps: Sequence[PlannedStep]) -> None:
        """Note that a run ended at a node's question, and what it left undone."""
        remaining = tuple((step.node, step.explicit, step.force) for step in steps)
        asking = self._state.sheet.asking.get(name, Asking())
        self._state.sheet.asking[name] = replace(asking, at=self._state.clock(), left=remaining)
        self._state.write_sheet()
        self._state.channel.note(NodeChanged(name))

    def left(self, name: NodeId) -> list[PlannedStep]:
        """Return the steps that go on when a node's question is answered."""
        nodes = self._state.structure.nodes
        steps = self._state.sheet.asking.get(name, Asking()).left
        return [PlannedStep(n, (), explicit, force) for n, explicit, force in steps if n in nodes]

    def settled(self, name: NodeId) -> None:
        """Note that a node has its answers."""
        if self._state.sheet.asking.pop(name, None) is not None:
            self._state.write_sheet()


def question_of(task: Task, ask: Ask) -> Question:
    """Return a question as people see it."""
    item = path_of(task.scope)
    return Question(task.name, ask.kind, ask.text, list(ask.options), task.key, item)


def chosen_task(tasks: Sequence[Task], name: NodeId, key: str | None, item: str | None) -> Task:
    """Return the task whose question is meant, the first by default."""
    for task in tasks:
        path = path_of(task.scope)
        if key in (None, task.key) and item in (None, path):
            return task
    which = f"item {item} of {name!r}" if item is not None else repr(name)
    raise InputError(
        f"There is no open question of {which} to answer"
        + (": it is asked about something else now." if key is not None and tasks else ".")
        + (" Run what it is about first." if not tasks else ""),
        node=name,
    )
