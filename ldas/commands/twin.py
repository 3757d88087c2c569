"""`ldas twin`: an identical-twin experiment, ready to run."""

from collections.abc import Callable
from pathlib import Path

from ldas.synthetic.twin import TwinOptions, write_twin


def twin(folder: Path, options: TwinOptions, info: Callable[[str], None]) -> None:
    """Write the experiment and tell which commands come next."""
    commands = write_twin(folder, options, info)
    info(f"next, in {folder}:")
    for command in commands:
        info(f"   {command}")
