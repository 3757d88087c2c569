"""The only package that knows MPI."""
