"""What a graph hands out: its inputs, results, sheets and tables, as objects for the next cell."""
