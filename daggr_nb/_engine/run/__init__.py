"""A run: what it needs, in which order, and what follows from each result."""
