"""Texts made short, for tables, rows and reasons; and made such that they can be sent."""

from __future__ import annotations

import itertools
import math
import reprlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from daggr_nb._terminal import settled
from daggr_nb.errors import is_interrupt

_LONGEST = 60
_SEEN = 10_000  # characters that are looked at for that
_CONTAINERS = (list, tuple, dict, set, frozenset)
_DIGITS = 4_000  # Python writes no more than 4,300 by default


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, with an ellipsis if that is not all."""
    return text if len(text) <= most else text[: most - 1] + "…"


def brief(value: Any) -> str:
    """Return a value in one line of at most 60 characters, whatever it does."""
    text = str.__str__(value) if issubclass(type(value), str) else repr_of(value)
    text = settled(cut(text, _SEEN))
    return clean(cut(" ".join(text.split()), _LONGEST))


def repr_of(value: Any) -> str:
    """Return the ``repr`` of a value; of one that has none what it raised."""
    if type(value) is int:
        return digits(value)
    try:
        text = BoundedRepr().repr(value) if isinstance(value, _CONTAINERS) else repr(value)
        return str.__str__(text)  # a subclass of str may answer anything
    except BaseException as error:  # a foreign __repr__ may raise anything
        if is_interrupt(error):
            raise
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"


class BoundedRepr(reprlib.Repr):
    """Writes one value as ``repr`` does, but for parts beyond ``parts``, and levels beyond 100.

    Parts that share their parts, level by level, are small in memory and endless as text.
    """

    def __init__(self, parts: int = 20_000) -> None:
        super().__init__()
        self._left = parts
        self.maxlevel = 100
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = parts
        self.maxdict = self.maxdeque = self.maxarray = parts
        self.maxstring = self.maxother = self.maxlong = sys.maxsize

    def repr1(self, x: Any, level: int) -> str:
        """Write a part, as long as there have not been too many."""
        self._left -= 1
        return super().repr1(x, level) if self._left >= 0 else "..."

    def repr_dict(self, x: Any, level: int) -> str:
        """Write the pairs of a dict, in their order."""
        if level <= 0:
            return "{...}"
        pairs: list[str] = []
        for key, value in x.items():
            if len(pairs) == self.maxdict or self._left < 0:
                pairs.append("...")
                break
            pairs.append(f"{self.repr1(key, level - 1)}: {self.item(key, value, level - 1)}")
        return "{" + ", ".join(pairs) + "}"

    def item(self, key: Any, value: Any, level: int) -> str:
        """Write the value of a key."""
        return self.repr1(value, level)

    def repr_instance(self, x: Any, level: int) -> str:
        """Write a subclass of a container as such, unless it has a way of its own."""
        written = _AS_CONTAINERS.get(type(x).__repr__)
        return super().repr_instance(x, level) if written is None else written(self, x, level)


_AS_CONTAINERS: Mapping[Any, Callable[[BoundedRepr, Any, int], str]] = {
    list.__repr__: BoundedRepr.repr_list,
    tuple.__repr__: BoundedRepr.repr_tuple,
    dict.__repr__: BoundedRepr.repr_dict,
    set.__repr__: BoundedRepr.repr_set,
    frozenset.__repr__: BoundedRepr.repr_frozenset,
}


def digits(number: int) -> str:
    """Return a whole number in decimal; of a very long one how long it is.

    >>> digits(2**60), digits(10**5_000)
    ('1152921504606846976', 'a whole number of about 5,001 digits')
    """
    bits = int(number).bit_length()
    if bits < 3 * _DIGITS:
        return str(int(number))
    return f"a whole number of about {int(bits * math.log10(2)) + 1:,} digits"


def clean(text: str) -> str:
    r"""Return a text that UTF-8 can say: half of a surrogate pair becomes a replacement sign.

    Two halves that belong together, as JSON of others may have them, become what they stand for.

    >>> clean("half \ud83d of a pair"), clean("both: \ud83e\udda6")
    ('half \ufffd of a pair', 'both: \U0001f9a6')
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def encoded(text: str) -> bytes:
    """Return the bytes of a text, cleaned."""
    return clean(text).encode()


def sendable(data: Any) -> Any:
    """Return JSON that every host can write: texts cleaned, nothing for what is no finite number.

    Names that are one when they are cleaned stay apart.
    """
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return dict(zip(apart(map(clean, data)), map(sendable, data.values()), strict=True))
    return [sendable(part) for part in data] if isinstance(data, (list, tuple)) else data


def apart(names: Iterable[str]) -> Iterator[str]:
    """Yield names, with a number behind one that was there before.

    >>> list(apart(["a", "b", "a"]))
    ['a', 'b', 'a (2)']
    """
    seen: set[str] = set()
    for name in names:
        others = (f"{name} ({number})" for number in itertools.count(2))
        own = next(each for each in itertools.chain([name], others) if each not in seen)
        seen.add(own)
        yield own


def plural(count: int, word: str) -> str:
    """Return a count with its word, ``1 item`` or ``2 items``."""
    return f"{count:,} {word}" + "s" * (count != 1)
