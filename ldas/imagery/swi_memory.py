"""The memory of a soil water index as a run leaves it, so that the next day needs no history."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import DAY
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.cells import refuse_other_cells
from ldas.io.product_file import write_grid
from retrieval.swi import Memory

TITLE = "Memory of a soil water index"
PARTS = ("index", "weight", "variance")  # of the memory, by constant
LINE = ("slope", "offset")  # that bring each source to the climate of the first
NOTES = ("constants", "units", "hour", "matching", "sources", "time", "origin")  # attributes
MOST_INDEX = {"m3 m-3": 1.0, "percent": 200.0}  # by unit; others as percent
Lines = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Setting:
    """What must be alike for one run to go on from the memory of another."""

    constants: tuple[float, ...]
    units: str
    hour: float
    matching: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """A memory that an earlier run has left, on all cells of its product.

    `time` is the last instant at which its index was given: what was seen until then has been
    taken up. Days are counted from `origin`.
    """

    path: Path
    time: np.datetime64
    origin: np.datetime64
    arrays: dict[str, np.ndarray]
    constants: np.ndarray

    def of(self, rows: slice) -> Memory:
        """The memory of some rows of cells."""
        parts = (self.arrays[name][rows].reshape(-1, self.constants.size) for name in PARTS)
        return Memory(self.constants, *(p.copy() for p in parts), self.arrays["last"][rows].ravel())

    def lines(self, rows: slice) -> Lines:
        """Slope and offset (cell,) of each source."""
        slope, offset = (self.arrays[name][:, rows] for name in LINE)
        return [(a.ravel(), b.ravel()) for a, b in zip(slope, offset, strict=True)]


def read(path: Path, lat: np.ndarray, lon: np.ndarray, mine: Setting) -> Kept:
    """The memory of a file; raises UserError if it is none, or one of another index."""
    with open_input(path, "&retrieval memory_file") as file:
        names = (*PARTS, "last", *LINE)
        lost = [name for name in ("lat", "lon", *names) if name not in file.variables]
        lost += [name for name in NOTES if name not in file.ncattrs()]
        if getattr(file, "title", "") != TITLE or lost:
            told = f", without {', '.join(lost)}" if lost else ""
            raise UserError(
                f"{path}: not a memory that `ldas retrieve` has kept (memory_output){told}"
            )
        refuse_other_cells(file, path, "memory", lat, lon)
        try:
            theirs = Setting(
                tuple(np.atleast_1d(file.constants).tolist()),
                file.units,
                float(file.hour),
                file.matching,
                tuple(str(file.sources).split()),
            )
            time, origin = (np.datetime64(text, "s") for text in (file.time, file.origin))
        except (ValueError, TypeError) as error:
            raise UserError(f"{path}: memory that cannot be read ({error})") from None
        differ = [
            f"{path}: memory with {key} = {value}, now {getattr(mine, key)}"
            for key, value in vars(theirs).items()
            if value != getattr(mine, key)
        ]
        if differ:
            raise UserError(differ)
        arrays = {name: np.ma.filled(file[name][:].astype(float), np.nan) for name in names}
    _refuse_nonsense(path, arrays, mine.units, (time - origin) / DAY)
    return Kept(path, time, origin, arrays, np.array(mine.constants))


def _refuse_nonsense(path: Path, arrays: dict[str, np.ndarray], units: str, latest: float) -> None:
    """Raise UserError for numbers that no memory has, naming the first cell."""
    begun = np.isfinite(arrays["last"])
    within = begun[..., None] | np.zeros(arrays["index"].shape, bool)
    limit = MOST_INDEX.get(units, MOST_INDEX["percent"])
    wrong = {
        "index": within & ~(np.abs(arrays["index"]) <= limit),
        "weight": within & ~(arrays["weight"] > 0.0),
        "variance": within & (arrays["variance"] < 0.0),
        "last": (begun & (arrays["last"] > latest))[..., None],
    }
    for name, where in wrong.items():
        if where.any():
            row, col = (int(k[0]) for k in np.nonzero(where.any(axis=-1)))
            value = np.ravel(arrays[name][row, col])[0]
            raise UserError(f"{path}: {name} is {value:g} in row {row}, column {col} of the cells")


class MemoryFile:
    """A memory being written, some rows of cells after the other."""

    def __init__(
        self,
        out: netCDF4.Dataset,
        lat: np.ndarray,
        lon: np.ndarray,
        setting: Setting,
        times: tuple[np.datetime64, np.datetime64],
    ) -> None:
        """`times` are the last at which an index is given, and the origin of days."""
        self.out, self.columns = out, lon.size
        out.setncatts(
            {
                "title": TITLE,
                "constants": np.array(setting.constants),
                "units": setting.units,
                "hour": setting.hour,
                "matching": setting.matching,
                "sources": " ".join(setting.sources),
                "time": str(times[0].astype("datetime64[s]")),
                "origin": str(times[1].astype("datetime64[s]")),
            }
        )
        write_grid(out, lat, lon)
        out.createDimension("constant", len(setting.constants))
        out.createDimension("source", len(setting.sources))
        shapes = dict.fromkeys(PARTS, ("lat", "lon", "constant"))
        shapes |= {"last": ("lat", "lon")} | dict.fromkeys(LINE, ("source", "lat", "lon"))
        units = {"index": setting.units, "last": f"days since {out.origin}"}
        for name, dimensions in shapes.items():
            stored = out.createVariable(
                name, "f8", dimensions, fill_value=np.nan, compression="zlib"
            )
            stored.units = units.get(name, "1")

    def write(self, rows: slice, memory: Memory, lines: Lines) -> None:
        """Keep the memory and the lines of some rows of cells."""
        cells = (rows.stop - rows.start, self.columns)
        for name in PARTS:
            self.out[name][rows] = getattr(memory, name).reshape(*cells, -1)
        self.out["last"][rows] = memory.last.reshape(cells)
        for k, line in enumerate(lines):
            for name, values in zip(LINE, line, strict=True):
                self.out[name][k, rows] = np.broadcast_to(values, memory.last.shape).reshape(cells)
