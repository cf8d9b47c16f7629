"""The command ``daggr-nb``: a graph of a script or a notebook, served, run or looked at."""

from __future__ import annotations

import argparse
import contextlib
import functools
import getpass
import json
import os
import pathlib
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import daggr_nb
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._deploy.deploy import Order, deploy, secret_values
from daggr_nb._graph import Graph
from daggr_nb._graph_files import graph_of
from daggr_nb._ids import PortRef
from daggr_nb._notebook.launch import open_page
from daggr_nb._notebook.progress import wait_and_show
from daggr_nb._reload import Reloader, source_alone, start_anew
from daggr_nb._serve import changes_in, default_host, start_server, wait_for_end
from daggr_nb._serve.calls import Call, begin_with
from daggr_nb._serve.ids import InputIds, Part, targets_part, whole_part
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.results import as_answer
from daggr_nb._serve.served import Served
from daggr_nb.errors import DaggrError, InputError, RunError

if TYPE_CHECKING:
    from daggr_nb._serve.server import Server

DONE, FAILED, BAD_INPUT, WAITING = 0, 1, 2, 3
_TOKEN = "DAGGR_NB_TOKEN"
_COMMANDS = ("serve", "run", "plan", "history", "export", "deploy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code.

    0 is done, 1 that a node or the file failed, 2 that something was asked that cannot be, 3 that
    the run waits for a person.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    given = list(words)
    is_short = False
    if words and words[0] not in _COMMANDS and not words[0].startswith("-"):
        words.insert(0, "serve")  # `daggr-nb script.py`, as `daggr script.py`
        is_short = True
    # Without a value it must not take the file for one.
    words = ["--reload=code" if word == "--reload" else word for word in words]
    options = _parser().parse_args(words)
    if options.command is _deploy:  # which runs the file in a process of its own
        return _guarded(lambda: _deploy(options))
    command: Callable[[Graph, argparse.Namespace], int] = options.command
    options.reload = _reloads(options, is_short)
    options.again, options.began = [], _edited(options.file)
    if not options.reload:
        return _run_command(command, options)
    with source_alone():
        code = _run_command(command, options)
    if options.again:
        start_anew([*given, *options.again])
    return code


def _edited(file: pathlib.Path) -> int:
    """Return when a file was edited last; 0 if there is none."""
    with contextlib.suppress(OSError):
        return file.stat().st_mtime_ns
    return 0


def _reloads(options: argparse.Namespace, is_short: bool) -> str:
    """Return how edits are followed: not at all, in this process, or by starting again."""
    if getattr(options, "no_reload", True):
        return ""
    return options.reload or ("code" if is_short else "")


def _run_command(
    command: Callable[[Graph, argparse.Namespace], int], options: argparse.Namespace
) -> int:
    try:
        # What the file and its nodes print is no answer: that goes where errors go.
        with contextlib.redirect_stdout(sys.stderr):
            graph = graph_of(options.file, options.graph)
    except InputError as error:
        return _complain(error)
    except Exception:  # noqa: BLE001 - the file is the person's own
        traceback.print_exc()
        if options.reload == "restart":
            _await_edit(options)
        return FAILED
    try:
        return _guarded(lambda: command(graph, options))
    finally:
        graph.close()


def _guarded(command: Callable[[], int]) -> int:
    try:
        return command()
    except RunError as error:
        print(f"daggr-nb: {error}", file=sys.stderr)
        return FAILED
    except (DaggrError, Problem) as error:
        return _complain(error)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return FAILED


def _complain(error: Exception) -> int:
    print(f"daggr-nb: {error}", file=sys.stderr)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="daggr-nb", description=__doc__)
    parser.add_argument("--version", action="version", version=daggr_nb.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str) -> Any:
        each = commands.add_parser(name, help=text, description=text)
        each.set_defaults(command=run)
        each.add_argument("file", type=pathlib.Path, help="a script (.py) or notebook (.ipynb)")
        each.add_argument("--graph", metavar="NAME", help="which graph, where there are several")
        return each

    each = command("serve", _serve, "Serve the graph to people and programs, until Ctrl-C.")
    each.add_argument("--host", default=default_host(), help="the address to listen at")
    each.add_argument("--port", type=int, help="7860 by default, or the next free one; 0 is any")
    each.add_argument(
        "--token",
        default=os.environ.get(_TOKEN) or None,
        help=f"what lets people in, or {_TOKEN} in the environment; made where others come",
    )
    each.add_argument("--allowed-host", action="append", default=[], metavar="NAME")
    each.add_argument("--root-path", default="", metavar="PATH", help="where a proxy shows it")
    each.add_argument("--mcp", action="store_true", help="let assistants have it as a tool")
    each.add_argument("--gradio", action="store_true", help="let clients of Gradio call it")
    each.add_argument("--shared", action="store_true", help="one canvas for all who look at it")
    each.add_argument("--open", action="store_true", help="open the page in a browser")
    each.add_argument(
        "--reload",
        nargs="?",
        const="code",
        choices=["code", "restart"],
        default="",
        help="follow edits: run the file again here (code), or start anew (restart)",
    )
    each.add_argument("--no-reload", action="store_true", help="follow no edits")

    each = command("run", _run, "Run the graph with given inputs, and print what came of it.")
    each.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE__PORT=VALUE",
        help="an input: text, or JSON where the control takes no text; a path for a file",
    )
    each.add_argument("--force", action="store_true", help="run even what is known")
    each.add_argument("--timeout", type=float, metavar="SECONDS")
    _add_targets(each)
    each = command("plan", _plan, "Print what is not fresh on the sheet that is shown, and why.")
    _add_targets(each)
    each = command("history", _history, "Print the recorded runs of a node, newest first.")
    each.add_argument("node")
    each.add_argument("--limit", type=int, default=20, metavar="N")
    each.add_argument("--json", action="store_true", help="print JSON")
    each = command("export", _export, "Write the graph as it stands into a file.")
    each.add_argument("path", type=pathlib.Path, help="ends in .html or .svg")
    each = command("deploy", _deploy, "Put the graph with its project on a Hugging Face Space.")
    each.add_argument("--name", "-n", help="the Space's; that of the graph by default")
    each.add_argument("--title", "-t", help="what people read; the graph's name by default")
    each.add_argument("--org", "-o", metavar="OWNER", help="whose it is; yours by default")
    each.add_argument("--private", "-p", action="store_true", help="only its owner sees it")
    each.add_argument("--hardware", metavar="NAME", help="such as cpu-upgrade or t4-small")
    each.add_argument(
        "--secret",
        "-s",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="of the environment, or asked for, if no value is given",
    )
    each.add_argument("--variable", action="append", default=[], metavar="NAME=VALUE")
    each.add_argument(
        "--requirements",
        "-r",
        type=pathlib.Path,
        metavar="FILE",
        help="lines that are taken as they are; what they do not name is found",
    )
    each.add_argument("--folder", type=pathlib.Path, help="the project; that of FILE by default")
    each.add_argument("--include", action="append", default=[], metavar="PATTERN")
    each.add_argument("--exclude", action="append", default=[], metavar="PATTERN")
    each.add_argument("--mcp", action="store_true", help="serve it to assistants there, too")
    each.add_argument("--gradio", action="store_true", help="serve it to clients of Gradio, too")
    each.add_argument("--dry-run", action="store_true", help="only say what would go")
    each.add_argument("--update", action="store_true", help="replace what the Space has")
    each.add_argument("--no-wait", action="store_true", help="do not wait until it runs")
    return parser


def _add_targets(parser: Any) -> None:
    parser.add_argument("--target", action="append", default=[], metavar="NODE")
    parser.add_argument("--json", action="store_true", help="print JSON")


# ---------------------------------------------------------------- commands


def _serve(graph: Graph, options: argparse.Namespace) -> int:
    server = start_server(
        graph.session,
        graph.name,
        graph.persist_key,
        host=options.host,
        port=options.port,
        token=options.token,
        allowed_hosts=options.allowed_host,
        root=options.root_path,
        mcp=options.mcp,
        gradio=options.gradio,
        shared=options.shared,
    )
    if options.open:
        open_page(server.url)
    if options.reload == "restart":
        changed, folder = _restarting(server, options), options.file.resolve().parent
    elif options.reload:
        reloader = Reloader(options.file, options.graph, graph)
        changed, folder = _following(server, reloader), reloader.folder
    else:
        wait_for_end(server)
        return DONE
    wait_for_end(server, changed, str(folder))
    return DONE


def _following(server: Server, reloader: Reloader) -> Callable[[set[pathlib.Path]], None]:
    """Return what follows edits by running the file again."""

    def follow(changed: set[pathlib.Path]) -> None:
        if not reloader.concerns(changed):
            return
        with contextlib.redirect_stdout(sys.stderr):
            problem = reloader.run_again(changed)
        names = ", ".join(sorted(path.name for path in changed))
        print(problem or f"Run again after an edit of {names}.", flush=True)
        server.say(problem)

    return follow


def _restarting(server: Server, options: argparse.Namespace) -> Callable[[set[pathlib.Path]], None]:
    def restart(changed: set[pathlib.Path]) -> None:
        # The same address and token, for pages that come back.
        os.environ[_TOKEN] = server.token
        options.again = ["--port", str(server.port)]
        server.close()

    return restart


def _await_edit(options: argparse.Namespace) -> None:
    """Begin anew once a file that failed has been edited."""
    with contextlib.suppress(KeyboardInterrupt):
        folder, began = options.file.resolve().parent, options.began
        next(changes_in(folder, lambda: _edited(options.file) != began), None)
        options.again = ["--reload=restart"]


def _run(graph: Graph, options: argparse.Namespace) -> int:
    served = Served(graph.name, graph.session, graph.persist_key)
    structure = served.structure
    part = targets_part(structure, options.target) if options.target else whole_part(structure)
    values = dict(_setting(served, part, text) for text in options.set)
    with contextlib.redirect_stdout(sys.stderr):
        call = begin_with(served, part, values, options.force, options.timeout, reason="command")
        wait_and_show(call.run)
    return _tell(call, options.json)


def _setting(served: Served, part: Part, text: str) -> tuple[PortRef, Any]:
    """Return the input and the value that ``--set`` means."""
    identity, equals, written = text.partition("=")
    if not equals:
        raise InputError(f"--set expected NODE__PORT=VALUE, got {text!r}.")
    ids = InputIds(served.structure.restricted(part.nodes))
    ref = ids.find(identity)
    if ref is None:
        raise InputIds(served.structure).refusal(identity, part)
    component = ids.component(ref)
    if component.takes_files and not pathlib.Path(written).expanduser().exists():
        raise InputError(f"{identity} expected the path of a file, and there is none: {written!r}.")
    if component.value_type is str or component.takes_files:
        return ref, written
    try:
        value = ids.variant(ref, json.loads(written))
    except ValueError:
        return ref, written
    with contextlib.suppress(DaggrError):
        component.accept(value)
        return ref, value
    with contextlib.suppress(DaggrError):  # a text that only looks like JSON
        component.accept(written)
        return ref, written
    return ref, value


def _tell(call: Call, as_json: bool) -> int:
    """Print what came of a run; return the exit code that says it."""
    problem = call.problem()
    outputs = {} if problem is not None and call.status != "waiting" else call.values()
    answers = {
        node: {port: as_answer(value, None, _on_this_machine) for port, value in values.items()}
        for node, values in outputs.items()
    }
    asked = [f"{q.node}: {q.text}" for q in call.asked()] if call.status == "waiting" else []
    error = None if problem is None or asked else problem.content["error"]
    if as_json:
        said = {"status": call.status, "outputs": answers, "questions": asked, "error": error}
        print(json.dumps(said, ensure_ascii=False))
    else:
        for node, values in answers.items():
            for port, value in values.items():
                print(f"{node}.{port}: {value if isinstance(value, str) else json.dumps(value)}")
        for each in [*asked, *filter(None, [error])]:
            print(each, file=sys.stderr)
    return WAITING if asked else DONE if error is None else FAILED


def _on_this_machine(value: Any, _: Any, __: Any) -> str:
    """Return where a file is, for who sits at this machine; of other values what they look like."""
    return str(value) if isinstance(value, pathlib.Path) else shown(value)


def _plan(graph: Graph, options: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        steps = graph.plan(*options.target)
    rows = [(str(step.node), [reason.text for reason in step.reasons]) for step in steps]
    if options.json:
        print(json.dumps([{"node": node, "reasons": reasons} for node, reasons in rows]))
    else:
        for node, reasons in rows:
            print(f"{node}: {'; '.join(reasons) or 'asked for'}")
        if not rows:
            print("Everything is fresh.")
    return DONE


def _history(graph: Graph, options: argparse.Namespace) -> int:
    runs = graph.history(options.node, options.limit)
    rows = [
        {"id": run.id, "status": run.status, "started_at": run.started_at.isoformat()}
        for run in runs
    ]
    if options.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print("  ".join(row.values()))
        if not rows:
            print(f"{options.node} has not been run.")
    return DONE


def _export(graph: Graph, options: argparse.Namespace) -> int:
    print(graph.export(options.path))
    return DONE


def _deploy(options: argparse.Namespace) -> int:
    variables = dict(word.partition("=")[::2] for word in options.variable)
    order = Order(
        options.file,
        options.graph,
        options.name,
        options.title,
        options.org,
        options.private,
        options.hardware,
        secret_values(options.secret, getpass.getpass),
        variables,
        options.requirements,
        options.folder,
        options.include,
        options.exclude,
        options=["--mcp"] * options.mcp + ["--gradio"] * options.gradio,
        extras=("mcp",) if options.mcp else ("serve",),
        dry_run=options.dry_run,
        update=options.update,
        wait=not options.no_wait,
    )
    deploy(order, functools.partial(print, flush=True))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
