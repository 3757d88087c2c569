"""From products as distributed to what a filter can eat."""
