"""From namelist text to checked settings."""
