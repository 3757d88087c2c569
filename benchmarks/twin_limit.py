"""How much of the open loop's error in a twin the soil moisture observations tell of at all.

Of the truth less the open loop, what the best linear function of the last eight innovations
leaves (fitted on the truth itself, so no filter of that kind does better), relative to all of
it. Needs a twin whose open loop and `ssm` analysis have been run:
   python benchmarks/twin_limit.py TWIN
"""

import sys
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from ldas.evaluation.opening import months_of, read_variable

MEMORY = 8  # innovations
LAYERS = (2, 4, 5, 8)


def history(innovation):
    """The last innovations (time, cell, MEMORY) known at each time; 0 before the first."""
    out = np.zeros((*innovation.shape, MEMORY))
    for cell in range(innovation.shape[1]):
        last = []
        for k, value in enumerate(innovation[:, cell]):
            if np.isfinite(value):
                last = [value, *last[: MEMORY - 1]]
            out[k, cell, : len(last)] = last
    return out


def main(folder):
    with netCDF4.Dataset(folder / "irrigated.nc") as file:
        irrigated = np.asarray(file["irrigated"][:]).astype(bool)
    results = folder / "output"
    parts = []
    for path in months_of(results / "ssm", "analysis"):
        with xr.open_dataset(path) as month:
            parts.append(month["obs_rescaled_ssm"].load())
    observed = xr.concat(parts, "time")
    truth, free = (read_variable(results / name, "state", "wg") for name in ("truth", "open_loop"))
    period = slice(observed.time[0], observed.time[-1])
    truth, free = truth.sel(time=period), free.sel(time=period)
    at = observed.reindex(time=free.time, method="nearest", tolerance=np.timedelta64(1, "h"))
    innovation = (at - free.sel(layer=2)).values
    for name, where in (("irrigated", irrigated), ("elsewhere", ~irrigated)):
        x = history(innovation[:, where]).reshape(-1, MEMORY)
        words = []
        for layer in LAYERS:
            y = (truth.sel(layer=layer) - free.sel(layer=layer)).values[:, where].ravel()
            left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            words.append(f"WG{layer} {np.sqrt((left**2).mean() / (y**2).mean()):.2f}")
        print(f"{name}: {', '.join(words)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
