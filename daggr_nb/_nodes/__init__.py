"""Node kinds, one a file."""
