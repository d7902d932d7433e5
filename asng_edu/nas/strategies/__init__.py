"""How to choose an architecture: one way a file, all behind the interface of ``base``."""
