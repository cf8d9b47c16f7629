"""The provenance log on diskcache: records, their index, and what is done with all of them."""
