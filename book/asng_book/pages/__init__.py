"""What pages show of the project itself: its source, Algorithm 1 line by line, its committed results."""
