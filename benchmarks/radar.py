"""How fast pixels are inverted, how long training takes, and a large scene in bounded memory.

Targets: 5 million pixels a second on 2 cores; training under 10 min; a scene streamed in 2 GiB.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import netCDF4
import numpy as np

from retrieval.change_detection import References, changes, saturation
from retrieval.change_detection_vegetation import moisture
from retrieval.hybrid import hybrid
from retrieval.inversion import invert
from retrieval.swi import Memory
from retrieval.tau_omega import single_channel_with_error
from retrieval.training import HYBRID, read_networks, train_all

PIXELS = 20_000_000
SIDE, FINE = 20000, 100  # pixels of the scene's side, and of a cell's
RANGES = {
    "sigma0_vv": (0.03, 0.2, "1"),
    "theta": (36, 40, "degree"),
    "ndvi": (0.1, 0.6, "1"),
    "land_cover": (40, 40, "1"),
}


def inversion():
    random = np.random.default_rng(1)
    inputs = [random.uniform(*r, PIXELS) for r in ((-18, -4), (20, 45), (0, 0.75))]
    t = read_networks()["none"]
    invert(t.network, t.uncertainty, *(v[:1000] for v in inputs))
    begun = time.perf_counter()
    invert(t.network, t.uncertainty, *inputs)
    print(f"inversion: {PIXELS / (time.perf_counter() - begun) / 1e6:.1f} million pixels a second")


def one_pass():
    """The other methods on one image of 600 million pixels, a million at a time."""
    random, number = np.random.default_rng(2), 1_000_000
    known = References(*(np.full(number, v) for v in (-0.13, 0.02, -14, 0.2, -8, 0.2, 0.6, 200)))
    sigma, ndvi = random.uniform(-14, -8, number), random.uniform(0.1, 0.7, number)
    theta, memory = np.full(number, 38.0), Memory.empty((5.0,), number)
    memory.take_up(0.0, sigma, 1.0)

    net, index = read_networks()[HYBRID], random.uniform(0.0, 1.0, number)
    flag = np.zeros(number, np.int8)
    soil = [np.full(number, v) for v in (1.3, 0.25, 295.0, 0.2, 0.05, 0.11)]  # TB's error first
    tb = random.uniform(240.0, 275.0, number)
    single_channel_with_error(tb[:9], *(v[:9] for v in soil))
    hybrid(net, *(v[:9] for v in (sigma, theta, ndvi, index, flag)))

    def under_plants():
        saturation(known, sigma, theta)
        moisture(*changes(known, sigma, theta), ndvi, (-4.0, 7.0))

    for name, work in (
        ("change detection", lambda: saturation(known, sigma, theta)),
        ("with vegetation", under_plants),
        ("hybrid", lambda: hybrid(net, sigma, theta, ndvi, index, flag)),
        ("SMAP with Sentinel-1", lambda: single_channel_with_error(tb, *soil)),
        ("soil water index, one T", lambda: memory.take_up(6.0, sigma, 1.0)),
    ):
        begun = time.perf_counter()
        for _ in range(20):
            work()
        print(f"{name}: {600 * (time.perf_counter() - begun) / 20:.0f} s for 6e8 pixels (120)")


def training():
    begun = time.perf_counter()
    train_all()
    print(f"training of four networks: {time.perf_counter() - begun:.0f} s")


def scene(folder):
    """One image of SIDE x SIDE pixels, land cover of a tenth, cells of a hundredth."""
    random = np.random.default_rng(1)
    step = 1e-4
    for name, factor, fields in (("s1", 1, ("sigma0_vv", "theta")), ("s2", 10, ("ndvi",)),
                                 ("land", 10, ("land_cover",)), ("grid", FINE, ())):  # fmt: skip
        number = SIDE // factor
        axis = step * factor * (np.arange(number) + 0.5)
        with netCDF4.Dataset(folder / f"{name}.nc", "w") as out:
            for k, dim in enumerate(("lat", "lon")):
                out.createDimension(dim, number)
                out.createVariable(dim, "f8", (dim,))[:] = 43.0 * (1 - k) + axis
            dims = ("lat", "lon")
            if name in ("s1", "s2"):
                out.createDimension("time", 1)
                out.createVariable("time", "f8", ("time",))[:] = 1.59e9
                out["time"].units = "seconds since 1970-01-01"
                dims = ("time", *dims)
            for variable in fields:
                low, high, units = RANGES[variable]
                stored = out.createVariable(variable, "f4", dims)
                stored.units = units
                for row in range(0, number, 1000):
                    block = random.uniform(low, high, (min(1000, number - row), number))
                    stored[..., row : row + 1000, :] = block
    (folder / "r.nml").write_text(
        "&retrieval\n sigma_files = 's1.nc'\n ndvi_files = 's2.nc'\n land_cover_file = 'land.nc'\n"
        " grid_file = 'grid.nc'\n/\n"
    )
    begun = time.perf_counter()
    command = [sys.executable, "-m", "ldas.cli", "retrieve", str(folder / "r.nml"), "--quiet"]
    subprocess.run(command, check=True)
    wall = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"scene of {SIDE**2 / 1e6:.0f} million pixels: {wall:.0f} s, {peak:.2f} GiB")


if __name__ == "__main__":
    inversion()
    one_pass()
    training()
    with tempfile.TemporaryDirectory() as folder:
        scene(Path(folder))
