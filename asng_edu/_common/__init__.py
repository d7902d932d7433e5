"""What every part of the library uses: checks of arguments, compilation, files, provenance."""
