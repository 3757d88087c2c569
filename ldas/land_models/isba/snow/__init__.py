"""The snow pack."""
