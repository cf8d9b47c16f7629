"""What is plain of an object that has no content: the address of a client, its model, its headers.

Secrets stay out, so do marks that are drawn for each object, and what a client notes for itself.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.redaction import secret
from daggr_nb.errors import DigestError, is_interrupt

_PLAIN = (str, bytes, int, float, complex, type(None), enum.Enum)
_ACCESS = re.compile(r"auth|cookie|bearer|signature", re.IGNORECASE)
_DRAWN = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{32,}", re.IGNORECASE)
_MOST = 200  # attributes of one object


def settings(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield attributes by the names that people know them by, in order of names.

    ``_base_url`` counts if the class has a property ``base_url``; what else begins with an
    underscore is the object's own business.
    """
    try:
        members = {name.rpartition(".")[2]: value for name, value in attributes(thing).items()}
    except BaseException as error:  # a foreign property may raise anything
        if is_interrupt(error):
            raise
        return
    for name, value in sorted(members.items())[:_MOST]:
        public = name.lstrip("_")
        shown = name == public or isinstance(getattr(type(thing), public, None), property)
        if (shown or public == "client") and not grants_access(public):
            yield public, without_access(value)


def is_setting(value: Any) -> bool:
    """Whether a value is plain data, and none that is drawn for each object."""
    if isinstance(value, str) and _DRAWN.fullmatch(value):
        return False
    if isinstance(value, _PLAIN):
        return True
    if isinstance(value, Mapping):
        return type(value).__module__ != "builtins" or all(map(is_setting, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(is_setting, value))
    try:  # an address, say
        digest(value)
    except DigestError:
        return False
    return True


def grants_access(name: str) -> bool:
    """Whether what is called so is a secret, or may hold one."""
    return secret(name.replace("-", "_")) or _ACCESS.search(name) is not None


def without_access(value: Any) -> Any:
    """Return headers and the like without secrets; anything else as it is."""
    if not isinstance(value, Mapping):
        return value
    try:
        pairs = list(value.items())
    except BaseException as error:  # a foreign mapping may raise anything
        if is_interrupt(error):
            raise
        return None
    return {k: v for k, v in pairs if not (isinstance(k, str) and grants_access(k))}
