"""Scores, and the sources and probes that they compare; nothing is drawn here."""
