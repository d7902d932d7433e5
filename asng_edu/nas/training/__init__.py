"""The search and the training from scratch, and the settings of each."""
