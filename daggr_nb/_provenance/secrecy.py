"""Which values are secrets: they are neither stored nor shown, and what tells them is scrubbed.

A secret is told by its name, by the control that it is typed into, or by how it looks. Its digest
is keyed, so that nobody can find out a short one by trying. What was met as a secret is remembered
for as long as the kernel lives: it is hidden wherever else it turns up, in logs and messages too.
"""

from __future__ import annotations

import itertools
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.packages import installed
from daggr_nb._provenance.redaction import HIDDEN, hints, key_like, secret, surely_secret
from daggr_nb._provenance.user_key import keyed_digest
from daggr_nb.errors import is_interrupt
from daggr_nb.ui import Component

_PREFIX = "secret-"
_MOST_PARTS = 2_000  # of a value that are looked at
_MOST_TEXT = 1_000_000  # characters of a text that are looked at
_MOST_KNOWN = 500
_SHORTEST = 6  # characters; shorter ones are hidden where they stand, not wherever they turn up
_AS_WORD = 8  # characters, below which one is hidden as a word of its own only
_PLAIN = frozenset({int, float, bool, complex, type(None)})


def hidden(name: str, component: Component | None, value: Any) -> bool:
    """Whether a value is a secret, by its name, its control, or its looks; nothing is none.

    >>> hidden("api_key", None, "abc"), hidden("text", None, "hf_" + "x" * 20)
    (True, True)
    >>> hidden("text", None, "abc"), hidden("api_key", None, "")
    (False, False)
    """
    if value is None or value is True or value is False or (isinstance(value, str) and not value):
        return False
    if component is not None and component.secret:
        return True
    chosen = bool(getattr(component, "choices", ()))  # among what all see
    if not chosen and secret(name) and (type(value) not in _PLAIN or surely_secret(name)):
        return True
    return next(_secrets_in(value), None) is not None


def hidden_digest(content: Digest) -> Digest:
    """Return the digest by which a secret counts."""
    return Digest(_PREFIX + keyed_digest(content))


def hidden_token(token: str) -> Digest:
    """Return what stands for a secret that counts by a token, which tells nothing of it."""
    return Digest(_PREFIX + token)


def is_hidden(content: str) -> bool:
    """Whether a digest is that of a secret."""
    return content.startswith(_PREFIX)


# ---------------------------------------------------------------- what secrets there are


def _secrets_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value that look like secrets, or stand under the name of one."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is str:
        yield from key_like(value[:_MOST_TEXT])
        return
    others = []
    for name, part in _parts(value):
        if not isinstance(part, (str, bytes)) or not part:
            continue
        text = str.__str__(part) if isinstance(part, str) else part.decode("utf-8", "replace")
        if name and surely_secret(name):
            yield text
        elif isinstance(part, str):
            others.append(text[:_MOST_TEXT])
    yield from key_like("\0".join(others))


def texts_of(value: Any) -> Iterator[str]:
    """Yield all texts in a value, as far as anybody looks."""
    for _, part in _parts(value):
        if isinstance(part, str):
            yield str.__str__(part)
        elif type(part) is bytes:
            yield part.decode("utf-8", "replace")
        elif type(part) is int:
            yield str(part) if part.bit_length() < 200 else ""


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a value and what is in it, with the names under which it stands."""
    stack, seen = [("", value)], set()
    for _ in range(_MOST_PARTS):
        if not stack:
            return
        name, part = stack.pop()
        yield name, part
        if type(part) in _PLAIN or isinstance(part, (str, bytes)) or id(part) in seen:
            continue
        seen.add(id(part))
        try:
            inner = _inner(name, part)
        except BaseException as error:  # a foreign mapping may raise anything
            if is_interrupt(error):
                raise
            continue
        stack += inner


def _inner(name: str, part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, Mapping) and isinstance(part, dict):
        pairs = itertools.islice(part.items(), _MOST_PARTS)
        return [(key if isinstance(key, str) else name, inner) for key, inner in pairs]
    if isinstance(part, (list, tuple, set, frozenset)):
        some = itertools.islice(part, _MOST_PARTS)
        return [(name, inner) for inner in some if type(inner) not in _PLAIN]
    reveal = getattr(type(part), "get_secret_value", None)  # pydantic's
    if reveal is not None:
        return [("secret", reveal(part))]
    if isinstance(part, type) or (installed(type(part)) and not _is_model(type(part))):
        return []
    own = getattr(part, "__dict__", None)
    return list(own.items())[:_MOST_PARTS] if isinstance(own, dict) else []


def _is_model(kind: type) -> bool:
    return hasattr(kind, "model_fields") or hasattr(kind, "__dataclass_fields__")


# ---------------------------------------------------------------- those that were met


class _Known:
    """The texts that were met as secrets, and the expression that finds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self.met = 0
        self.longest = 0

    def add(self, texts: Iterable[str]) -> None:
        new = [t for t in map(str.strip, texts) if len(t) >= _SHORTEST and t not in self._texts]
        if not new:
            return
        with self._lock:
            self._texts.update(dict.fromkeys(new))
            while len(self._texts) > _MOST_KNOWN:
                del self._texts[next(iter(self._texts))]
            longest_first = sorted(self._texts, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_expression, longest_first)))
            self.met += len(new)
            self.longest = len(longest_first[0])

    def hide(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern and self._maybe(text) else text

    def found(self, text: str) -> bool:
        return bool(self._pattern and self._maybe(text) and self._pattern.search(text))

    def _maybe(self, text: str) -> bool:
        """Whether one is in a text, if only within a longer word; many times as quick to say."""
        return any(known in text for known in tuple(self._texts))


def _expression(text: str) -> str:
    plain = re.escape(text)
    return plain if len(text) >= _AS_WORD else rf"(?<!\w){plain}(?!\w)"


_known = _Known()
_environment: tuple[dict[Any, Any], int] | None = None


def remember(name: str, value: Any) -> None:
    """Take in a secret, so that it is hidden wherever else it turns up."""
    texts = list(_secrets_in(value))
    if not texts or secret(name):
        texts += texts_of(value)
    _known.add(texts)


def remember_environment() -> None:
    """Take in the secrets among the environment's variables."""
    global _environment
    seen = dict(getattr(os.environ, "_data", os.environ)), _known.met
    if seen == _environment:  # decoding all of it takes longer than a run of one node
        return
    pairs = os.environ.items()
    _known.add(v for n, v in pairs if surely_secret(n) and not v.startswith(("/", "~", ".")))
    _environment = seen[0], _known.met


def scrubbed(text: str) -> str:
    """Return a text without secrets: those that were met, and what looks like one."""
    text = _known.hide(text)
    if hints(text):
        for found in key_like(text):
            text = text.replace(found, HIDDEN)
    return text


_CONTEXT = 512  # characters after a place that tell whether a secret is around it
_BLANK = re.compile(r"\s(?=\S)")


class ScrubbedText:
    """What :func:`scrubbed` makes of a text that grows, at the cost of what is new.

    A secret may come in pieces: what was shown of it is hidden once it is one.

    >>> text = ScrubbedText()
    >>> text.add("the key hf_"), text.add("x" * 20), text.text
    (None, None, 'the key (secret)')
    """

    def __init__(self) -> None:
        self.raw = ""
        self.text = ""
        self._settled = self._settled_shown = 0  # characters that stay, of both
        self._found: dict[str, None] = {}  # what looked like a secret in what is settled
        self._met = _known.met

    def add(self, text: str) -> None:
        """Take what comes next."""
        self.raw += text
        tail = self.raw[self._settled :]
        hidden_tail, found = self._hidden(tail)
        if self._met != _known.met or self._occurs_before(found):
            self._met, self._found, self._settled, self._settled_shown = _known.met, {}, 0, 0
            tail = self.raw
            hidden_tail, found = self._hidden(tail)
        self.text = self.text[: self._settled_shown] + hidden_tail
        reach = max(_CONTEXT, _known.longest)
        if len(tail) > 4 * reach:
            self._settle(tail, hidden_tail, reach)

    def _hidden(self, tail: str) -> tuple[str, dict[str, None]]:
        text = _known.hide(tail)
        found = dict.fromkeys(key_like(text))
        for each in (*self._found, *found):
            text = text.replace(each, HIDDEN)
        return text, found

    def _occurs_before(self, found: Iterable[str]) -> bool:
        new = [each for each in found if each not in self._found]
        return any(each in self.raw[: self._settled] for each in new)

    def _settle(self, tail: str, hidden_tail: str, reach: int) -> None:
        """Let the beginning stay as it is, up to a blank that no secret can reach over.

        But for keys in lines of their own and those that were met, none has a blank in it; and the
        end is long enough for both.
        """
        blanks = [match.end() for match in _BLANK.finditer(tail, 0, len(tail) - reach)]
        if not blanks:
            return
        before, found = self._hidden(tail[: blanks[-1]])
        if before + self._hidden(tail[blanks[-1] :])[0] != hidden_tail:
            return
        self._found |= found
        self._settled += blanks[-1]
        self._settled_shown += len(before)


def hidden_result(name: str, component: Component | None, value: Any) -> bool:
    """Whether what a node made is a secret: it tells one, or is a text that is called one.

    Results called ``key`` or ``token`` are mostly data: keys of a table, tokens of a text.

    >>> hidden_result("password", None, "abc"), hidden_result("token", None, "abc")
    (True, False)
    >>> hidden_result("password_length", None, 3)
    False
    """
    if tells(value):
        return True
    called = surely_secret(name) or (component is not None and component.secret)
    return called and any(isinstance(part, (str, bytes)) and part for _, part in _parts(value))


def tells(value: Any) -> bool:
    """Whether what a node made has a secret in it: one that was met, or what looks like one."""
    if type(value) in _PLAIN:
        return False
    text = "\0".join(part[:_MOST_TEXT] for part in texts_of(value))
    return _known.found(text) or next(key_like(text), None) is not None
