"""What a session knows and tells."""
