"""Land data assimilation: a land surface model, its observations and the filter between them."""

__version__ = "0.1.0"
