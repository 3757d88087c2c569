"""Figures and judgements of experiments."""
