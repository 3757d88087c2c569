"""The system that runs itself: what has arrived, which window is next, what is told of it."""
