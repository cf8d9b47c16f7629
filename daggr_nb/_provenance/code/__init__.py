"""The fingerprint of a function: what it is made of, and how two of them differ."""
