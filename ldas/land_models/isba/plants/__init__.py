"""Leaves: what they take up, lose and become."""
