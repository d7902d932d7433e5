"""What the book's pages run: exercises, claims, live figures, measured results. The library knows nothing of it."""
