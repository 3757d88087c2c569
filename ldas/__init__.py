"""Land data assimilation: a land surface model, its observations and the filter between them.

For notebooks, the same as the command line: `ldas.run`, `ldas.open`, `ldas.evaluate`.
"""

__version__ = "0.1.0"
__all__ = ["Results", "Settings", "__version__", "evaluate", "open", "run"]


def __getattr__(name: str) -> object:
    """The names of `ldas.api`, imported when they are asked for: `import ldas` stays light."""
    if name in __all__:
        import importlib

        return getattr(importlib.import_module("ldas.api"), name)
    raise AttributeError(f"module 'ldas' has no attribute '{name}'")
