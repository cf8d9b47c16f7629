"""Leases: what kernels have in use while they run, so that no other one lets go of it.

``lease:KERNEL`` names records, or all values while something is exported. It expires, as a kernel
may be killed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from daggr_nb._ids import RunId
from daggr_nb._json import decode_json
from daggr_nb._provenance.log.store import Store

SECONDS = 86_400  # until a lease expires
_PREFIX = "lease:"


@dataclass(frozen=True)
class InUse:
    """What kernels use now: records, and whether any value may be among it."""

    records: frozenset[RunId]
    all_values: bool


def write(
    store: Store, owner: str, records: Iterable[RunId] = (), *, all_values: bool = False
) -> None:
    """Take a lease, or renew it."""
    lease = {"until": time.time() + SECONDS, "records": [*records], "all_values": all_values}
    store.set(_PREFIX + owner, json.dumps(lease).encode())


def remove(store: Store, owner: str) -> None:
    """Give a lease back."""
    store.delete(_PREFIX + owner)


def in_use(store: Store) -> InUse:
    """Return what is leased, within a transaction; what has expired or makes no sense goes."""
    records: set[RunId] = set()
    all_values, now = False, time.time()
    for key in list(store.keys(_PREFIX)):
        try:
            lease = decode_json(store.get(key) or b"null")
            if not now <= lease["until"] <= now + 2 * SECONDS:  # no kernel takes one for longer
                store.delete(key)
                continue
            records.update(map(RunId, lease["records"]))
            all_values = all_values or bool(lease["all_values"])
        except (ValueError, TypeError, KeyError):
            store.delete(key)
    return InUse(frozenset(records), all_values)
