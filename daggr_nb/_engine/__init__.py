"""Make it happen: what is stale and why, in which order to run it, and the runs themselves."""
