"""Our land model for other systems."""
