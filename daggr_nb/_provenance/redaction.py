"""Redaction: what looks like a secret is never stored or shown, only its digest."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any

from daggr_nb._text import BoundedRepr
from daggr_nb.errors import is_interrupt

HIDDEN = "(secret)"

_WORDS = "key|token|secret|password|passwd|pwd|pw|passphrase|credentials?"
_NAME = re.compile(
    rf"(?:^|_)(?i:{_WORDS})$"  # key, API_KEY, hf_token
    r"|[a-z](?:Key|Token|Secret|Password|Credentials?)$"  # apiKey
    r"|(?i:(?:api|secret|access|private|auth)_?key|passw|secret|^authorization$|^(?:set_)?cookies?$)"
)
_WORD = re.compile(r"\w+")
_SURE = re.compile(
    r"(?i:passw|passwd|pwd|passphrase|secret|credential|api_?key|private_?key|access_?key|auth_?key)"
    r"|(?i:(?:access|auth|api|hf|bearer|refresh|github|session)_?token)|(?:^|_)TOKEN$"
    r"|(?i:^(?:proxy_?)?authorization$|^(?:set_)?cookies?$|^(?:\w+_)?pw$)"
)
_VALUE = re.compile(
    r"\b(?:sk-[\w-]{16,}|sk_live_\w{10,}|hf_[A-Za-z0-9]{16,}"
    r"|hf_(?=[a-z_]*[A-Z0-9])\w{16,}"  # but no hf_raise_for_status
    r"|gh[oprsu]_\w{16,}|github_pat_\w{16,}"
    r"|glpat-[\w-]{16,}|xox[abp]-[\w-]{10,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{30,}|r8_\w{20,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
    r"|(?<=\bBearer )[\w.~+/-]{8,}=*|(?<=\bBasic )[A-Za-z0-9+/]{12,}=*"
    r"|(?<=://)[^\s/:@'\"]*:[^\s/@'\"]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*"
)
_HINTS = (
    *(
        "sk-",
        "sk_live_",
        "hf_",
        "gho_",
        "ghp_",
        "ghr_",
        "ghs_",
        "ghu_",
        "github_pat_",
        "glpat-",
        "xox",
        "AKIA",
        "AIza",
        "r8_",
        "eyJ",
    ),
    *("Bearer ", "Basic ", "://", "PRIVATE KEY"),
)


@functools.lru_cache(maxsize=4096)
def secret(name: str) -> bool:
    """Whether a value of this name looks like a secret.

    >>> secret("api_key"), secret("HF_TOKEN"), secret("max_tokens"), secret("monkey")
    (True, True, False, False)
    """
    return any(map(_NAME.search, _WORD.findall(name)))


@functools.lru_cache(maxsize=4096)
def surely_secret(name: str) -> bool:
    """Whether what is called so can be nothing but a secret: many things are called a key.

    >>> surely_secret("api_key"), surely_secret("Authorization"), surely_secret("key")
    (True, True, False)
    """
    return any(map(_SURE.search, _WORD.findall(name.replace("-", "_"))))


def hints(text: str) -> bool:
    """Whether a text may have something in it that looks like a secret; quick to say."""
    return any(hint in text for hint in _HINTS)


def key_like(text: str) -> Iterator[str]:
    """Yield what in a text looks like a secret."""
    if hints(text):
        yield from (match[0] for match in _VALUE.finditer(text))


def without_secrets(source: str) -> str:
    """Return code with the text of constants hidden that are called a secret or look like one.

    >>> without_secrets("def f(api_key='abc'): ...")
    "def f(api_key='(secret)'): ..."
    """
    if not (_VALUE.search(source) or _MAYBE.search(source)):
        return source
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a piece of a statement, around a lambda
        return _VALUE.sub(HIDDEN, _BESIDE_NAME.sub(rf"\1'{HIDDEN}'", source))
    lines = source.encode().splitlines(keepends=True)
    spans = {(c.lineno, c.col_offset, c.end_lineno, c.end_col_offset) for c in _secrets(tree)}
    for line, start, end_line, end in sorted(spans, reverse=True):
        assert end_line is not None
        tail = lines[end_line - 1][end:]
        lines[line - 1 : end_line] = [lines[line - 1][:start] + f"'{HIDDEN}'".encode() + tail]
    return _VALUE.sub(HIDDEN, b"".join(lines).decode())


_NAME_ANYWHERE = re.compile(rf"(?i:{_WORDS}|authorization|cookie)")
_MAYBE = re.compile(rf"{_NAME_ANYWHERE.pattern}|(?:Client|API|Api|Auth)\(")
_CLIENT = re.compile(r"(?:Client|API|Api|Auth)$")
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w-]{20,}")
_BESIDE_NAME = re.compile(
    rf"""(\w*(?i:{_WORDS}|authorization|cookies?)["']?\s*[=:]\s*)[bru]*(["']).*?\2"""
)


def _secrets(tree: ast.AST) -> Iterator[ast.Constant]:
    """Find the constants that stand behind a name that looks like a secret's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _CLIENT.search(ast.unparse(node.func)):
            for each in node.args:
                if isinstance(each, ast.Constant) and _RANDOM.fullmatch(str(each.value)):
                    yield each
        for name, value in _named_values(node):
            if value is not None and secret(name):
                for inner in ast.walk(value):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, (str, bytes)):
                        yield inner


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from ((name, value) for name in _names(target))
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield from ((name, value) for name in _names(target))
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.arguments():
            positional = [*node.posonlyargs, *node.args]
            offset = len(positional) - len(node.defaults)
            yield from ((a.arg, d) for a, d in zip(positional[offset:], node.defaults, strict=True))
            yield from ((a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True))


def _names(target: ast.AST) -> Iterator[str]:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            yield name


# ---------------------------------------------------------------- values


def redacted_repr(name: str, value: Any) -> str:
    """Return a value as text to show, short, without secrets and without addresses."""
    if secret(name):
        return HIDDEN
    try:
        text = _AbridgedRepr().repr(value)
    except BaseException as error:  # a foreign __repr__ may raise anything
        if is_interrupt(error):
            raise
        text = f"<{type(value).__name__}>"
    return _VALUE.sub(HIDDEN, _ADDRESS.sub("", text))


_MOST_PARTS = 2_000  # of a value that are shown; lists in lists may hold any number
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _shows_attributes(kind: type) -> bool:
    """Whether the text of an object is its attributes, or says nothing of them."""
    made = getattr(kind.__repr__, "__wrapped__", None)  # by dataclass()
    plain: Any = object.__repr__
    return kind.__repr__ is plain or (
        made is not None and getattr(made, "__qualname__", "").startswith("__create_fn__")
    )


class _AbridgedRepr(BoundedRepr):
    """Shows the beginning of one large value, in time that does not grow with it."""

    def __init__(self) -> None:
        super().__init__(_MOST_PARTS)
        self.maxlevel = 6
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 40
        self.maxdict = self.maxdeque = self.maxarray = 40
        self.maxstring = self.maxother = self.maxlong = 400

    def repr_instance(self, x: Any, level: int) -> str:
        """Show the attributes of what does not show itself."""
        state = getattr(x, "__dict__", None)
        if not isinstance(state, dict) or not _shows_attributes(type(x)):
            return super().repr_instance(x, level)
        pairs = (f"{name}={self.item(name, value, level - 1)}" for name, value in state.items())
        return f"{type(x).__name__}({', '.join(pairs) if level > 0 else '...'})"

    def item(self, key: Any, value: Any, level: int) -> str:
        """Show the value of a key or attribute, unless it looks like a secret's."""
        return HIDDEN if isinstance(key, str) and secret(key) else self.repr1(value, level)
