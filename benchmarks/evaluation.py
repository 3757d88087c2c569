"""How long `ldas evaluate` takes, and what memory: many stations, and maps of many cells.

Targets: 1000 stations, 10 years of daily values, 4 experiments in 2 min and 2 GiB; maps of
14 000 cells and 3 years in 1 min.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

SIDE, STATIONS, YEARS, EXPERIMENTS = 40, 1000, 10, 4
MAP_ROWS, MAP_COLS, MAP_YEARS = 100, 140, 3


def experiment(folder, times, rows, cols, layers, seed):
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    lat, lon = 43.0 + 0.01 * np.arange(rows), 1.0 + 0.01 * np.arange(cols)
    bounds = np.array([[0.0, 0.01], [0.01, 0.04], [0.04, 0.1], [0.1, 0.2], [0.2, 0.4]])[:layers]
    for month, part in pd.Series(times, times).groupby(times.strftime("%Y%m")):
        wg = 0.25 + 0.05 * random.standard_normal((part.size, layers, rows, cols), dtype="f4")
        data = {
            "wg": (("time", "layer", "lat", "lon"), wg),
            "lai": (("time", "lat", "lon"), wg[:, 0]),
            "depth_bounds": (("layer", "bnds"), bounds),
        }
        coords = {"time": part.index, "lat": lat, "lon": lon, "layer": 1 + np.arange(layers)}
        xr.Dataset(data, coords).to_netcdf(folder / f"state_{month}.nc")
    return lat, lon


def timed(what, namelist):
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ldas.cli", "evaluate", str(namelist), "--quiet"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"{what}: {time.perf_counter() - begun:.0f} s, {peak:.2f} GiB")


def sources(number):
    return "".join(f"&source\n name = 'e{k}'\n folder = 'e{k}'\n/\n" for k in range(number))


def stations(folder):
    times = pd.date_range("2010-01-01T18:00", periods=365 * YEARS, freq="1D")
    for k in range(EXPERIMENTS):
        lat, lon = experiment(folder / f"e{k}", times, SIDE, SIDE, 3, k)
    random = np.random.default_rng(9)
    text = "&evaluation\n name = 'ev'\n/\n" + sources(EXPERIMENTS)
    for number in range(STATIONS):
        row, col = divmod(number, SIDE)
        path = folder / f"s{number}.csv"
        hourly = pd.date_range(times[0], times[-1], freq="6h")
        values = 0.25 + 0.05 * random.standard_normal(hourly.size)
        pd.DataFrame({"time_utc": hourly, "sm": values.round(4)}).to_csv(path, index=False)
        text += (
            f"&station\n name = 'S{number}'\n file = 's{number}.csv'\n latitude = {lat[row]}\n"
            f" longitude = {lon[col]}\n columns = 'sm'\n variables = 'wg'\n depths = 0.05\n/\n"
        )
    (folder / "ev.nml").write_text(text)
    timed(f"{STATIONS} stations, {YEARS} years, {EXPERIMENTS} experiments", folder / "ev.nml")


def maps(folder):
    times = pd.date_range("2010-01-01T18:00", periods=365 * MAP_YEARS, freq="1D")
    for k in range(2):
        experiment(folder / f"e{k}", times, MAP_ROWS, MAP_COLS, 5, k)
    (folder / "ev.nml").write_text("&evaluation\n name = 'ev'\n/\n" + sources(2))
    timed(
        f"maps of {MAP_ROWS * MAP_COLS} cells, {MAP_YEARS} years, 2 experiments", folder / "ev.nml"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        maps(Path(folder) / "maps")
        stations(Path(folder) / "stations")
