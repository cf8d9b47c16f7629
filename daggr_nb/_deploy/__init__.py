"""A project as a Space: which files go, what they need, and how it is put on the Hub."""
