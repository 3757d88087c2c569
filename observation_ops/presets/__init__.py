"""Products as agencies distribute them, one file a family."""
