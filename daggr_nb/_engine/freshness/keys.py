"""What a result belongs to: code, configuration and input digests, as one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import xxhash

from daggr_nb._ids import Digest
from daggr_nb._model.evaluation import Code
from daggr_nb._model.feed import Wire, draws
from daggr_nb._model.node import Feed, Node
from daggr_nb._model.policy import Pairing
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.digest.content import digest

Spec = tuple[tuple[str, int, int, str], ...]


def node_code(node: Node, feeds: Mapping[str, Feed]) -> Code:
    """Return the code of a node that is fed by ``feeds``, with the callables that draw inputs."""
    code, drawn = node.code(), draws(feeds)
    return replace(code, functions={**code.functions, **drawn}) if drawn else code


def scatter_spec(wires: Mapping[str, Wire], pairing: Pairing = "zip") -> Spec:
    """Return (port, scatter, gather, key) of the inputs that are scattered or gathered.

    One input alone makes the same items, however it would be combined with others.
    """
    spec = sorted(
        (port, w.scatter, int(w.gather), w.key or "")
        for port, w in wires.items()
        if w.scatter or w.gather
    )
    if pairing == "product" and len(spec) > 1:
        order = ",".join(port for port in wires if any(port == part[0] for part in spec))
        spec.append(("", 0, 0, f"product:{order}"))
    return tuple(spec)


def node_key(
    code: Fingerprint, refs: Mapping[str, ValueRef], spec: tuple[Any, ...] = (), scope: str = ""
) -> Digest:
    """Return the key of a node run: its code, its inputs by port, how it scatters.

    Inputs count by their digests, and by the code of the person's own classes in them.
    """
    parts = [code.digest, scope]
    for port in sorted(refs):
        parts.append(f"{len(port)}:{port}={refs[port].digest}{refs[port].classes}")
    if spec:
        parts.append(digest(spec))
    return Digest(xxhash.xxh3_128_hexdigest("\0".join(parts).encode("utf-8", "surrogatepass")))
