"""Every command names the notification that answers it, and is answered by that one."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from daggr_nb import Conversation, FnNode, Graph, ui
from daggr_nb._protocol.commands import COMMANDS, CommandBase
from daggr_nb._protocol.notifications import Notification
from tests.unit.canvas.test_bridge import View

NOTIFICATIONS = get_args(get_args(Notification)[0])


def short(text: str) -> str:
    return text[:3]


def loud(text: str) -> str:
    return text.upper()


def ways() -> Graph:
    way = FnNode(short, "way", inputs={"text": ui.Textbox(value="otters")}) | FnNode(
        loud, inputs={"text": ui.Textbox(value="otters")}
    )
    said = Conversation("said")
    reply = FnNode(loud, "reply", inputs={"text": said.message})
    graph = Graph("Ways", [way, reply], persist_key=False)
    graph.run()
    return graph


def fields_of(kind: str, graph: Graph) -> dict[str, Any]:
    """Return what a command says beside its kind and id."""
    name = next(iter(graph.nodes))
    record = graph.history(name)[0].id
    node = {"node": name}
    port = node | {"port": "output"}
    control = node | {"port": "variant"}
    fields: dict[str, dict[str, Any]] = {
        "sync": {"rev": 0},
        "set_autorun": {"on": False},
        "set_input": control | {"value": "loud"},
        "select": node | {"record": record},
        "fetch": port,
        "fetch_module": {"module": "math"},
        "upload": {"upload": "u", "name": "a.bin", "size": 2, "at": 0},
        "cancel_upload": {"upload": "u"},
        "answer": node | {"key": "k", "answer": 1},
        "chat": {"node": "said", "action": "clear"},
        "override": port | {"value": "x"},
        "sheet": {"action": "create"},
        "list_items": node,
        "list_runs": node,
        "compare": node | {"records": (record, record)},
        "show_record": {"record": record},
        "star": {"record": record, "on": True},
        "label": {"record": record, "text": "mine"},
        "list_variants": node,
        "run_variants": node | {"variants": ["loud"]},
        "stop_variants": node,
        "collapse": {"nodes": [name], "on": True},
        "export": {"form": "svg"},
        "move": node | {"x": 1, "y": 2},
        "resize": node | {"width": 400},
        "measured": {"heights": {name: 100}},
    }
    return fields.get(kind, {})


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_a_command_names_its_reply(command: type[CommandBase]) -> None:
    if command.reply is not None:
        assert command.reply in NOTIFICATIONS
        assert "id" in command.reply.model_fields, "an answer carries the command's id"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_a_command_is_answered_by_the_notification_it_names(command: type[CommandBase]) -> None:
    graph = ways()
    view = View(graph)
    kind = command.model_fields["kind"].default
    view.say(kind, *([b"ab"] if kind == "upload" else []), **fields_of(kind, graph))
    view.say("sync", rev=-1)
    answers = []
    while (message := view.hear()[0])["kind"] != "snapshot":
        if message.get("id") == "c1" and message["kind"] != "command_rejected":
            answers.append(message["kind"])
    expected = [] if command.reply is None else [command.reply.model_fields["kind"].default]
    assert answers == expected
    assert view.rejected == [] or kind in ("answer", "undo"), "which had nothing to answer here"
