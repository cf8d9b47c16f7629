"""FnNode as a decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from daggr_nb._nodes.function import FnNode


@overload
def node(fn: Callable[..., Any], /) -> FnNode: ...
@overload
def node(**options: Any) -> Callable[[Callable[..., Any]], FnNode]: ...
def node(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a node of a function; takes the options of :class:`FnNode`.

    >>> @node(inputs={"text": "hi"}, outputs=["loud"])
    ... def shout(text: str) -> str:
    ...     return text.upper()
    >>> shout
    <FnNode 'shout' (text) -> (loud)>
    """
    if fn is not None:
        return FnNode(fn)
    return lambda fn: FnNode(fn, **options)
