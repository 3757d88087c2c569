"""Atmospheric forcing: files read, converted and interpolated to the cells."""
