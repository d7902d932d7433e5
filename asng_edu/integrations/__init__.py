"""The method inside other people's programs; each module needs the package that it bears the name of."""
