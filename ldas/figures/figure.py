"""What `ldas plot` asks of a figure: whether there is something to draw, and the drawing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ldas.cycling.configuration import Configuration


@dataclass(frozen=True)
class Figure:
    """A figure of one experiment.

    `applies` tells whether the experiment's results hold what it shows; `draw` makes the PNG at
    the path it is given and returns that path, or raises UserError.
    """

    applies: Callable[[Configuration], bool]
    draw: Callable[[Configuration, Path], Path]
