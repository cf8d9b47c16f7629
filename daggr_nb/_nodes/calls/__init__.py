"""Calling a Python function: what it takes, how it runs, what it returns."""
