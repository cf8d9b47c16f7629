"""What is set, and what is shown."""
