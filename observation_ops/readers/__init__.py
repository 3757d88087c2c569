"""Products as distributed, one file a format."""
