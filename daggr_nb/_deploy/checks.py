"""Run a project as a Space will, in a process that knows nobody's token, and tell what it needs.

``python -m daggr_nb._deploy.checks`` reads an order from standard input and writes its report into
the file that the order names: what the project prints is its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from daggr_nb._deploy.imports import imports_of
from daggr_nb._deploy.requirements import requirements_of
from daggr_nb._graph_files import graph_of
from daggr_nb._provenance.redaction import surely_secret
from daggr_nb._text import cut
from daggr_nb.errors import DaggrError, GraphError, text_of

_LONGEST = 600.0  # seconds that a file may take to define its graph
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN")


@dataclass(frozen=True)
class Report:
    """What running a project told: the name of its graph, and what has to be installed."""

    name: str = ""
    lines: Sequence[str] = field(default=())
    wheels: Sequence[str] = field(default=())
    missing: Sequence[str] = field(default=())
    error: str = ""


def check(
    tree: pathlib.Path,
    entry: str,
    graph: str | None,
    given: str,
    extras: Sequence[str],
    wheels: pathlib.Path,
    secrets: Mapping[str, str],
) -> Report:
    """Run the entry of a copied project in a process of its own; return what it needs.

    ``secrets`` are in its environment as they will be on the Space; nothing else of that kind is.
    Raises :class:`~daggr_nb.errors.GraphError` for a file that fails, or has not one graph.
    """
    with tempfile.TemporaryDirectory(prefix="daggr-nb-check-") as name:
        away = pathlib.Path(name)
        order = {
            "tree": str(tree),
            "entry": entry,
            "graph": graph,
            "given": given,
            "extras": list(extras),
            "wheels": str(wheels),
            "report": str(away / "report.json"),
        }
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-m", "daggr_nb._deploy.checks"],
                input=json.dumps(order),
                text=True,
                cwd=tree,
                env=_environment(away, secrets),
                stdout=2,  # what it prints is no listing
                timeout=_LONGEST,
                check=False,
            )
        try:
            report = Report(**json.loads((away / "report.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            report = Report(error="it ended, or took too long, before its graph was there")
    if report.error:
        raise GraphError(
            f"{entry} was expected to define a graph when it is run by itself, with the files that "
            f"go along: {report.error}. If a file is missing: --include it. If a variable is: "
            "--secret NAME."
        )
    return report


def _environment(away: pathlib.Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without anybody's tokens, and with a store of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _TOKENS and not surely_secret(name)
    }
    return {
        **kept,
        "HF_TOKEN_PATH": str(away / "no-token"),
        "HF_STORED_TOKENS_PATH": str(away / "no-tokens"),
        "DAGGR_NB_HOME": str(away / "store"),
        "PYTHONPATH": _own_place(),  # what else is on this machine's path is not on the Space's
        "PYTHONDONTWRITEBYTECODE": "1",
        **secrets,
    }


def _own_place() -> str:
    return str(pathlib.Path(__file__).parents[2])


def main() -> None:
    """Carry out the order on standard input."""
    order = json.load(sys.stdin)
    report = pathlib.Path(order["report"])
    try:
        told = _told(order)
    except DaggrError as error:
        told = Report(error=str(error).rstrip("."))
    except BaseException as error:  # noqa: BLE001 - the file is the person's own
        traceback.print_exc()
        told = Report(error=f"{type(error).__name__}: {cut(text_of(error), 300)}".rstrip(".: "))
    report.write_text(json.dumps(asdict(told)), "utf-8")
    sys.stdout.flush()
    os._exit(0)  # threads that the file has started are no reason to wait


def _told(order: Mapping[str, Any]) -> Report:
    tree = pathlib.Path(order["tree"])
    sys.path[:] = [place for place in sys.path if place not in ("", os.fspath(tree))]
    before = set(sys.modules)
    graph = graph_of(tree / order["entry"], order["graph"])
    root = (tree / order["entry"]).parent.resolve()
    loaded = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in before or not isinstance(file, str) or name == "__main__":
            continue
        if not pathlib.Path(file).resolve().is_relative_to(root):
            loaded[name] = file
    found = requirements_of(
        imports_of(tree, order["entry"]),
        loaded,
        order["given"],
        order["extras"],
        pathlib.Path(order["wheels"]),
    )
    return Report(graph.name, found.lines, found.wheels, found.missing)


if __name__ == "__main__":
    main()
