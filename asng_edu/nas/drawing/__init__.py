"""Images of cells."""
