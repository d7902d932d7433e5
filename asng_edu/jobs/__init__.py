"""What any long computation needs: tables that grow row by row, processes, locks, signals, messages, provenance."""
