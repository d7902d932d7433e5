"""What was measured for the book: how it is read and drawn."""
