"""What is referred to in a store and is not there."""

from __future__ import annotations

from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log import prune, sheet_rows
from daggr_nb._provenance.log.log import Log


def dangling(log: Log) -> list[str]:
    """Return what is referred to in a log and is not there."""
    gone = []
    records = [record for key in prune.record_keys(log) for record in prune.records_of(log, key)]
    identities = {record.id for record in records}
    for record in records:
        parents = [ref.record for ref in record.inputs.values() if ref.record is not None]
        edited = [record.edited] if record.edited else []
        gone += [i for i in (*parents, *record.items, *edited) if i not in identities]
        refs = [ref.value for ref in record.inputs.values()] + [*record.outputs.values()]
        gone += [r.digest for r in refs if r.encoding != "none" and not log.holds(r)]
    for key in prune.record_keys(log):
        gone += [i for i in log.index.read(key).cursors.values() if i and i not in identities]
    for sheet in sheet_rows.identities(log.store):
        for _, _, parts in log.read_sheet(sheet).get("inputs", ()):
            ref = ValueRef.from_json(parts)
            gone += [] if ref.encoding == "none" or log.holds(ref) else [ref.digest]
    return gone
