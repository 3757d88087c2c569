"""What a run will take: time, memory and disk, from measured costs of its parts."""

from collections.abc import Iterator

import numpy as np

from ldas.core.mosaic import PATCHES
from ldas.io.output_table import FLUX_BY_NAME, STATE_BY_NAME

from .build import System
from .configuration import Configuration

STEP_US = 1.3  # us, of a column's step on one core (benchmarks/speed.py); with snow 2.8
ANALYSIS = 2.5  # times an open loop, for observations every few days (docs/assimilation.md)
BASE_MIB = 400.0  # MiB, of a process before it holds any field
COLUMN_KIB = 12.0  # KiB, of a column's state, parameters and work arrays
FORCING_FIELDS, COPIES = 12, 3  # kept at once for each cell and stamp of a window
PACKED = 0.6  # of the size of numbers in a file, compressed
HOUR, DAY = 3600.0, 86400.0  # s


def costs(conf: Configuration, system: System, step_s: float | None = None) -> Iterator[str]:
    """A line on time (one core), memory (one process) and disk of a run.

    `step_s` is what a step of a column takes, if it was measured.
    """
    length = float((conf.period.end - conf.period.start) / np.timedelta64(1, "s"))
    columns, cells = system.total_columns, system.grid.cells
    steps = length / system.local.model.time_step
    analysed = conf.experiment.kind == "analysis"
    each = 1e-6 * STEP_US if step_s is None else step_s
    seconds = each * columns * steps * (ANALYSIS if analysed else 1.0)
    stamps = DAY / system.local.forcing.atmosphere.interval + 2.0
    held = 8.0 * cells * stamps * FORCING_FIELDS * COPIES
    memory = BASE_MIB + columns * COLUMN_KIB / 1024.0 + held / 2**20
    width = 4 if conf.output.precision == "single" else 8
    layers = system.layer_bottom.size
    number = sum(
        layers if "layer" in (STATE_BY_NAME.get(n) or FLUX_BY_NAME[n]).dims else 1
        for n in system.outputs
        if n in STATE_BY_NAME or n in FLUX_BY_NAME
    )
    if conf.output.per_patch:
        number *= 1 + len(PATCHES)
    rows, cols = system.grid.lat.size, system.grid.lon.size
    disk = PACKED * width * number * rows * cols * length / conf.output.frequency
    yield (
        f"costs about {_time(seconds)} on one core, {memory / 1024.0:.1f} GiB of memory on one "
        f"process and {_size(disk)} of disk"
    )


def _time(seconds: float) -> str:
    if seconds < 90.0:
        return f"{max(seconds, 1.0):.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"


def _size(size: float) -> str:
    return f"{size / 2**20:.0f} MiB" if size < 2**30 else f"{size / 2**30:.1f} GiB"
