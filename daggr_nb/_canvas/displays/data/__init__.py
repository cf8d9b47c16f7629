"""Plain data, tables, numbers and charts."""
