"""One file a verb of the command line: read the settings, call, tell."""
