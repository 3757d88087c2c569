"""The experiments a user can run."""
