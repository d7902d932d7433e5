"""Data sets by name, the batches made of them, and their augmentation."""
