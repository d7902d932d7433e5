"""A long computation in a folder: its progress, its checkpoints, its processes."""
