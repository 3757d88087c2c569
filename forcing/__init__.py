"""Atmospheric forcing: readers, conversions, interpolation, a weather generator."""
