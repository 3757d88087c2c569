"""Soil moisture from radar and optical observations."""
