"""Before a node runs: what feeds it, whether its result is known, which tasks would make it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from daggr_nb._engine.freshness.keys import node_key
from daggr_nb._engine.run.entries import entered_inputs, stands_for
from daggr_nb._engine.run.item_cache import cached_items, items_shown
from daggr_nb._engine.run.plan import PlannedStep
from daggr_nb._engine.run.questions import Questions
from daggr_nb._engine.run.scatter import (
    Items,
    Levels,
    item_value,
    items_of,
    levels,
    path_of,
    scope_of,
)
from daggr_nb._engine.run.scheduler import Prepared
from daggr_nb._engine.sheet.identity import by_identity
from daggr_nb._engine.sheet.sheet import TrackedValue, track
from daggr_nb._engine.state.live import of
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task, TaskContext
from daggr_nb._ids import Digest, NodeId, new_run_id
from daggr_nb._model.feed import draws
from daggr_nb._provenance.artifacts.codec import Parts
from daggr_nb._provenance.code.fingerprint import part_of
from daggr_nb._provenance.log.records import InputRef, Record
from daggr_nb.errors import GraphError, InputError, NotRunYet

_MOST_NEWS = 10_000  # chunks of one task that may wait to be told


class Preparer:
    """Makes the tasks of a sheet's nodes. ``heard`` is called when a task has news to tell."""

    def __init__(self, state: SheetState, heard: Callable[[Task], None]) -> None:
        self.state = state
        self.questions = Questions(state, self.asking_tasks)
        self._heard = heard
        self._asked: dict[NodeId, tuple[Digest, list[Task]]] = {}

    def prepare(self, step: PlannedStep) -> Prepared:
        """Resolve a node's inputs; return its known record, or the tasks that make a new one."""
        name, state = step.node, self.state
        state.structure.node(name)  # the graph may have been defined anew since the run began
        if state.freshness.code(name).mutable:  # a run may have changed what others captured
            state.freshness.read_code_of(name)
        code = state.freshness.code(name)
        moved = state.freshness.moved_on(name)
        if moved is not None:
            raise GraphError(
                f"{name!r} is not run, as DAGGR_DEPENDENCY_CHECK=error: {moved.text}. Set it to "
                "update to take what there is now.",
                node=name,
            )
        skipped_by = state.inputs.skip_of(name)
        if skipped_by is not None:
            return Prepared(skipped_by=skipped_by)
        if state.asks(name):
            return self._prepare_asking(step)
        if step.item:
            prepared = self._some_items(name, step.item)
            assert prepared.whole is not None
            state.freshness.expect(name, prepared.whole.key)
            self._show_items(prepared)
            return prepared
        replay = None if step.explicit or step.force else self._replay(name)
        inputs = self._required(name, replay)
        reusable = not step.force and not code.volatile
        spec = state.inputs.spec(name)
        refs = {port: ref for port, ref in inputs.items() if ref is not None}
        complete = len(refs) == len(inputs)
        key = node_key(code, {port: ref.value for port, ref in refs.items()}, spec)
        cached = self._known_record(name, key, refs) if complete and reusable else None
        if cached is not None:
            return Prepared(cached=cached)
        tracked = {port: self._take(name, port, ref) for port, ref in inputs.items()}
        if not complete:  # something had to be drawn
            refs = {p: ref or InputRef(tracked[p].ref, "callable") for p, ref in inputs.items()}
            key = node_key(code, {port: ref.value for port, ref in refs.items()}, spec)
            cached = self._known_record(name, key, refs) if reusable else None
        if cached is not None:
            return Prepared(cached=cached)
        whole = self.task(name, key, tracked, refs)
        state.freshness.expect(name, key)
        if state.structure.depth[name] == 0:
            return Prepared(whole=whole, tasks=[whole])
        return self._scattered(whole, reusable)

    def _replay(self, name: NodeId) -> Record | None:
        """Return the shown record, to draw no value again but those that other code draws now."""
        record, code = self.state.sheet.shown.get(name), self.state.freshness.code(name)
        roles = draws(self.state.structure.nodes[name].inputs)
        if record is None or not roles or record.code == code.digest:
            return record
        former = self.state.log.code(record.code) or {}
        redrawn = {
            role[:-2] for role in roles if part_of(role, former) != part_of(role, code.dependencies)
        }
        inputs = {port: ref for port, ref in record.inputs.items() if port not in redrawn}
        return replace(record, inputs=inputs)

    def _prepare_asking(self, step: PlannedStep) -> Prepared:
        """Split what a person is asked into questions with an answer and open ones."""
        name = step.node
        if step.explicit or step.force:
            self.questions.anew(name)
        whole = self._whole(name)
        self.state.freshness.expect(name, whole.key)
        items, tasks = self._one_by_one(whole)
        answered = [task for task in tasks if self.questions.give(task)]
        cached = None if answered else self._known_record(name, whole.key, whole.refs)
        if cached is not None and self.questions.stands(cached):
            self.questions.settled(name)
            return Prepared(cached=cached)
        done = self.questions.known(tasks)
        for task in answered:  # anew
            done.pop(task.index, None)
        asks = [task for task in tasks if task.index not in done and task not in answered]
        for task in asks:
            self.questions.ask(task)  # raises what the node cannot ask about
        return Prepared(
            whole=whole,
            tasks=answered,
            items=items,
            done=done,
            asks=asks,
        )

    def asking_tasks(self, name: NodeId) -> list[Task]:
        """Return the evaluations of a node that asks, one for every question."""
        whole = self._whole(name)
        cached = self._asked.get(name)
        if cached is None or cached[0] != whole.key:
            cached = self._asked[name] = (whole.key, self._one_by_one(whole)[1])
        return cached[1]

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Keep what was answered to a node that is called otherwise."""
        self._asked.pop(former, None)
        self.questions.rename(former, latter)

    def _one_by_one(self, whole: Task) -> tuple[Items | None, list[Task]]:
        if self.state.structure.depth[whole.name] == 0:
            return None, [whole]
        how, items = self._items(whole)
        return items, [self._item(whole, how, items, index) for index in range(len(items.paths))]

    def _whole(self, name: NodeId, replay: Record | None = None) -> Task:
        """Return the evaluation of a node whose inputs are all known, or drawn for ``replay``."""
        inputs = self.state.inputs
        refs = {port: ref for port, ref in self._required(name, replay).items() if ref is not None}
        tracked = {port: self._take(name, port, ref) for port, ref in refs.items()}
        values = {port: ref.value for port, ref in refs.items()}
        key = node_key(self.state.freshness.code(name), values, inputs.spec(name))
        return self.task(name, key, tracked, refs)

    def _required(self, name: NodeId, record: Record | None) -> dict[str, InputRef | None]:
        """Return what feeds each input that is not skipped; ``None`` for one to be drawn."""
        by_port = self.state.inputs.resolve_all(name, record)
        for port, resolved in by_port.items():
            if resolved.missing is not None:
                raise NotRunYet(
                    f"{name}.{port} needs {resolved.missing!r}, which has no result. "
                    "Run to here instead.",
                    node=name,
                    port=port,
                )
        return {port: resolved.ref for port, resolved in by_port.items()}

    def _take(self, name: NodeId, port: str, ref: InputRef | None) -> TrackedValue:
        return self.state.on_record(self.state.inputs.take(name, port, ref))

    def next_attempt(self, task: Task) -> Task:
        """Return the next attempt at a task; its log goes on."""
        fresh = self.task(
            task.name, task.key, task.inputs, task.refs, task.scope, task.index, task.attempt + 1
        )
        fresh.context.write(task.context.text)
        return fresh

    def _known_record(
        self, name: NodeId, key: Digest, refs: Mapping[str, InputRef]
    ) -> Record | None:
        sheet = self.state.sheet
        record_shown = sheet.shown.get(name)
        if (
            record_shown is not None
            and record_shown.key == key
            and record_shown.status == "succeeded"
            and not record_shown.unverified
        ):
            return record_shown if sheet.restorable(record_shown) else None
        if any(by_identity(ref.value) for ref in refs.values()):
            return None  # that very object is in no other record
        record = self.state.log.find(key, name, sheet.id)
        if record is None or not self._stands(name, refs)(record):
            return None
        return record if sheet.restorable(record) else None

    def _stands(self, name: NodeId, refs: Mapping[str, InputRef]) -> Callable[[Record], bool]:
        """Return whether what is on record may answer for these inputs, if they are a visitor's."""
        entered = entered_inputs(self.state, name, refs)
        return lambda record: stands_for(record, entered)

    def task(
        self,
        name: NodeId,
        key: Digest,
        held: Mapping[str, TrackedValue],
        refs: Mapping[str, InputRef],
        scope: str = "",
        index: int = 0,
        attempt: int = 1,
    ) -> Task:
        """Return an evaluation of a node, or of the item at ``index``, ready to start."""
        variant, code = self.state.inputs.variant(name), self.state.freshness.code(name)
        make_context, ahead, identity = self._context, self._ahead, new_run_id()
        return Task(
            identity,
            variant.node,
            variant.ports,
            name,
            code,
            key,
            held,
            refs,
            make_context,
            ahead,
            scope,
            index,
            attempt,
            shared=self.state.structure.shared_ports[name],
            shared_inputs=self.state.structure.shared_inputs[name],
            bounded=self.state.log.asks.bounded,
        )

    def _context(self, task: Task) -> TaskContext:
        def tell(what: str, fields: dict[str, Any]) -> None:
            news = context.news
            news.append((what, fields))
            if len(news) == 1:
                self._heard(task)
            while len(news) > _MOST_NEWS and not context.stop_asked:
                time.sleep(0.001)  # nobody can read so fast: let the dispatcher catch up

        context = TaskContext(next(iter(task.node.outputs), ""), tell, self.state.clock)
        return context

    def _ahead(self, parts: Parts) -> None:
        self.state.log.write_drafts(parts, self.state.journal.commit.values)

    def _scattered(self, whole: Task, reusable: bool) -> Prepared:
        state = self.state
        items, tasks = self._one_by_one(whole)
        prepared = Prepared(whole=whole, items=items)
        if reusable:
            shown = items_shown(state.log, state.sheet.shown.get(whole.name))
            stands = self._stands(whole.name, whole.refs)
            records = cached_items(state.log, tasks, shown, stands)
            restorable = state.sheet.restorable
            prepared.done = {i: record for i, record in records.items() if restorable(record)}
        prepared.tasks = [task for task in tasks if task.index not in prepared.done]
        self._show_items(prepared)
        return prepared

    def _show_items(self, prepared: Prepared) -> None:
        """Let the card tell which items there are, and which of them are over already."""
        assert prepared.whole is not None
        assert prepared.items is not None
        scopes = [scope_of(path) for path in prepared.items.paths]
        live = of(self.state.live, prepared.whole.name)
        live.items_total = len(scopes)
        live.items = {scopes[index]: "cached" for index in prepared.done}
        live.records = {scopes[index]: record.id for index, record in prepared.done.items()}
        live.items |= {task.scope: "failed" for task, _ in prepared.lost}

    def check_item(self, name: NodeId, item: str) -> None:
        """Raise what speaks against running one item of a node, or all that failed, alone."""
        if self.state.structure.depth[name] == 0 or self.state.asks(name):
            raise InputError(
                f"{name!r} does not run once per item, so there is no item {item!r} to run.",
                node=name,
            )
        self._some_items(name, item)

    def _some_items(self, name: NodeId, item: str) -> Prepared:
        """Return the evaluation of one item, or of all that failed; the others stay as they are.

        Values that were drawn for the result that is shown are not drawn anew.
        """
        record_shown = self.state.sheet.shown.get(name)
        whole = self._whole(name, record_shown)
        items, tasks = self._one_by_one(whole)
        indices = {task.index for task in tasks if path_of(task.scope) == item}
        if not indices and item != "failed":
            items_known = (
                f"{path_of(tasks[0].scope)} to {path_of(tasks[-1].scope)}" if tasks else "none"
            )
            raise InputError(f"{name!r} has no item {item!r}; there are {items_known}.", node=name)
        to_run: list[Task] = []
        failures: list[tuple[Task, Record]] = []
        done: dict[int, Record] = {}
        over = self._over(whole, tasks, record_shown)
        for task in tasks:
            record = over.get(task.index)
            if task.index in indices:
                to_run.append(task)
            elif record is not None and record.status != "failed":
                done[task.index] = record
            elif not indices:
                to_run.append(task)
            elif record is not None:
                failures.append((task, record))
            else:
                raise InputError(
                    f"Item {item} of {name!r} cannot be run alone: other items have no result of "
                    "the code and inputs as they are now. Run the whole step.",
                    node=name,
                )
        return Prepared(whole=whole, tasks=to_run, items=items, done=done, lost=failures)

    def _over(self, whole: Task, tasks: list[Task], shown: Record | None) -> Mapping[int, Record]:
        """Return what is on record of items, by index: what is shown, else what is known."""
        log, restorable = self.state.log, self.state.sheet.restorable
        by_scope = items_shown(log, shown)
        stands = self._stands(whole.name, whole.refs)
        cached = {} if whole.code.volatile else cached_items(log, tasks, by_scope, stands)
        records = {}
        for task in tasks:
            shown_item = by_scope.get(task.scope)
            same = shown_item is not None and shown_item.key == task.key
            record = shown_item if same else cached.get(task.index)
            if record is not None and (record.status == "failed" or restorable(record)):
                records[task.index] = record
        return records

    def _items(self, whole: Task) -> tuple[Levels, Items]:
        how = levels(self.state.structure, whole.name, self.state.inputs.into(whole.name))
        values = {port: tracked.value for port, tracked in whole.inputs.items()}
        return how, items_of(whole.name, how, values)

    def _item(self, whole: Task, how: Levels, items: Items, index: int) -> Task:
        path, tracked, refs = items.paths[index], {}, {}
        for port, input_value in whole.inputs.items():
            tracked[port], refs[port] = input_value, whole.refs[port]
            if how.by_port.get(port, 0):
                value = item_value(whole.name, port, how, items, index)
                tracked[port] = track(value, self.state.journal.commit.values, port)
                ref = refs[port]
                value_ref = self.state.inputs.class_code.current(tracked[port].ref)
                refs[port] = InputRef(value_ref, ref.source, ref.origin, ref.record)
        key = node_key(whole.code, {port: ref.value for port, ref in refs.items()}, scope="item")
        return self.task(whole.name, key, tracked, refs, scope_of(path), index)
