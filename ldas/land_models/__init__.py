"""Land models behind one interface."""
