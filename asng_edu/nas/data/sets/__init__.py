"""The data sets, one a file; each registers what loads it."""
