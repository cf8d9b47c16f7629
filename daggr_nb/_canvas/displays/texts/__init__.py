"""Texts, and conversations."""
