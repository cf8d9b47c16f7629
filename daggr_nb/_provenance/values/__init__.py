"""How values of libraries are digested, stored and read again: one file a library."""
