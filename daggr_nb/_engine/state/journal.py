"""What a session is about to write, of all its sheets together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from daggr_nb._engine.state.events import EventLog
from daggr_nb._ids import RunId
from daggr_nb._provenance.log.log import Commit, Log
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import StoreError

logger = logging.getLogger("daggr_nb")

Told = dict[str, Any]

_SUCCESSES = frozenset({"node.succeeded", "node.recovered"})
_ENDS = frozenset({"run.succeeded", "run.partial"})


class Journal:
    """One transaction in the making, shared by the sheets: events are published in their order.

    What cannot be written is kept, and tried again before anything else is written. ``unwritten``
    says of its records why they are not on record; ``harmed`` of runs that told of such a record.
    Changed under the session's lock only.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.events = EventLog(log.last_seq(), log.events)
        self.commit = Commit()
        self.unwritten: Mapping[RunId, str] = {}
        self.harmed: dict[str, StoreError] = {}
        self._left: list[Commit] = []

    @property
    def behind(self) -> bool:
        """Whether something is kept that could not be written."""
        return bool(self._left)

    def flush(self) -> list[Record]:
        """Write what is staged, publish its events, and return the records written, numbered."""
        if not self.commit and not self._left:
            return []
        commit, self.commit = self.commit, Commit()
        records: list[Record] = []
        if self.harmed:
            commit.events = [self._told_of_run(event) for event in commit.events]
        try:
            records += self._write_left()
            records += self.log.append(commit) if commit else []
        except StoreError as error:
            self._keep(commit, error)
            raise
        except Exception as error:
            logger.exception("daggr_nb could not write what it was to record")
            failure = StoreError(f"Could not be recorded: {type(error).__name__}: {error}")
            self._keep(commit, failure)
            raise failure from error
        except BaseException:
            self.commit = commit  # nobody has been told, so it is as if nobody had tried
            raise
        self.events.publish(commit.events)
        return records

    def tell(self) -> None:
        """Publish what is staged while nothing can be written; it waits with the rest."""
        commit, self.commit = self.commit, Commit()
        if commit:
            self._left.append(commit)
            self.events.publish(commit.events)

    def _write_left(self) -> Iterable[Record]:
        while self._left:
            commit = self._left[0]
            self.log.write_drafts(commit.values, {})
            yield from self.log.append(commit)
            self._left.pop(0)
            if commit.records:
                identities = {record.id for record in commit.records}
                self.unwritten = {
                    i: why for i, why in self.unwritten.items() if i not in identities
                }

    def _keep(self, commit: Commit, error: StoreError) -> None:
        """Keep for later what could not be written, and tell of it as what it is."""
        if not commit:
            return
        self.unwritten = {**self.unwritten, **{record.id: str(error) for record in commit.records}}
        commit.events = [self._told_of_node(event, error) for event in commit.events]
        self._left.append(commit)
        self.events.publish(commit.events)

    def _told_of_node(self, event: Told, error: StoreError) -> Told:
        """Return an event that is not on record as it is told: a success is none."""
        cached = event["type"] == "node.cached" and event["record"] in self.unwritten
        if event["type"] in _ENDS:
            self.harmed.setdefault(event["run_id"], error)
            return self._told_of_run(event)
        if event["type"] not in _SUCCESSES and not cached:
            return event
        self.harmed.setdefault(event["run_id"], error)
        common = {name: part for name, part in event.items() if name != "strategy"}
        return {**common, "type": "node.failed", "error": str(error), "error_type": "StoreError"}

    def _told_of_run(self, event: Told) -> Told:
        """Return the end of a run that has told of such a success."""
        error = self.harmed.get(event.get("run_id", ""))
        if error is None or event["type"] not in _ENDS:
            return event
        common = {name: part for name, part in event.items() if name != "failures"}
        failures = {**event.get("failures", {}), "": str(error)}
        return {**common, "type": "run.failed", "error": failures}
