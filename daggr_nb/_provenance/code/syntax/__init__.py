"""What code says: its text and syntax tree, the names that it uses, writes to and looks at."""
