"""daggr's REST as it was recorded, call by call: the same where it is right, ours where it is not.

``recorded.json`` has 130 calls of a daggr server on 18 graphs. ``verdict`` says of each: *same*
(status and JSON as recorded), *bug* (``why``, and what we answer in ``ours``), *private* (the
calls of daggr's own page, which nobody else makes).
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio
import httpx
import pytest

import daggr_nb
from daggr_nb.ops import Approve
from tests.serve.conftest import Serve

GRAPHS = json.loads((Path(__file__).parent / "recorded.json").read_text())["graphs"]
_MISSING = object()


@pytest.mark.parametrize("name", [name for name, each in GRAPHS.items() if each.get("calls")])
def test_calls_are_answered_as_daggr_does_or_better(name: str, served: Serve) -> None:
    names = {"gr": gradio, "Approve": Approve, **vars(daggr_nb)}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(GRAPHS[name]["source"], f"<{name}>", "exec"), names)
    client = served(names["graph"])
    kept: dict[str, str] = {}
    differences = []
    for call in GRAPHS[name]["calls"]:
        if call["verdict"] == "private":
            continue
        answer = _sent(client, call, kept)
        data = _data(answer)
        kept |= {key: _at(data, path) for key, path in call.get("keep", {}).items()}
        difference = _difference(call, answer, data)
        if difference:
            differences.append((call["name"], difference))
    assert differences == []


def test_the_record_is_whole() -> None:
    calls = [call for graph in GRAPHS.values() for call in graph.get("calls", ())]
    verdicts = [call["verdict"] for call in calls]
    assert len(calls) == 130
    assert {v: verdicts.count(v) for v in set(verdicts)} == {"same": 66, "bug": 52, "private": 12}


def _sent(client: httpx.Client, call: Mapping[str, Any], kept: Mapping[str, str]) -> httpx.Response:
    path = _filled(call["path"], kept)
    if "raw" in call:
        body: dict[str, Any] = {"content": call["raw"]}
    elif "json" in call:
        body = {"json": json.loads(_filled(json.dumps(call["json"]), kept))}
    else:
        body = {}
    return client.request(call["method"], path, headers=call["headers"], **body)


def _filled(text: str, kept: Mapping[str, str]) -> str:
    for key, value in kept.items():
        text = text.replace("{" + key + "}", value)
    return text


def _data(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _at(data: Any, path: str) -> str:
    """Follow ``a.b.*``, where a star is the only key."""
    for step in path.split("."):
        data = next(iter(data.values())) if step == "*" else data[step]
    return str(data)


def _difference(call: Mapping[str, Any], answer: httpx.Response, data: Any) -> str:
    if call["verdict"] == "bug":
        return _from_ours(call["ours"], answer, data)
    if answer.status_code != call["status"]:
        return f"status {answer.status_code}, recorded {call['status']}: {answer.text[:300]}"
    recorded = call.get("answer", _MISSING)
    if recorded is _MISSING or call["match"] == "status":
        return ""
    if call["match"] == "keys":
        return "" if data.keys() == recorded.keys() else f"keys {sorted(data)}"
    return "" if _alike(_sorted(recorded), _sorted(data)) else f"{data}, recorded {recorded}"


def _from_ours(ours: Mapping[str, Any], answer: httpx.Response, data: Any) -> str:
    if answer.status_code != ours["status"]:
        return f"status {answer.status_code}, wanted {ours['status']}: {answer.text[:300]}"
    if not set(ours.get("keys", ())) <= set(data or {}):
        return f"keys {sorted(data or {})}, wanted {ours['keys']}"
    if "outputs" in ours and data["outputs"] != ours["outputs"]:
        return f"outputs {data['outputs']}, wanted {ours['outputs']}"
    return ""


def _sorted(value: Any) -> Any:
    """Return data with lists of inputs and outputs in an order: daggr's follows a set."""
    if isinstance(value, list):
        return [_sorted(part) for part in value]
    if not isinstance(value, dict):
        return value
    parts = {key: _sorted(part) for key, part in value.items()}
    for key in _SETS & parts.keys():
        if isinstance(parts[key], list):
            parts[key] = sorted(parts[key], key=json.dumps)
    return parts


_SETS = frozenset({"inputs", "outputs"})


def _alike(recorded: Any, data: Any) -> bool:
    """Whether data are as recorded, where ``$uuid1``, ``$time`` and ``$HOME`` stand for texts."""
    if isinstance(recorded, str) and any(each in recorded for each in ("$uuid", "$time", "$HOME")):
        return isinstance(data, str)
    if isinstance(recorded, dict):
        same_keys = isinstance(data, dict) and recorded.keys() == data.keys()
        return same_keys and all(_alike(part, data[key]) for key, part in recorded.items())
    if isinstance(recorded, list):
        same_length = isinstance(data, list) and len(recorded) == len(data)
        return same_length and all(map(_alike, recorded, data))
    return bool(recorded == data and type(recorded) is type(data))
