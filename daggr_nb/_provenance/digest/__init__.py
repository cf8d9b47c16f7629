"""A canonical hash of a value's content."""
