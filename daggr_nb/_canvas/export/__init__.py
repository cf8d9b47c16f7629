"""The graph as a picture or a page that needs no kernel."""
