"""Putting the parts together and stepping them through the windows."""
