"""What all of the architecture search uses: registries of names, settings that are options, seeds."""
