"""Several templates heard as one text: each when those that began before it are done."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import overload

from daggr_nb._engine.state.events import Event


@overload
def sequential(events: Iterable[Event]) -> Iterator[Event]: ...
@overload
def sequential(events: AsyncIterable[Event]) -> AsyncIterator[Event]: ...
def sequential(
    events: Iterable[Event] | AsyncIterable[Event],
) -> Iterator[Event] | AsyncIterator[Event]:
    """Yield the events of a run such that its templates speak one after the other.

    Templates are independent of each other, and speak at the same time. Who shows a single text, as
    a terminal or a chat does, hears with this each from its beginning to its end, in the order in
    which they began. What a template says while it is not its turn is held back; all other events
    come at once.

    Args:
        events: What :meth:`Graph.stream` yields, or :meth:`Graph.astream`.

    >>> from daggr_nb import Graph, TemplateNode
    >>> graph = Graph("Two", [TemplateNode("one, "), TemplateNode("two")], persist_key=False)
    >>> told = sequential(graph.stream())
    >>> "".join(event.text for event in told if event.type == "template.delta")
    'one, two'
    """
    if isinstance(events, AsyncIterable):
        return _later(events)
    return _now(events)


def _now(events: Iterable[Event]) -> Iterator[Event]:
    turns = _Turns()
    for event in events:
        yield from turns.take(event)


async def _later(events: AsyncIterable[Event]) -> AsyncIterator[Event]:
    turns = _Turns()
    async for event in events:
        for each in turns.take(event):
            yield each


class _Turns:
    """Whose turn it is, and what the others have said; the first entry is who speaks."""

    def __init__(self) -> None:
        self._held: dict[tuple[str | None, str], list[Event]] = {}

    def take(self, event: Event) -> Iterator[Event]:
        """Yield what may be heard now."""
        if event.type.startswith("run.") and event.type != "run.started":
            for held in self._held.values():  # one that waits for a person is not done
                yield from held
            self._held.clear()
        if not event.type.startswith("template."):
            yield event
            return
        who = event.node, event.scope
        self._held.setdefault(who, []).append(event)
        while self._held:
            first = next(iter(self._held))
            said, self._held[first] = self._held[first], []
            yield from said
            if not said or said[-1].type != "template.done":
                return
            del self._held[first]
