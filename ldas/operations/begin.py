"""The weather of a cycle's first step, kept: a land model may be made from it at every call."""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING, Meteorology
from ldas.io.netcdf import atomic_dataset
from ldas.parallel.communicator import Communicator, collectively

NAME = "begin.nc"


class Begin:
    """Forcing that knows the first step only."""

    def __init__(self, met: Meteorology) -> None:
        self.met = met

    def window(self, window: Window) -> Meteorology:
        """The first step's forcing, whatever is asked for."""
        return self.met


def keep_begin(folder: Path, met: Meteorology, comm: Communicator) -> None:
    """Write the first step's forcing of all cells; collective."""
    values, heights = comm.gather_rows(met.values), comm.gather_rows(met.heights)
    if comm.rank != 0:
        return
    with atomic_dataset(folder / NAME) as out:
        out.title = "ldas: forcing of a cycle's first step"
        out.variables_in_order = ", ".join(FORCING)
        out.start, out.interval = str(met.start), met.interval
        for name, array in (("values", values), ("heights", heights)):
            dims = [f"{name}_{k}" for k in range(array.ndim)]
            for dim, size in zip(dims, array.shape, strict=True):
                out.createDimension(dim, size)
            out.createVariable(name, "f8", dims)[:] = array


def read_begin(folder: Path, cells: slice, comm: Communicator) -> Begin:
    """The first step's forcing at this rank's cells; raises UserError if it was not kept."""

    def read() -> Begin:
        path = folder / NAME
        try:
            with netCDF4.Dataset(path) as file:
                file.set_auto_mask(False)
                values = np.asarray(file["values"][cells])
                heights = np.asarray(file["heights"][cells])
                start = np.datetime64(file.start).astype("datetime64[s]")
                return Begin(Meteorology(values, heights, start, int(file.interval)))
        except (OSError, RuntimeError, AttributeError, IndexError) as error:
            raise UserError(
                f"{path}: cannot be read ({error}); a cycle needs it to go on"
            ) from None

    return collectively(comm, read)
