"""The live kernel object, and its sheets at work."""
