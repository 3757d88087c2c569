"""What an observation sees of a model, one file a type."""
