"""Between ground, canopy and air."""
