"""Every radar retrieval against the truth of a twin: python benchmarks/retrievals.py DIR [DIR ...]

DIR is what `ldas twin DIR --radar` wrote. R, bias and ubRMSD (vol.%) in time, means over cells; an
index is brought to the truth's 5th and 95th percentiles. R of the worst cell in brackets.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr
from trying import ldas

NAMELIST = """&retrieval
   method = '{method}'
   output = '{output}'
   sigma_files = '{folder}/sigma0.nc'
   ndvi_files = '{folder}/ndvi.nc'
   land_cover_file = '{folder}/land_cover.nc'
   grid_file = '{folder}/surface.nc'
   {more}
/
{source}
"""
SOURCE = "&source name = 'smap', files = '{folder}/smap_36km.nc', type = 'ssm', variable = 'ssm' /"
FROST = "weather_files = '{folder}/forcing.nc'"
METHODS = {
    "s2mp, no prior": ("s2mp", "dry_rain = 0.0, wet_rain = 1.0e6, " + FROST),
    "s2mp": ("s2mp", FROST),
    "change detection": ("change_detection", FROST),
    "with NDVI": ("change_detection_vegetation", FROST),
    "hybrid": ("hybrid", FROST),
    "water cloud": ("water_cloud", FROST + "\n   fit_until = '2017-01-01'"),
}


def truth_of(folder: Path) -> xr.DataArray:
    """Moisture of 1 to 4 cm (m3 m-3) at 18 UTC."""
    files = sorted((folder / "output" / "truth").glob("state*.nc"))
    months = []
    for path in files:
        with xr.open_dataset(path) as found:
            months.append(found.wg.sel(layer=2).load())
    return xr.concat(months, "time")


def scores(found: xr.DataArray, truth: xr.DataArray) -> np.ndarray:
    """R, bias, ubRMSD (vol.%) and number of each cell, (cell, 4)."""
    pairs = found.sel(time=found.time.isin(truth.time))
    true = truth.sel(time=pairs.time)
    rows = []
    for i, j in np.ndindex(true.shape[1:]):
        a, b = pairs.values[:, i, j], true.values[:, i, j]
        good = np.isfinite(a) & np.isfinite(b)
        if good.sum() < 20:
            continue
        a, b = a[good], b[good]
        if found.attrs["units"] == "percent":
            low, high = np.percentile(b, (5.0, 95.0))
            a = low + 0.01 * a * (high - low)
        rows.append((np.corrcoef(a, b)[0, 1], (a - b).mean(), (a - b).std(), good.sum()))
    return np.array(rows) * np.array([1.0, 100.0, 100.0, 1.0])


def main(folders: list[Path]) -> None:
    for folder in folders:
        truth = truth_of(folder)
        print(
            f"{folder.name}\n{'':20s}{'R':>8s}{'worst':>8s}{'bias':>8s}{'ubRMSD':>8s}{'values':>8s}"
        )
        for name, (method, more) in METHODS.items():
            with tempfile.TemporaryDirectory() as place:
                output, nml = Path(place) / "out.nc", Path(place) / "r.nml"
                given = {"method": method, "output": output, "folder": folder.resolve()}
                source = SOURCE.format(**given) if method == "water_cloud" else ""
                nml.write_text(NAMELIST.format(**given, more=more.format(**given), source=source))
                ldas(Path(place), "retrieve", nml, "-q")
                with xr.open_dataset(output) as product:
                    found = scores(product.ssm.where(product.quality == 0).load(), truth)
            r, bias, sd, number = found.mean(axis=0)
            cells = (r, found[:, 0].min(), bias, sd)
            print(
                f"{name:20s}" + "".join(f"{v:8.2f}" for v in cells) + f"{number:8.0f}", flush=True
            )


if __name__ == "__main__":
    main([Path(text) for text in sys.argv[1:]])
