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
    for _, name, found in made():
        seen[name].update(found)
    for name, (path, function) in WARNED.items():
        module = module_of(path)
        scope = next(n for n in ast.walk(module) if isinstance(n, Scope) and n.name == function)
        for each in own_nodes(scope):
            if isinstance(each, ast.Return) and each.value is not None:
                seen[name].update(texts(each.value, scope, module))
    return {name: sorted(found, key=str.casefold) for name, found in seen.items()}


WARNED = {
    "StreamWarning": ("_nodes/calls/function_call.py", "_remark"),
    "TypeMismatchWarning": ("_model/annotations.py", "remark"),
}
"""Functions whose texts become warnings elsewhere."""


def unlisted() -> list[str]:
    """Return where an error is made of which no message is listed; it must not stay so.

    What says no more than the message of another error, handed on, is found as that one.
    """
    return [place for place, _, found in made() if not found]


def made() -> Iterator[tuple[str, str, set[str]]]:
    """Yield where errors and warnings are made, of which class, and what they may say."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "testing" in path.parts:
            continue
        module = module_of(str(path.relative_to(PACKAGE)))
        for scope in (each for each in ast.walk(module) if isinstance(each, Scope)):
            for call in (each for each in own_nodes(scope) if isinstance(each, ast.Call)):
                expression = message_of(call)
                if expression is None or hands_on(expression):
                    continue
                place = f"{path.relative_to(PACKAGE)}:{call.lineno}"
                for name, found in pairs(call, expression, scope, module):
                    yield place, name, found


@functools.cache
def module_of(path: str) -> ast.Module:
    return ast.parse((PACKAGE / path).read_text(encoding="utf-8"))


def message_of(call: ast.Call) -> ast.AST | None:
    """Return what an error or a warning says, if a call may make one."""
    name = getattr(call.func, "attr", "") or getattr(call.func, "id", "")
    if name == "warn":
        return call.args[0] if len(call.args) > 1 else None
    return call.args[0] if call.args and (name in CLASSES or name == "kind") else None


def hands_on(expression: ast.AST) -> bool:
    """Whether a text is that of another error, with who met it at most."""
    names = {each.id for each in ast.walk(expression) if isinstance(each, ast.Name)}
    words = re.sub(r"[^\w]", "", template(expression))
    return bool(names & {"error", "why_unshown"}) and len(words) < 8 and "clean" not in names


def pairs(
    call: ast.Call, expression: ast.AST, scope: Any, module: ast.Module
) -> Iterator[tuple[str, set[str]]]:
    """Yield the classes that a call may make, each with what it may say then."""
    name = getattr(call.func, "attr", "") or getattr(call.func, "id", "")
    if name == "warn":
        name = getattr(call.args[1], "id", "")
        if name in CLASSES and name not in WARNED:
            yield name, texts(expression, scope, module)
    elif name in CLASSES:
        yield name, texts(expression, scope, module)
    elif name in parameters(scope):  # whoever calls the function says which class
        for site, caller in calls_of(scope, module):
            kind, bound = argument(site, scope, name), bindings(site, scope, caller)
            if isinstance(kind, ast.Name) and kind.id in CLASSES:
                yield kind.id, texts(expression, scope, module, bound=bound)
            elif isinstance(kind, ast.Name):
                for each, _ in assigned(kind.id, caller):
                    yield getattr(each, "id", ""), texts(expression, scope, module, bound=bound)
    else:
        yield from by_block(name, expression, scope, module)


def by_block(
    kind: str, expression: ast.AST, scope: Any, module: ast.Module
) -> Iterator[tuple[str, set[str]]]:
    """Yield classes and texts that are assigned together, in one branch of a function."""
    classes = assigned(kind, scope)
    variables = {each.id for each in ast.walk(expression) if isinstance(each, ast.Name)}
    values = [(n, *each) for n in sorted(variables) if n in TOLD for each in assigned(n, scope)]
    for variable, value, block in values:
        here = [each for each, other in classes if other is block]
        chosen = here or [each for each, _ in (classes if len(values) == 1 else classes[:1])]
        for each in chosen:
            bound = {variable: (value, scope, None)}
            yield getattr(each, "id", ""), texts(expression, scope, module, bound=bound)


TOLD = ("what", "text")
"""Variables that hold what happened."""


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


def parameters(scope: Any) -> list[str]:
    return [each.arg for each in (*scope.args.posonlyargs, *scope.args.args)]


def assigned(name: str, scope: ast.AST) -> list[tuple[ast.AST, list[ast.stmt]]]:
    """Return what is assigned to a variable in a function, each with the block it stands in."""
    found: list[tuple[ast.AST, list[ast.stmt]]] = []
    for holder in ast.walk(scope):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(holder, field, None)
            for each in block if isinstance(block, list) else ():
                found += [(value, block) for key, value in targets(each) if key == name]
    return sorted(found, key=lambda pair: pair[0].lineno)  # type: ignore[attr-defined]


def targets(statement: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the variables of an assignment with what each gets."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield getattr(statement.target, "id", ""), statement.value
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            yield from (
                (getattr(part, "id", ""), value)
                for part, value in zip(target.elts, statement.value.elts, strict=True)
            )
        else:
            yield getattr(target, "id", ""), statement.value


@functools.cache
def calls_of(scope: Any, module: ast.Module) -> list[tuple[ast.Call, Any]]:
    """Return who calls a function in its module, with the function that does."""
    return [
        (call, caller)
        for caller in ast.walk(module)
        if isinstance(caller, Scope)
        for call in own_nodes(caller)
        if isinstance(call, ast.Call)
        and scope.name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))
    ]


def argument(call: ast.Call, scope: Any, name: str) -> ast.AST | None:
    """Return what a call hands over for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = parameters(scope)
    index = names.index(name) - (names[0] == "self")
    return call.args[index] if index < len(call.args) else None


Bound = dict[str, tuple[ast.AST, Any, Any]]


def bindings(call: ast.Call, scope: Any, caller: Any) -> Bound:
    """Return what parameters are for one call."""
    given = {name: argument(call, scope, name) for name in parameters(scope) if name != "self"}
    return {name: (each, caller, None) for name, each in given.items() if each is not None}


def texts(
    expression: ast.AST,
    scope: Any,
    module: ast.Module,
    depth: int = 0,
    nearest: bool = False,
    bound: Bound | None = None,
    least: int = 8,
) -> set[str]:
    """Return the texts that an expression may be, with … for what is not known.

    A variable is what was assigned to it before; the last of that, if ``nearest`` says so. A
    parameter is what the callers of the function hand over, or what it is ``bound`` to. Texts of
    fewer than ``least`` letters say nothing.
    """

    def same(each: ast.AST, least: int = least) -> set[str]:
        return texts(each, scope, module, depth + 1, nearest, bound, least)

    if depth > 6:
        return set()
    if isinstance(expression, ast.IfExp):
        return same(expression.body) | same(expression.orelse)
    if isinstance(expression, ast.Name):
        return variable(expression, scope, module, depth, nearest, bound, least)
    if isinstance(expression, ast.Call):
        name = getattr(expression.func, "id", "")
        if name == "expected":
            return {f"… expected {template(expression.args[1])}, got …."}  # of components
        if name == "said":
            return {sentence(what, expression.args[2:]) for what in same(expression.args[1], 5)}
        if name == "clean":
            return same(expression.args[0])
        if isinstance(expression.func, ast.Attribute) and "strip" in expression.func.attr:
            return same(expression.func.value)
        if name:
            return returned(name, module, depth, nearest)
    if isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Name):
        tables = [each for each, _ in assigned(expression.value.id, module)]
        values = [v for each in tables if isinstance(each, ast.Dict) for v in each.values]
        return set().union(*map(same, values))
    text = " ".join(template(expression).split())
    words = re.sub(r"[^\w]", "", text.replace("…", ""))
    if len(words) >= least or (nearest and text != "…"):
        return {text}
    return set().union(*map(same, parts(expression)))


def parts(expression: ast.AST) -> list[ast.AST]:
    """Return what a text of few words of its own is put together from."""
    if isinstance(expression, ast.JoinedStr):
        values = (e.value for e in expression.values if isinstance(e, ast.FormattedValue))
        return [each for each in values if isinstance(each, ast.Name)]
    return [expression.left, expression.right] if isinstance(expression, ast.BinOp) else []


def sentence(what: str, remedy: list[ast.expr]) -> str:
    """Return what a service is said to do, as its errors say it."""
    rest = template(remedy[0]) if remedy else ""
    return " ".join(f"… {what.removesuffix('.')}. {rest}".split())


def variable(
    name: ast.Name,
    scope: Any,
    module: ast.Module,
    depth: int,
    nearest: bool,
    bound: Bound | None,
    least: int,
) -> set[str]:
    """Return the texts that a variable or a parameter may be."""
    if bound and name.id in bound:
        value, where, outer = bound[name.id]
        return texts(value, where, module, depth + 1, nearest, outer, least)
    before = reaching(name, scope)[-1 if nearest else 0 :]
    if before:
        return set().union(
            *(texts(e, scope, module, depth + 1, nearest, bound, least) for e in before)
        )
    if name.id not in parameters(scope):
        return set()
    sites = ((argument(site, scope, name.id), caller) for site, caller in calls_of(scope, module))
    return set().union(
        *(
            texts(each, caller, module, depth + 1, nearest, None, least)
            for each, caller in sites
            if each is not None
        )
    )


def reaching(name: ast.Name, scope: ast.AST) -> list[ast.AST]:
    """Return what may have been assigned to a variable when it is used, in order."""
    values: list[ast.AST] = []
    for value, block in reversed(assigned(name.id, scope)):
        if value.lineno <= name.lineno:  # type: ignore[attr-defined]
            values.insert(0, value)
            if block[0].lineno <= name.lineno <= (block[-1].end_lineno or 0):
                break  # which came before the use in any case
    return values


def returned(name: str, module: ast.Module, depth: int, nearest: bool) -> set[str]:
    """Return the texts that a function of the module may return."""
    helpers = [e for e in ast.walk(module) if isinstance(e, Scope) and e.name == name]
    values = [
        (each.value, helper)
        for helper in helpers
        for each in own_nodes(helper)
        if isinstance(each, ast.Return) and each.value is not None
    ]
    return set().union(*(texts(e, helper, module, depth + 1, nearest) for e, helper in values))


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
