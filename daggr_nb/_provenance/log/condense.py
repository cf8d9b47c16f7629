"""Fewer events that say the same at the end: for who is behind, and to keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

_CHUNK, _DELTA = "node.chunk", "template.delta"


def joined(
    events: Iterable[dict[str, Any]], latest_only: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return ``events`` with deltas joined, in the order of their numbers.

    Chunks of one output of one evaluation become one chunk, if nothing else of that evaluation
    lies between. It has the number and index ``i`` of the last, and ``joined`` says how many it
    stands for; when one of them began anew, it starts there and is a ``reset`` itself. Of kinds in
    ``latest_only`` the latest stays. A joined event never passes another of its own evaluation, but
    it does pass those of others. Deltas of one segment of a template are joined likewise.

    >>> chunk = {"type": "node.chunk", "exec_id": "x", "port": "output"}
    >>> said = [{**chunk, "seq": i, "i": i, "delta": t} for i, t in enumerate(["to", "gether"])]
    >>> joined(said)[0]["delta"]
    'together'
    """
    runs: dict[int, list[dict[str, Any]]] = {}
    latest: dict[Any, dict[Any, int]] = {}
    for event in events:
        seq, kind = event["seq"], event["type"]
        subject = _subject(event)
        if kind not in (_CHUNK, _DELTA) and kind not in latest_only:
            latest.pop(subject, None)
            runs[seq] = [event]
            continue
        of_evaluation = latest.setdefault(subject, {})
        part = (kind, event.get("port"), event.get("seg"))
        before = of_evaluation.get(part, -1)
        together = before in runs and _continues(runs[before][-1], event)
        run = runs.pop(before) if together else []
        run.append(event)
        runs[seq] = run
        of_evaluation[part] = seq
    return [_one(run) for run in runs.values()]


def _subject(event: Mapping[str, Any]) -> Any:
    """Return whom an event is about: an evaluation, or a template that may have none yet."""
    if event["type"].startswith("template."):
        return event["run_id"], event["node"], event.get("scope")
    return event.get("exec_id")


def _one(run: list[dict[str, Any]]) -> dict[str, Any]:
    if len(run) > 1 and run[0]["type"] == _CHUNK:
        return _one_chunk(run)
    if len(run) > 1 and run[0]["type"] == _DELTA:
        text = "".join(event["text"] for event in run)
        return {**run[-1], "text": text, "joined": sum(event.get("joined", 1) for event in run)}
    return run[-1]


def _continues(before: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether two deltas can be one: text goes with text, lists with lists."""
    if event["type"] == _DELTA:
        return bool(before["source"] == event["source"])
    if event["type"] != _CHUNK or event.get("reset"):
        return True
    delta = event["delta"]
    return isinstance(delta, (str, list)) and type(before["delta"]) is type(delta)


def _one_chunk(run: list[dict[str, Any]]) -> dict[str, Any]:
    start = max((i for i, event in enumerate(run) if event.get("reset")), default=0)
    deltas = [event["delta"] for event in run[start:]]
    if isinstance(deltas[0], str):
        whole: Any = "".join(deltas)
    else:
        whole = deltas[0] if len(deltas) == 1 else [item for delta in deltas for item in delta]
    joined = {**run[-1], "delta": whole, "joined": sum(event.get("joined", 1) for event in run)}
    return {**joined, "reset": True} if run[start].get("reset") else joined
