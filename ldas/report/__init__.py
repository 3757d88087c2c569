"""What writes an evaluation: sections, verdicts, one page."""
