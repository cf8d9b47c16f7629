"""How values look: one file for each kind of display."""
