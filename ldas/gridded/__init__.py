"""One way to read a field on a grid: open, find axes, decode time, convert units, unpack."""
