"""A thread that is there while it has something to do: no message is lost on the way."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from daggr_nb import FnNode, Graph
from daggr_nb._threads import Inbox
from tests.waiting import wait_for

NAME = "daggr-nb-inbox-of-a-test"


def threads() -> int:
    return [thread.name for thread in threading.enumerate()].count(NAME)


def test_messages_of_one_sender_come_in_their_order_whenever_the_thread_ends() -> None:
    heard: list[tuple[int, int]] = []

    def handle(message: tuple[int, int] | None) -> bool:
        if message is not None:
            heard.append(message)
        return True

    inbox = Inbox(NAME, handle, idle=0.0)  # it ends whenever nothing is there

    def send(sender: int) -> None:
        for number in range(500):
            assert inbox.put((sender, number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    wait_for(lambda: len(heard), 2_000)
    for sender in range(4):
        assert [number for who, number in heard if who == sender] == list(range(500))
    wait_for(threads, 0)


def test_the_thread_belongs_to_nobody_who_has_sent_a_message() -> None:
    whose = contextvars.ContextVar("whose", default="nobody's")
    seen: list[str] = []

    def handle(message: int | None) -> bool:
        seen.append(whose.get())
        return True

    whose.set("a node's")
    Inbox(NAME, handle, idle=0.0).put(1)
    wait_for(lambda: seen, ["nobody's"])


def test_a_canvas_that_begins_to_listen_within_a_node_prints_into_no_log() -> None:
    heard: list[int] = []

    def handle(message: int | None) -> bool:
        print("of the inbox")  # noqa: T201 - that is looked for
        heard.append(1)
        return True

    def sends() -> str:
        Inbox(NAME, handle, idle=0.0).put(1)
        wait_for(lambda: heard, [1])
        return "sent"

    graph = Graph("Sends", [FnNode(sends)], persist_key=False)
    graph.run()
    assert graph.history("sends")[0].logs == ""
    graph.close()


def test_one_thread_serves_at_a_time() -> None:
    at_work, most = 0, 0

    def handle(message: int | None) -> bool:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        at_work -= 1
        return True

    inbox = Inbox(NAME, handle, idle=0.0)
    for number in range(1_000):
        inbox.put(number)
    wait_for(threads, 0)
    assert most == 1


def test_it_ends_when_it_is_told_to_and_begins_again() -> None:
    heard: list[int | None] = []

    def handle(message: int | None) -> bool:
        heard.append(message)
        return message is not None

    inbox = Inbox(NAME, handle, idle=60)
    inbox.end()  # there is none
    for number in (1, 2):
        inbox.put(number)
        inbox.end()
        wait_for(threads, 0)
    assert heard == [1, None, 2, None]


def test_it_has_a_time_to_look_again() -> None:
    looked = threading.Event()

    def handle(message: int | None) -> bool:
        if message is None:
            looked.set()
        return message is not None

    inbox = Inbox(NAME, handle, pause=lambda: 0.0, idle=60)
    inbox.put(1)
    assert looked.wait(20)
    wait_for(threads, 0)
