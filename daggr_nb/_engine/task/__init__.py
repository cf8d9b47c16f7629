"""One evaluation of one node."""
