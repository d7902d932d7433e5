"""Ask and tell: one algorithm a file, and what they share."""
