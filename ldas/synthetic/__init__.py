"""Worlds that we make: landscape, weather, demonstration case, twins."""
