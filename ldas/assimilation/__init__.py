"""Filters: pure functions on arrays; nothing here knows a model, a file or a process."""
