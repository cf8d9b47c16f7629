"""What happened: digests of values, fingerprints of code, artifacts, records, the log."""
