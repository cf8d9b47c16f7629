"""A record with its lineage as W3C PROV-JSON (https://www.w3.org/submissions/prov-json/).

A value is an entity, a node run an activity; who consumed what and what came of it are ``used`` and
``wasGeneratedBy``, and an output was derived from every input of its run.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.records import Record, shown_time
from daggr_nb.errors import DamagedError

Document = dict[str, Any]
_NAMESPACE = "urn:daggr-nb:"


def prov_document(log: Log, record: Record) -> Document:
    """Return the PROV-JSON document of ``record`` and everything that led to it."""
    document: Document = {
        "prefix": {"daggr": _NAMESPACE, "prov": "http://www.w3.org/ns/prov#"},
        "entity": {},
        "activity": {},
        "used": {},
        "wasGeneratedBy": {},
        "wasDerivedFrom": {},
        "wasInformedBy": {},
    }
    for activity in _with_lineage(log, record):
        _add(document, activity)
    return {name: part for name, part in document.items() if part}


def _with_lineage(log: Log, record: Record) -> Iterable[Record]:
    records: dict[str, Record] = {}
    stack = [record]
    while stack:
        current = stack.pop()
        if current.id in records:
            continue
        records[current.id] = current
        parents = [ref.record for ref in current.inputs.values() if ref.record is not None]
        for identity in (*parents, *current.items, *filter(None, [current.edited])):
            try:
                stack.append(log.record(identity))
            except DamagedError:  # let go of, or damaged: the document ends there
                continue
    return records.values()


def _add(document: Document, record: Record) -> None:
    run = f"daggr:run/{record.id}"
    document["activity"][run] = {
        "prov:startTime": _time(record.started_at),
        "prov:endTime": _time(record.ended_at),
        "daggr:node": record.node + record.scope,
        "daggr:status": record.status,
        "daggr:key": record.key,
        "daggr:code": record.code,
        "daggr:environment": record.environment,
    }
    for port, ref in record.inputs.items():
        entity = _entity(document, ref.value)
        document["used"][f"_:{record.id}/{port}"] = {
            "prov:activity": run,
            "prov:entity": entity,
            "prov:role": port,
        }
        if ref.record is not None:
            document["wasInformedBy"][f"_:{record.id}/{port}/from"] = {
                "prov:informed": run,
                "prov:informant": f"daggr:run/{ref.record}",
            }
    for port, value in record.outputs.items():
        _add_output(document, record, run, port, value)


def _add_output(document: Document, record: Record, run: str, port: str, value: ValueRef) -> None:
    entity = _entity(document, value)
    document["wasGeneratedBy"][f"_:{record.id}/{port}"] = {
        "prov:entity": entity,
        "prov:activity": run,
        "prov:time": _time(record.ended_at),
        "prov:role": port,
    }
    for name, ref in record.inputs.items():
        document["wasDerivedFrom"][f"_:{record.id}/{port}/{name}"] = {
            "prov:generatedEntity": entity,
            "prov:usedEntity": f"daggr:value/{ref.value.digest}",
            "prov:activity": run,
        }


def _entity(document: Document, ref: ValueRef) -> str:
    name = f"daggr:value/{ref.digest}"
    attributes = {"daggr:encoding": ref.encoding.partition(":")[0]}
    if ref.inline is not None:
        attributes["prov:value"] = ref.inline
    document["entity"][name] = attributes
    return name


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(shown_time(seconds), datetime.timezone.utc).isoformat()
