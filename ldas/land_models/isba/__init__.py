"""ISBA-DIF, one file a process."""
