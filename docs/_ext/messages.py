"""What the code says to people: ``{messages} InputError``, ``{reasons} CODE`` and ``{remarks}``.

Those are the messages of an error, the reasons of one kind for which a card is not fresh, and what
else a card says below its outputs. A text is shown with … for what is filled in. Each has an
anchor, made of its words, so that a search for what was said leads to what can be done about it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from docutils import nodes
from docutils.parsers.rst import Directive

from daggr_nb import errors
from daggr_nb._model.words import ReasonKind

PACKAGE = Path(errors.__file__).parent
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, (errors.DaggrError, Warning))
}


@functools.lru_cache(maxsize=1)
def messages() -> dict[str, list[str]]:
    """Return the messages of every class of errors, each once, in the order of the alphabet."""
    seen: dict[str, set[str]] = {name: set() for name in CLASSES}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "testing" in path.parts:
            continue
        module = ast.parse(path.read_text(encoding="utf-8"))
        for scope in (each for each in ast.walk(module) if isinstance(each, Scope)):
            for call in (each for each in own_nodes(scope) if isinstance(each, ast.Call)):
                name = class_of(call, scope)
                if name and call.args:
                    argument = call.args[1 if name == "TypeMismatchWarning" else 0]
                    seen[name].update(texts(argument, scope, module))
    return {name: sorted(found, key=str.casefold) for name, found in seen.items()}


@functools.lru_cache(maxsize=1)
def reasons() -> dict[str, list[str]]:
    """Return the texts of every kind of reason, each once."""
    seen: dict[str, set[str]] = {kind: set() for kind in get_args(ReasonKind)}
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "Reason(" not in source and "CodeChange(" not in source:
            continue
        module = ast.parse(source)
        for scope in (each for each in ast.walk(module) if isinstance(each, Scope)):
            for call in (each for each in own_nodes(scope) if isinstance(each, ast.Call)):
                kind, text = kind_and_text(call)
                if kind in seen and text is not None:
                    seen[kind].update(texts(text, scope, module, nearest=True))
    for kind, (path, function) in FURTHER.items():
        module = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
        scope = next(n for n in ast.walk(module) if isinstance(n, Scope) and n.name == function)
        seen[kind].update(
            template(each)
            for each in own_nodes(scope)
            if isinstance(each, ast.JoinedStr) and len(template(each)) > 3
        )
    return {kind: sorted(found, key=str.casefold) for kind, found in seen.items()}


FURTHER = {
    "CODE": ("_engine/freshness/shared_data.py", "culprits"),
    "UNVERIFIED": ("_engine/run/services.py", "_while_it_ran"),
}
"""Functions whose texts become reasons elsewhere."""


def kind_and_text(call: ast.Call) -> tuple[str, ast.AST | None]:
    name = getattr(call.func, "id", "")
    arguments = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
    if name == "Reason" and len(call.args) > 2:
        return str(arguments[0]), call.args[2]
    if name == "CodeChange":
        return str(arguments[3]) if len(arguments) > 3 else "CODE", call.args[1]
    return "", None


@functools.lru_cache(maxsize=1)
def remarks() -> list[str]:
    """Return what a card says below its outputs, as its module yields it."""
    module = ast.parse((PACKAGE / "_canvas" / "remarks.py").read_text(encoding="utf-8"))
    yielded = (each.value for each in ast.walk(module) if isinstance(each, ast.Yield))
    found = {" ".join(template(each).split()) for each in yielded if each is not None}
    return sorted((text for text in found if len(text) > 8), key=str.casefold)


Scope = (ast.FunctionDef, ast.AsyncFunctionDef)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Walk a function without those within it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, Scope):
            yield child
            yield from own_nodes(child)


def class_of(call: ast.Call, scope: ast.AST) -> str:
    """Return which error a call makes, by name; what a helper is told to raise counts as well."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name if name in CLASSES else ""


def texts(
    expression: ast.AST, scope: ast.AST, module: ast.AST, depth: int = 0, nearest: bool = False
) -> set[str]:
    """Return the texts that an expression may be, with … for what is not known.

    A variable is what was assigned to it before; the last of that, if ``nearest`` says so.
    """
    if isinstance(expression, ast.IfExp):
        branches = (expression.body, expression.orelse)
        return set().union(*(texts(each, scope, module, depth, nearest) for each in branches))
    if isinstance(expression, ast.Name) and depth < 3:
        assigned = [
            each.value
            for each in ast.walk(scope)
            if isinstance(each, ast.Assign)
            and each.lineno <= expression.lineno
            and any(isinstance(t, ast.Name) and t.id == expression.id for t in each.targets)
        ]
        assigned = sorted(assigned, key=lambda each: each.lineno)[-1 if nearest else 0 :]
        return set().union(*(texts(each, scope, module, depth + 1, nearest) for each in assigned))
    if isinstance(expression, ast.Call) and getattr(expression.func, "id", "") == "expected":
        return {f"… expected {template(expression.args[1])}, got …."}  # of components
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and depth < 3:
        helpers = [
            each
            for each in ast.walk(module)
            if isinstance(each, Scope) and each.name == expression.func.id
        ]
        returned = [
            (each.value, helper)
            for helper in helpers
            for each in own_nodes(helper)
            if isinstance(each, ast.Return) and each.value is not None
        ]
        return set().union(
            *(texts(e, helper, module, depth + 1, nearest) for e, helper in returned)
        )
    text = " ".join(template(expression).split())
    words = re.sub(r"[^\w]", "", text.replace("…", ""))
    return {text} if len(words) >= 8 or (nearest and text != "…") else set()


def template(expression: ast.AST) -> str:
    """Return a text with … for each part that is filled in."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, ast.JoinedStr):
        return re.sub(r"…+", "…", "".join(map(template, expression.values)))
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add):
        return template(expression.left) + template(expression.right)
    return "…"


def anchor(message: str) -> str:
    """Return the anchor of a message: its first words, and a few signs that no other has."""
    words = re.findall(r"[a-z0-9]+", message.casefold())[:6]
    return "-".join(["message", *words, hashlib.sha256(message.encode()).hexdigest()[:4]])


class Messages(Directive):
    """``{messages} Name``: a list of the messages of an error."""

    required_arguments = 1

    def texts(self) -> list[str]:
        return messages()[self.arguments[0]]

    def run(self) -> list[nodes.Node]:
        rows = nodes.bullet_list(classes=["messages"])
        for message in self.texts():
            text = nodes.paragraph("", "", *marked(message))
            rows += nodes.list_item("", text, ids=[anchor(message)])
        return [rows] if len(rows) else []


class Reasons(Messages):
    """``{reasons} KIND``: a list of the texts of a kind of reason."""

    def texts(self) -> list[str]:
        return reasons()[self.arguments[0]]


class Remarks(Messages):
    """``{remarks}``: a list of what a card says below its outputs."""

    required_arguments = 0

    def texts(self) -> list[str]:
        return remarks()


def marked(message: str) -> Iterator[nodes.Node]:
    for number, part in enumerate(message.split("`")):
        yield nodes.literal(part, part) if number % 2 else nodes.Text(part)


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("messages", Messages)
    app.add_directive("reasons", Reasons)
    app.add_directive("remarks", Remarks)
    return {"parallel_read_safe": True}
