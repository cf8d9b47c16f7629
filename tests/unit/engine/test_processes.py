"""Bodies in processes of our own: what arrives there, what comes back, how they end."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import os
import pathlib
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from daggr_nb import Context, FnNode, Graph, Node, RouteNode, errors, node, ui
from daggr_nb._canvas.remarks import remarks
from daggr_nb.errors import ExecutorError, GraphError, NodeFailed, RunCancelled

_SECONDS = 60
factor = 2


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and other.x == self.x

    __hash__ = None  # type: ignore[assignment]


class OwnError(Exception):
    pass


class Picky(ValueError):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def helper(x: int) -> int:
    return x * factor


def pid() -> int:
    return os.getpid()


@functools.cache
def cached(n: int) -> int:
    return n if n < 2 else cached(n - 1) + cached(n - 2)


@pytest.fixture
def made() -> Iterator[Any]:
    graphs: list[Graph] = []

    def make(*nodes: Node, **options: Any) -> Graph:
        options = {"persist_key": False, "executor": "processes", **options}
        graphs.append(Graph("Elsewhere", [*nodes], **options))
        return graphs[-1]

    yield make
    for graph in graphs:
        graph.close()


def value(graph: Graph, name: str, port: str = "output") -> Any:
    return graph.run(name)[name][port]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def gone(process: int, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while alive(process) and time.monotonic() < end:
        threading.Event().wait(0.01)
    return not alive(process)


def eventually(path: pathlib.Path, seconds: float = 30.0) -> str:
    """Return what a body writes to say how far it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and (text := path.read_text()):
            return text
        threading.Event().wait(0.005)
    raise AssertionError(f"nothing came to {path}")


def any_of(folder: pathlib.Path, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not any(folder.iterdir()) and time.monotonic() < end:
        threading.Event().wait(0.005)
    return any(folder.iterdir())


# ---------------------------------------------------------------- what arrives


def test_a_body_runs_in_another_process_which_is_used_again(made: Any) -> None:
    graph = made(FnNode(pid), FnNode(pid, "again"))
    first, second = value(graph, "pid"), value(graph, "again")
    assert first != os.getpid()
    assert first == second


def test_helpers_globals_classes_and_nodes_that_are_functions_arrive(made: Any) -> None:
    @node
    def shout(text: str) -> str:
        return text.upper()

    def all_of_it(n: int = 4) -> Any:
        return helper(n), Point(n), shout("hi"), cached(30)

    y, point, text, number = value(made(FnNode(all_of_it)), "all_of_it")
    assert (y, point, text, number) == (8, Point(4), "HI", 832040)
    assert type(point) is Point, "the very class, not a copy"
    assert Point.__eq__.__globals__ is globals(), "nobody has touched it"


def test_globals_count_as_they_are_at_that_moment(made: Any, monkeypatch: Any) -> None:
    def scaled(n: int = 1) -> int:
        return helper(n)

    graph = made(FnNode(scaled))
    assert value(graph, "scaled") == 2
    monkeypatch.setitem(globals(), "factor", 5)
    assert graph.run("scaled", force=True)["scaled"]["output"] == 5


def test_an_evaluation_does_not_see_what_another_has_changed(made: Any) -> None:
    seen: list[int] = []

    def collect(n: int) -> list[int]:
        seen.append(n)
        return list(seen)

    items = FnNode(lambda: [1, 2, 3], "items")
    graph = made(items, FnNode(collect, inputs={"n": items.output.each}))
    assert value(graph, "collect") == [[1], [2], [3]]
    assert seen == []


@pytest.mark.parametrize("how", ["module", "names"])
def test_local_modules_arrive_as_they_are_here(
    made: Any, tmp_path: pathlib.Path, monkeypatch: Any, how: str
) -> None:
    file = tmp_path / "local_tools_p.py"
    file.write_text("RATE = 3\nclass Rated:\n    rate = RATE\ndef rated(x):\n    return x * RATE\n")
    spec = importlib.util.spec_from_file_location("local_tools_p", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "local_tools_p", module)
    spec.loader.exec_module(module)
    file.write_text("def rated(x):\n    return 'of the file'\n")
    rated, rated_class = module.rated, module.Rated

    def by_module(x: int = 2) -> Any:
        return module.rated(x), module.Rated()

    def by_name(x: int = 2) -> Any:
        return rated(x), rated_class()

    result, thing = value(made(FnNode(by_module if how == "module" else by_name, "use")), "use")
    assert result == 6
    assert type(thing) is module.Rated


def test_functions_of_a_notebook_arrive(tmp_path: pathlib.Path) -> None:
    cells = [
        "from daggr_nb import FnNode, Graph, ui\nimport dataclasses, os, statistics",
        "SCALE = 10\n@dataclasses.dataclass\nclass Pair:\n    a: int\n    b: int\n"
        "def scaled(x): return SCALE * x",
        "def work(x: int = 2):\n    return Pair(scaled(x), statistics.mean([x, x])), os.getpid()\n"
        "graph = Graph('Cells', FnNode(work, outputs=['pair', 'pid']), executor='processes',"
        " persist_key=False)",
        "made = graph.run()['work']; print(made['pair'], type(made['pair']) is Pair,"
        " made['pid'] != os.getpid())",
        "def broken():\n    return [][3]\n"
        "other = Graph('Broken', FnNode(broken), executor='processes', persist_key=False)",
        "try:\n    other.run()\nexcept Exception as error:\n    print(error.traceback)",
    ]
    script = textwrap.dedent("""
        import sys
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        for cell in sys.argv[1:]:
            shell.run_cell(cell).raise_error()
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, *cells],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
        check=False,
    )
    assert "Pair(a=20, b=2) True True" in done.stdout, done.stderr
    assert "return [][3]" in done.stdout


def test_a_script_without_a_guard_works(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(
        "import os\nfrom daggr_nb import FnNode, Graph\n"
        "def pid(): return os.getpid()\n"
        "print('once')\n"
        "graph = Graph('Plain', FnNode(pid), executor='processes', persist_key=False)\n"
        "print(graph.run()['pid']['output'] != os.getpid())\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    assert done.stdout.split() == ["once", "True"]
    assert done.stderr == ""


def test_every_kind_of_function_with_its_hooks(made: Any) -> None:
    async def awaited(n: int = 3) -> int:
        import asyncio

        await asyncio.sleep(0.01)
        return n

    def grown() -> Iterator[str]:
        yield "a"
        yield "ab"

    async def streamed() -> Any:
        yield 1
        yield 2

    def double(n: int = 2) -> int:
        return n * 2

    def choose(n: int = 5) -> tuple[str, int]:
        return ("odd" if n % 2 else "even"), n

    hooks = {
        "preprocess": lambda inputs: {"n": inputs["n"] + factor},
        "postprocess": lambda n: (n, pid()),
    }
    graph = made(
        FnNode(awaited),
        FnNode(grown),
        FnNode(streamed),
        FnNode(double, inputs={"n": 2}, outputs=["n", "pid"], **hooks),
        RouteNode(choose, ["odd", "even"]),
    )
    assert [value(graph, name) for name in ("awaited", "grown", "streamed")] == [3, "ab", 2]
    outputs = graph.run("double")["double"]
    assert outputs["n"] == 8
    assert outputs["pid"] != os.getpid()
    assert graph.run("choose")["choose"] == {"odd": 5}


def test_values_keep_their_kind_also_read_only(made: Any) -> None:
    def make() -> Any:
        return np.arange(4)

    def use(array: Any, file: Any) -> Any:
        return array.flags.writeable, array.sum(), file.read()

    source = FnNode(make)
    graph = made(source, FnNode(use, inputs={"array": source, "file": io.BytesIO(b"here")}))
    assert value(graph, "use") == (False, 6, b"here")


def test_controls_that_say_a_form_are_given_so(made: Any) -> None:
    def index(kind: Any) -> Any:
        return kind

    control = ui.Dropdown(choices=["a", "b"], value="b", type="index")
    assert value(made(FnNode(index, inputs={"kind": control})), "index") == 1


def test_a_card_says_once_what_stays_there(made: Any) -> None:
    seen: list[int] = []

    def collect(n: int = 1) -> int:
        seen.append(n)
        return len(seen)

    graph = made(FnNode(collect))
    assert value(graph, "collect") == 1
    remark = "`seen`: what a process of its own changes there stays there"
    assert remarks(graph.session.current, "collect").count(remark) == 1
    graph = made(FnNode(collect), executor=None)
    assert remark not in remarks(graph.session.current, "collect")


# ---------------------------------------------------------------- what is the same


def steps() -> list[Node]:
    source = FnNode(lambda n=3: list(range(n)), "source")
    return [source, FnNode(helper, inputs={"x": source.output.each}, concurrent=True)]


@pytest.mark.parametrize("first", ["threads", "processes"])
def test_what_one_made_the_other_knows(first: str, tmp_path: pathlib.Path) -> None:
    second = "processes" if first == "threads" else "threads"
    for executor, ending in ((first, "succeeded"), (second, "cached")):
        graph = Graph("Same", steps(), store=tmp_path, executor=executor)
        run = graph.submit()
        assert run.result(_SECONDS)["helper"]["output"] == [0, 2, 4]
        assert set(run.steps.values()) <= {ending}
        assert len(graph.history("helper")) == 1
        graph.close()


def test_a_scatter_goes_on_in_several_processes(made: Any) -> None:
    def which(n: int) -> int:
        time.sleep(0.05)
        return os.getpid()

    source = FnNode(lambda: [*range(8)], "source")
    graph = made(source, FnNode(which, inputs={"n": source.output.each}, concurrent=True))
    processes = set(value(graph, "which"))
    assert os.getpid() not in processes
    assert len(processes) == min(8, len(os.sched_getaffinity(0)))


def test_the_executor_of_a_node_goes_before_that_of_the_graph(made: Any) -> None:
    here = FnNode(pid, "here", executor="threads")
    assert value(made(here), "here") == os.getpid()
    there = node(executor="processes")(pid)
    graph = made(FnNode(pid, "plain"), there, executor=None)
    assert value(graph, "plain") == os.getpid()
    assert value(graph, "pid") != os.getpid()


def test_an_executor_counts_when_the_graph_is_defined_again(tmp_path: pathlib.Path) -> None:
    ids = []
    for executor in (None, "processes", None):
        graph = Graph("Again", FnNode(pid, volatile=True), store=tmp_path, executor=executor)
        ids.append(value(graph, "pid"))
    assert ids[0] == ids[2] == os.getpid()
    assert ids[1] != os.getpid()
    graph.close()


@pytest.mark.parametrize("executor", ["process", 3, dict, {}])
def test_what_is_no_executor_is_an_error_at_once(executor: Any) -> None:
    with pytest.raises(GraphError, match=r'executor= expected .*"processes"'):
        Graph("No", FnNode(pid), executor=executor, persist_key=False)
    with pytest.raises(GraphError, match="executor= expected"):
        FnNode(pid, executor=executor)


# ---------------------------------------------------------------- what is said meanwhile


def test_text_arrives_piece_by_piece(made: Any, tmp_path: pathlib.Path) -> None:
    go = tmp_path / "go"

    def tokens() -> Iterator[str]:
        yield "one "
        while not go.exists():
            time.sleep(0.005)
        yield "two "

    graph = made(FnNode(tokens, stream="append"))
    run = graph.submit()
    deltas = []
    for event in run.events():
        if event.type == "node.chunk":
            deltas.append(event.fields["delta"])
            go.touch()  # the second is made only when the first is here
    assert deltas == ["one ", "two "]
    assert run.result()["tokens"]["output"] == "one two "


def test_values_so_far_that_go_on_travel_as_their_ends(made: Any) -> None:
    def so_far() -> Iterator[str]:
        yield from ("a", "ab", "abc", "x")

    graph = made(FnNode(so_far, stream="replace"))
    run = graph.submit()
    chunks = [
        (e.fields["delta"], e.fields.get("reset", False))
        for e in run.events()
        if e.type == "node.chunk"
    ]
    assert chunks == [("a", False), ("b", False), ("c", False), ("x", True)]


def test_prints_logs_warnings_and_progress_arrive(made: Any) -> None:
    def talks(ctx: Context) -> int:
        import logging

        print("to stdout")  # noqa: T201
        print("to stderr", file=sys.stderr)  # noqa: T201
        warnings.warn("a warning", stacklevel=1)
        logging.getLogger("mine").warning("a record")
        ctx.log("a line")
        ctx.progress(1, 4, "a quarter")
        ctx.note("a note")
        subprocess.run([sys.executable, "-c", "print('of a child')"], check=True)
        return 1

    graph = made(FnNode(talks))
    run = graph.submit()
    events = [*run.events()]
    run.result()
    (progress,) = [e for e in events if e.type == "node.progress"]
    assert tuple(progress.fields[name] for name in ("done", "total", "text")) == (1, 4, "a quarter")
    assert [e.fields["text"] for e in events if e.type == "node.note"] == ["a note"]
    logs = graph.nodes["talks"].last.logs
    said = ["to stdout", "to stderr", "a warning", "WARNING mine: a record", "a line", "of a child"]
    assert [text for text in said if text not in logs] == []


def test_what_does_not_continue_is_remarked(made: Any) -> None:
    def jumps() -> Iterator[str]:
        yield "one"
        yield "two"

    graph = made(FnNode(jumps))
    with pytest.warns(errors.StreamWarning, match="does not continue"):
        assert value(graph, "jumps") == "two"


# ---------------------------------------------------------------- errors


def inner(x: int) -> float:
    return 1 / x


def outer() -> float:
    try:
        return inner(0)
    except ZeroDivisionError as error:
        raise OwnError("no way") from error


def test_a_traceback_is_the_same_as_on_threads(made: Any) -> None:
    texts = []
    for executor in ("threads", "processes"):
        graph = made(FnNode(outer), executor=executor)
        with pytest.raises(NodeFailed, match="OwnError: no way") as caught:
            graph.run()
        assert type(caught.value.__cause__) is OwnError
        assert type(caught.value.__cause__.__cause__) is ZeroDivisionError
        texts.append(caught.value.traceback)
    assert texts[0] == texts[1]
    assert "return 1 / x" in texts[1]


def test_an_error_that_cannot_be_sent_arrives_by_its_description(made: Any) -> None:
    def picky() -> None:
        raise Picky("one ", "two")

    def holding() -> None:
        error = ValueError("holds a lock")
        error.lock = threading.Lock()  # type: ignore[attr-defined]
        raise error

    graph = made(FnNode(picky), FnNode(holding))
    for name, text in (("picky", "Picky: one two"), ("holding", "ValueError: holds a lock")):
        with pytest.raises(NodeFailed, match=text) as caught:
            graph.run(name)
        assert isinstance(caught.value.__cause__, ValueError)
        assert f"in {name}" in caught.value.traceback


def test_what_ends_a_program_fails_its_node(made: Any) -> None:
    def leaves() -> None:
        sys.exit(3)

    graph = made(FnNode(leaves), FnNode(pid))
    with pytest.raises(NodeFailed, match="SystemExit"):
        graph.run("leaves")
    assert value(graph, "pid") != os.getpid()


def test_retries_go_on_there(made: Any, tmp_path: pathlib.Path) -> None:
    count = tmp_path / "count"

    def second_time() -> str:
        with count.open("a") as file:
            file.write("x")
        if len(count.read_text()) < 2:
            raise OwnError("not yet")
        return count.read_text()

    graph = made(FnNode(second_time, retries=1, retry_on=OwnError))
    assert value(graph, "second_time") == "xx"
    assert "OwnError: not yet" in graph.nodes["second_time"].last.logs


def test_what_cannot_be_read_here_says_so(made: Any) -> None:
    def local() -> Any:
        return threading.Lock()

    with pytest.raises(NodeFailed, match=r"cannot pickle .*lock"):
        made(FnNode(local)).run()


# ---------------------------------------------------------------- what cannot be sent


lock = threading.Lock()
table = {"rows": [1, {"lock": lock}]}
large = np.zeros(3_000_000)


def locks() -> Any:
    return lock


def nested() -> Any:
    return table


def through() -> Any:
    return nested()


def far_too_large() -> Any:
    return large.sum()


def reads_a_node() -> Any:
    return first_node.value  # noqa: F821 - made in the test


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (locks, r"captures lock, a _thread\.lock"),
        (nested, r"captures table\[?'?rows'?\]?\[1\].*lock"),
        (through, r"captures table.*lock"),
        (far_too_large, r"captures large, of 24 MB.*pass it as an input"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_what_cannot_be_sent_is_named_before_anything_starts(
    made: Any, tmp_path: pathlib.Path, function: Any, names: str
) -> None:
    mark = tmp_path / "began"

    def begins() -> int:
        mark.touch()
        return 1

    source = FnNode(begins)
    graph = made(source, FnNode(lambda x: function(), "unsendable", inputs={"x": source}))
    with pytest.raises(ExecutorError, match=names) as caught:
        graph.run()
    assert caught.value.node == "unsendable"
    assert "Expected" in str(caught.value)
    assert graph.nodes["unsendable"].last.status == "failed", "its card says so, too"
    assert not mark.exists()


def test_an_open_file_is_named(made: Any, tmp_path: pathlib.Path) -> None:
    with (tmp_path / "open").open("w") as out:
        graph = made(FnNode(lambda: out.write("x"), "writes"))
        with pytest.raises(ExecutorError, match="captures out, an open file"):
            graph.run()


def test_a_node_that_is_captured_is_named(made: Any) -> None:
    source = FnNode(pid, "source")
    graph = made(source, FnNode(lambda: source.value, "reads"))
    with pytest.raises(ExecutorError, match=r"captures source, .*feed it as an input"):
        graph.run("reads")


def test_an_input_that_cannot_be_sent_is_named(made: Any) -> None:
    graph = made(FnNode(lambda x: 1, "takes", inputs={"x": threading.Lock()}))
    with pytest.raises(NodeFailed, match=r"takes\.x cannot be sent to a process"):
        graph.run()


def test_without_the_library_it_says_what_to_install(made: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ExecutorError, match=r'pip install "daggr_nb\[processes\]"'):
        made(FnNode(pid)).run()


def test_secrets_arrive_by_name_and_are_on_no_record(
    tmp_path: pathlib.Path, monkeypatch: Any
) -> None:
    secret = "s3cr3t-of-a-process-0815"

    def asks(api_key: str) -> tuple[bool, bool]:
        print("with", api_key, os.environ["ELSEWHERE_API_TOKEN"])  # noqa: T201
        return api_key == os.environ["ELSEWHERE_API_TOKEN"], "ELSEWHERE_GONE" in os.environ

    graph = Graph(
        "Secrets",
        FnNode(asks, inputs={"api_key": ui.Textbox()}, volatile=True),
        store=tmp_path,
        executor="processes",
    )
    monkeypatch.setenv("ELSEWHERE_GONE", "yes")
    monkeypatch.setenv("ELSEWHERE_API_TOKEN", "another")
    graph.run(inputs={"asks__api_key": secret})
    monkeypatch.setenv("ELSEWHERE_API_TOKEN", secret)  # also of a process that is there already
    monkeypatch.delenv("ELSEWHERE_GONE")
    assert graph.run()["asks"]["output"] == (True, False)
    logs = graph.nodes["asks"].last.logs
    graph.close()
    assert secret not in logs
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


# ---------------------------------------------------------------- ends


def deaf(began: str) -> None:
    pathlib.Path(began).write_text(str(os.getpid()))
    while True:
        pass


def test_stop_ends_a_body_that_does_not_listen_and_harms_no_other(
    made: Any, tmp_path: pathlib.Path
) -> None:
    began, other_began, go = (tmp_path / name for name in ("began", "other", "go"))

    def patient() -> str:
        other_began.write_text(str(os.getpid()))
        while not go.exists():
            time.sleep(0.005)
        return "done"

    graph = made(
        FnNode(deaf, inputs={"began": str(began)}, concurrent=True),
        FnNode(patient, concurrent=True),
    )
    stopped, other = graph.submit("deaf"), graph.submit("patient")
    process, unharmed = int(eventually(began)), int(eventually(other_began))
    start = time.monotonic()
    stopped.cancel()
    assert gone(process)
    took = time.monotonic() - start
    assert took < 2.0, "the grace period is a fifth of a second; the machine may be busy"
    with pytest.raises(RunCancelled):
        stopped.result(_SECONDS)
    assert graph.nodes["deaf"].last.status == "cancelled"
    go.touch()
    assert other.result(_SECONDS)["patient"]["output"] == "done"
    assert alive(unharmed)


def test_a_body_that_listens_ends_by_itself_and_its_process_stays(
    made: Any, tmp_path: pathlib.Path
) -> None:
    began, ended = tmp_path / "began", tmp_path / "ended"

    def listens(ctx: Context) -> None:
        began.write_text(str(os.getpid()))
        while not ctx.cancelled:
            time.sleep(0.002)
        ended.write_text("ended")

    graph = made(FnNode(listens), FnNode(pid))
    run = graph.submit("listens")
    process = int(eventually(began))
    run.cancel()
    assert eventually(ended, 5) == "ended"
    run.wait(_SECONDS)
    assert value(graph, "pid") == process


def test_a_timeout_ends_a_body_that_does_not_listen(made: Any, tmp_path: pathlib.Path) -> None:
    began = tmp_path / "began"
    warm = FnNode(pid)
    graph = made(warm, FnNode(deaf, inputs={"began": str(began)}, timeout=0.5))
    graph.run("pid")
    with pytest.raises(NodeFailed, match="no result within"):
        graph.run("deaf")
    assert gone(int(eventually(began)))


def test_what_waits_for_a_process_is_cancelled_at_once(made: Any, tmp_path: pathlib.Path) -> None:
    source = FnNode(lambda: [str(tmp_path / f"{i}") for i in range(40)], "source")
    items = FnNode(deaf, inputs={"began": source.output.each}, concurrent=True)
    graph = made(source, items, FnNode(pid))
    run = graph.submit("deaf")
    assert any_of(tmp_path)
    run.cancel()
    with pytest.raises(RunCancelled):
        run.result(_SECONDS)
    assert value(graph, "pid") != os.getpid()
    assert len([*tmp_path.iterdir()]) <= 2 * len(os.sched_getaffinity(0)), "the others never began"


def test_nothing_waits_behind_a_body_that_takes_long(made: Any, tmp_path: pathlib.Path) -> None:
    count = 40

    def item(n: int) -> int:
        if n == count // 2:  # until all others are over
            while len([*tmp_path.iterdir()]) < count - 1:
                time.sleep(0.002)
        (tmp_path / str(n)).touch()
        return n

    source = FnNode(lambda: [*range(count)], "source")
    graph = made(source, FnNode(item, inputs={"n": source.output.each}, concurrent=True))
    for _ in range(5):
        assert graph.run("item", force=True)["item"]["output"] == [*range(count)]
        for path in tmp_path.iterdir():
            path.unlink()


def test_an_item_that_waits_in_a_process_is_stopped_and_the_process_goes_on(
    made: Any, tmp_path: pathlib.Path
) -> None:
    go = tmp_path / "go"

    def item(n: int) -> int:
        while n < 0 and not go.exists():
            time.sleep(0.002)
        return n

    brief = FnNode(lambda: [*range(20)], "brief")
    first = FnNode(item, "first", inputs={"n": brief.output.each}, concurrent=True)
    long = FnNode(lambda: [-1] * 8, "long")
    second = FnNode(item, "second", inputs={"n": long.output.each}, concurrent=True)
    third = FnNode(item, "third", inputs={"n": 1}, concurrent=True)
    graph = made(brief, first, long, second, third)
    graph.run("first")
    held, waits = graph.submit("second"), graph.submit("third")
    waits.cancel()
    with pytest.raises(RunCancelled):
        waits.result(_SECONDS)
    go.touch()
    assert held.result(_SECONDS)["second"]["output"] == [-1] * 8
    assert value(graph, "third") == 1


def test_processes_that_are_killed_at_any_moment_leave_no_wrong_value(
    made: Any, tmp_path: pathlib.Path
) -> None:
    def item(n: int) -> int:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(0.004)
        return n * n

    chance = random.Random(7)
    source = FnNode(lambda: [*range(150)], "source")
    graph = made(source, FnNode(item, inputs={"n": source.output.each}, concurrent=True))
    run = graph.submit("item")
    for _ in range(6):
        assert any_of(tmp_path)
        threading.Event().wait(chance.uniform(0.0, 0.02))
        for path in [*tmp_path.iterdir()]:
            path.unlink()
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(path.name), signal.SIGKILL)
    events = [*run.events()]
    assert run.result(_SECONDS)["item"]["output"] == [n * n for n in range(150)]
    retries = [event.fields for event in events if event.type == "node.retry"]
    assert retries
    assert {fields["reason"] for fields in retries} == {"lost"}
    started = [event for event in events if event.type == "node.started" and event.scope]
    assert len(started) == 150 + len(retries)


@pytest.mark.parametrize("how", ["exit", "segfault", "kill"])
def test_a_process_that_dies_is_told_and_the_next_node_runs(made: Any, how: str) -> None:
    def dies() -> None:
        print("last words")  # noqa: T201
        if how == "exit":
            os._exit(7)
        os.kill(os.getpid(), signal.SIGSEGV if how == "segfault" else signal.SIGKILL)

    graph = made(FnNode(dies), FnNode(pid))
    run = graph.submit("dies")
    events = [*run.events()]
    expected = {"exit": "exit code 7", "segfault": "SIGSEGV", "kill": "SIGKILL"}[how]
    with pytest.raises(
        NodeFailed, match=f"ExecutorError: The process that ran 'dies' .*{expected}"
    ):
        run.result()
    retries = [event for event in events if event.type == "node.retry"]
    assert [event.fields["reason"] for event in retries] == ["lost", "lost"]
    assert len([event for event in events if event.type == "node.started"]) == 3
    assert "last words" in graph.nodes["dies"].last.logs
    assert value(graph, "pid") != os.getpid()


def test_what_was_lost_once_is_made_again(made: Any, tmp_path: pathlib.Path) -> None:
    mark = tmp_path / "died"

    def fragile() -> str:
        if not mark.exists():
            mark.touch()
            os._exit(1)
        return "made"

    graph = made(FnNode(fragile))
    run = graph.submit()
    events = [*run.events()]
    assert run.result()["fragile"]["output"] == "made"
    (retry,) = [event for event in events if event.type == "node.retry"]
    assert retry.fields["reason"] == "lost"
    assert "ended by itself" in retry.fields["error"]


def test_a_child_that_lives_on_does_not_hide_the_end_of_its_process(made: Any) -> None:
    def forks() -> None:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        os._exit(5)

    with pytest.raises(NodeFailed, match="exit code 5"):
        made(FnNode(forks)).run()


def test_a_graph_that_is_closed_leaves_no_process(tmp_path: pathlib.Path) -> None:
    began = tmp_path / "began"
    graph = Graph(
        "Closed",
        [FnNode(pid), FnNode(deaf, inputs={"began": str(began)}, concurrent=True)],
        executor="processes",
        persist_key=False,
    )
    idle = value(graph, "pid")
    run = graph.submit("deaf")
    busy = int(eventually(began))
    graph.close()
    assert run.wait(_SECONDS)
    assert gone(idle)
    assert gone(busy)


def test_a_kernel_that_is_killed_leaves_no_process(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "kernel.py"
    script.write_text(
        "import os, pathlib, subprocess, sys\n"
        "from daggr_nb import FnNode, Graph\n"
        "def spins(folder):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    path = pathlib.Path(folder) / 'new'\n"
        "    path.write_text(f'{os.getpid()} {child.pid}')\n"
        "    path.rename(path.with_name('began'))\n"
        "    while True: pass\n"
        "Graph('K', FnNode(spins, inputs={'folder': sys.argv[1]}), executor='processes',\n"
        "      persist_key=False).run()\n"
    )
    kernel = subprocess.Popen([sys.executable, script, tmp_path])
    worker, child = map(int, eventually(tmp_path / "began").split())
    kernel.kill()
    kernel.wait()
    assert gone(worker)
    assert gone(child)
