"""What people call node runs: a short text each, kept beside the records."""

from __future__ import annotations

import logging

from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.rows import encode_row
from daggr_nb._provenance.log.store import read_json
from daggr_nb.errors import DamagedError, StoreError

logger = logging.getLogger("daggr_nb")

_LABELS = "labels"
MOST = 200
"""Characters of a label."""


def labels(log: Log) -> dict[str, str]:
    """Return the labels by the ids of records; none where they cannot be read."""
    try:
        return read_json(log.store, _LABELS, {str: str}) or {}
    except DamagedError as error:
        logger.warning("%s", error)
        return {}


def write_labels(log: Log, texts: dict[str, str]) -> None:
    """Write all labels, within a transaction."""
    log.store.set(_LABELS, encode_row(texts))


def label(log: Log, identity: str, text: str) -> None:
    """Give a record a label, or take it away with an empty text."""
    if not isinstance(text, str):
        raise StoreError(f"A label was expected to be a text, got {type(text).__name__} {text!r}.")
    short = " ".join(text.split())
    if len(short) > MOST:
        raise StoreError(
            f"A label has {MOST} characters at most, got {len(short)}. Say it in fewer words."
        )

    def write() -> None:
        others = {key: other for key, other in labels(log).items() if key != identity}
        write_labels(log, {**others, identity: short} if short else others)

    log.store.write(write)


def keep_only(log: Log, identities: set[str]) -> None:
    """Let go of the labels of all other records, within a transaction."""
    texts = labels(log)
    kept = {identity: text for identity, text in texts.items() if identity in identities}
    if len(kept) < len(texts):
        write_labels(log, kept)
