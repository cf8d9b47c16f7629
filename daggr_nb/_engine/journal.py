"""What a session is about to write, of all its sheets together."""

from __future__ import annotations

from daggr_nb._engine.events import EventLog
from daggr_nb._provenance.log import Commit, Log
from daggr_nb._provenance.records import Record
from daggr_nb.errors import StoreError


class Journal:
    """One transaction in the making, shared by the sheets: events are published in their order.

    ``trouble`` is why the last one could not be written. Changed under the session's lock only.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.events = EventLog(log.last_seq(), log.events)
        self.commit = Commit()
        self.trouble: StoreError | None = None

    def flush(self) -> list[Record]:
        """Write what is staged, publish its events, and return its records, numbered."""
        commit, self.commit = self.commit, Commit()
        try:
            return self.log.append(commit) if commit else []
        except StoreError as error:
            self.trouble = error
            raise
        finally:
            self.events.publish(commit.events)
